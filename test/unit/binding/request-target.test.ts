import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { normalizeTarget } from "../../../src/binding/proof-target.js";
import { requestTargets } from "../../../src/binding/request-target.js";
import type { TransportKind } from "../../../src/core/auth-request.js";
import { requirement } from "../../support/requirement.js";

const stream = (resource: string, url: string) =>
  requestTargets(resource, { transport: "http-stream", method: "POST", url });

describe("the URLs a proof may name", () => {
  it.each<[string, string, string, readonly string[]]>([
    [
      "the resource, where it is asked for",
      "https://mcp.example.com/mcp",
      "/mcp",
      ["https://mcp.example.com/mcp"],
    ],
    [
      "the resource, where a proxy takes a prefix away",
      "https://example.com/tenant/mcp",
      "/mcp",
      ["https://example.com/tenant/mcp"],
    ],
    [
      "the resource, where a proxy renames the path, or one below it",
      "https://example.com/notes",
      "/mcp",
      ["https://example.com/notes", "https://example.com/notes/mcp"],
    ],
    [
      "the endpoint below a resource that is an origin",
      "https://mcp.example.com",
      "/mcp",
      ["https://mcp.example.com/", "https://mcp.example.com/mcp"],
    ],
    [
      "the path that was asked for below the resource",
      "https://mcp.example.com/mcp",
      "/mcp/more?x=/y",
      ["https://mcp.example.com/mcp", "https://mcp.example.com/mcp/more"],
    ],
  ])("are %s", (_name, resource, url, expected) => {
    expect(stream(resource, url)).toEqual(expected);
  });

  it("of messages are at the resource's origin, where the client resolves them", () => {
    const messages = (url: string) =>
      requestTargets("https://example.com/tenant/sse", { transport: "sse", method: "POST", url });
    expect(messages("/messages?sessionId=1")).toEqual(["https://example.com/messages"]);
    const opening = { transport: "sse" as const, method: "GET", url: "/sse" };
    expect(requestTargets("https://example.com/tenant/sse", opening)).toEqual([
      "https://example.com/tenant/sse",
    ]);
  });

  requirement("dpop-12", "never leave the resource's origin, with any path", () => {
    const paths = fc.oneof(
      fc.string(),
      fc.webPath(),
      fc.constantFrom(
        "//evil.example/mcp",
        "@evil.example/mcp",
        ".evil.example/mcp",
        ":443/mcp",
        "http://evil.example/mcp",
        "/\\evil.example",
        "",
        "*",
      ),
    );
    const kinds = fc.constantFrom<TransportKind>("http-stream", "sse", "serverless", "bare");
    fc.assert(
      fc.property(paths, kinds, fc.constantFrom("GET", "POST"), (url, transport, method) => {
        for (const resource of ["https://mcp.example.com", "https://mcp.example.com/mcp"]) {
          for (const target of requestTargets(resource, { transport, method, url })) {
            const normal = normalizeTarget(target);
            if (normal !== undefined)
              expect(new URL(normal).origin).toBe("https://mcp.example.com");
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
