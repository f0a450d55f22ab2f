import { describe, expect, it } from "@jest/globals";
import { CorsPolicy, type CorsOptions } from "../../../src/http/cors.js";

const policy = (allowedOrigins: CorsOptions["allowedOrigins"], extraHeaders: string[] = []) =>
  new CorsPolicy({ allowedOrigins, resourceOrigin: "https://mcp.example.com", extraHeaders });

describe("without allowedOrigins, a page", () => {
  it.each([
    "https://mcp.example.com",
    "http://localhost:6274",
    "http://127.0.0.1:1",
    "http://[::1]:9",
  ])("of %s may talk to the server", (origin) => {
    expect(policy(undefined).allows(origin)).toBe(true);
  });

  it.each([
    "https://evil.example",
    "http://mcp.example.com",
    "https://mcp.example.com:8443",
    "https://mcp.example.com.evil.example",
    "http://localhost.evil.example",
    "null",
    "",
    "file://",
    "data:text/html,x",
  ])("of %j may not", (origin) => {
    expect(policy(undefined).allows(origin)).toBe(false);
  });
});

describe("with a list, a page", () => {
  const listed = policy(["https://app.example.com", "https://APP2.example.com:443"]);

  it("of the list may, however it is written there, and so may the resource's own", () => {
    expect(listed.allows("https://app.example.com")).toBe(true);
    expect(listed.allows("https://app2.example.com")).toBe(true);
    expect(listed.allows("https://mcp.example.com")).toBe(true);
  });

  it.each(["http://localhost:6274", "http://app.example.com", "https://x.app.example.com", "null"])(
    "of %s may not",
    (origin) => {
      expect(listed.allows(origin)).toBe(false);
    },
  );
});

describe('with "*"', () => {
  it("every page may, and is still answered by its own name", () => {
    for (const origin of ["https://anything.example", "null"]) {
      expect(policy("*").allows(origin)).toBe(true);
      expect(policy("*").responseHeaders(origin)).toMatchObject({
        "Access-Control-Allow-Origin": origin,
        Vary: "Origin",
      });
    }
  });
});

it("never sends credentials of the browser along: tokens are no cookies", () => {
  const names = Object.keys(policy("*", ["X-API-Key"]).preflightHeaders("https://a.example"));
  expect(names.map((name) => name.toLowerCase())).not.toContain("access-control-allow-credentials");
});
