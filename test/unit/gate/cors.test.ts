import { describe, expect, it } from "@jest/globals";
import { CorsPolicy } from "../../../src/gate/cors.js";

const policy = (allowedOrigins?: readonly string[] | "*", sendsHeaders = true): CorsPolicy =>
  new CorsPolicy({
    sendsHeaders,
    allowedOrigins,
    resourceOrigin: "https://mcp.example.com",
    extraHeaders: [],
  });

describe("a page may talk to the server", () => {
  it.each([
    ["of the resource itself", "https://mcp.example.com", undefined],
    ["of the resource itself, beside a list", "https://mcp.example.com", ["https://a.example"]],
    ["of the user's own machine", "http://localhost:6274", undefined],
    ["of the user's own machine, over IPv6", "http://[::1]:6274", undefined],
    ["from the list", "https://a.example", ["https://a.example"]],
    ["from the list, written otherwise", "https://a.example", ["https://A.example:443/"]],
    ["from anywhere, where that is said", "https://evil.example", "*" as const],
  ])("%s", (_, origin, allowed) => {
    expect(policy(allowed).allows(origin)).toBe(true);
  });
});

describe("a page may not talk to the server", () => {
  it.each([
    ["of another site", "https://evil.example", undefined],
    ["of the resource's host on another scheme", "http://mcp.example.com", undefined],
    ["of the resource's host on another port", "https://mcp.example.com:8443", undefined],
    [
      "of the user's own machine, where a list says who may",
      "http://localhost:6274",
      ["https://a.example"],
    ],
    ["of any origin, with an empty list", "http://localhost:6274", []],
    ["below a listed one", "https://x.a.example", ["https://a.example"]],
    ["without an origin", "null", undefined],
    ["without an origin, though the list names it", "null", ["null"]],
    ["from a file", "file:///etc/passwd", undefined],
    ["from a file, though the list names it", "file:///etc/passwd", ["file:///etc/passwd"]],
    ["that cannot be parsed", "https://", undefined],
  ])("%s", (_, origin, allowed) => {
    expect(policy(allowed).allows(origin)).toBe(false);
  });
});

describe("what a page is told", () => {
  it.each(["https://anything.example", "null"])("is its own origin, never a star: %s", (origin) => {
    expect(policy("*").allows(origin)).toBe(true);
    expect(policy("*").responseHeaders(origin)).toMatchObject({
      "Access-Control-Allow-Origin": origin,
      Vary: "Origin",
    });
  });

  it("is nothing without CORS, and its origin is checked all the same", () => {
    const off = policy(["https://a.example"], false);
    expect(off.responseHeaders("https://a.example")).toEqual({});
    expect(off.preflightHeaders("https://a.example")).toEqual({});
    expect(off.allows("https://a.example")).toBe(true);
    expect(off.allows("https://evil.example")).toBe(false);
  });

  it("may send the headers of MCP 2026-07-28, those of tools' arguments by name", () => {
    const allowed = (asked?: string) =>
      policy("*").preflightHeaders("https://a.example", asked)["Access-Control-Allow-Headers"];
    expect(allowed()).toMatch(/, Mcp-Method, Mcp-Name$/);
    expect(
      allowed("mcp-method, mcp-param-region,Mcp-Param-X, x-other, mcp-param-, mcp-param-a b"),
    ).toMatch(/, Mcp-Name, mcp-param-region, Mcp-Param-X$/);
  });

  it("is never to send the browser's credentials along: tokens are no cookies", () => {
    const names = Object.keys(policy("*").preflightHeaders("https://a.example"));
    expect(names.join().toLowerCase()).not.toContain("allow-credentials");
  });
});
