import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { AuthRequest } from "../../../src/core/auth-request.js";
import { readApiKey, sharesBearer, type ApiKeyHeader } from "../../../src/credentials/api-key.js";
import { OAuthError } from "../../../src/core/errors.js";

const X: ApiKeyHeader = { name: "x-api-key", prefix: "" };
const AUTHORIZATION = "authorization";

function request(rawHeaders: readonly string[], url = "/mcp"): AuthRequest {
  return { method: "POST", url, headers: {}, rawHeaders, transport: "http-stream" };
}

function read(rawHeaders: readonly string[], header = X, url?: string): string | undefined {
  try {
    return readApiKey(request(rawHeaders, url), header, AUTHORIZATION);
  } catch (error) {
    if (error instanceof OAuthError) return `${error.status} ${error.reason}`;
    throw error;
  }
}

describe("readApiKey", () => {
  it.each<[string, readonly string[], string | undefined]>([
    ["the key", ["X-Api-Key", "secret"], "secret"],
    ["the key without blanks around it", ["x-api-key", " secret "], "secret"],
    ["nothing where there is none", [], undefined],
    ["nothing from a bare header", ["X-API-Key", ""], undefined],
    [
      "the key beside a scheme that is not ours",
      ["X-API-Key", "k", "Authorization", "Basic eDp5"],
      "k",
    ],
  ])("finds %s", (_name, headers, expected) => {
    expect(read(headers)).toBe(expected);
  });

  const BEARER = ["Authorization", "Bearer b"];
  it.each<[string, readonly string[], string]>([
    ["two keys", ["X-API-Key", "a", "X-API-Key", "b"], "/mcp"],
    ["two equal keys", ["X-API-Key", "a", "x-api-key", "a"], "/mcp"],
    ["a key and a Bearer token", ["X-API-Key", "a", ...BEARER], "/mcp"],
    ["a key and a DPoP token", ["X-API-Key", "a", "Authorization", "DPoP b"], "/mcp"],
    ["a key and a broken Bearer token", ["X-API-Key", "a", "Authorization", "Bearer"], "/mcp"],
    ["a key and two tokens", ["X-API-Key", "a", ...BEARER, ...BEARER], "/mcp"],
    ["a key and a token in the query", ["X-API-Key", "a"], "/mcp?access_token=b"],
  ])("refuses %s", (_name, headers, url) => {
    expect(read(headers, X, url)).toBe("400 credential_repeated");
  });

  it("takes off the prefix, in any case of letters, and wants it", () => {
    const header = { name: "x-auth", prefix: "Key " };
    expect(read(["X-Auth", "key  abc"], header)).toBe("abc");
    expect(read(["X-Auth", "abc"], header)).toBe("400 credential_malformed");
  });

  it("leaves access tokens alone where they share the header", () => {
    const header = { name: AUTHORIZATION, prefix: "ApiKey " };
    expect(read(["Authorization", "ApiKey abc"], header)).toBe("abc");
    expect(read(["Authorization", "Bearer abc"], header)).toBeUndefined();
    expect(read(["Authorization", "DPoP abc"], header)).toBeUndefined();
    expect(read(["Authorization", "Basic abc"], header)).toBeUndefined();
  });

  it("knows when only the look tells keys from tokens", () => {
    expect(sharesBearer({ name: AUTHORIZATION, prefix: "Bearer " }, AUTHORIZATION)).toBe(true);
    expect(sharesBearer({ name: AUTHORIZATION, prefix: "ApiKey " }, AUTHORIZATION)).toBe(false);
    expect(sharesBearer({ name: "x-token", prefix: "Bearer " }, AUTHORIZATION)).toBe(false);
  });

  it("throws only OAuthErrors, for any input", () => {
    const name = fc.constantFrom("X-API-Key", "Authorization", "x-api-KEY", "Other");
    const value = fc.oneof(fc.string(), fc.constantFrom("Bearer x", "DPoP y", "ApiKey z", ""));
    const headers = fc.array(fc.tuple(name, value), { maxLength: 4 });
    const prefix = fc.constantFrom("", "ApiKey ", "Bearer ");
    fc.assert(
      fc.property(headers, prefix, fc.constantFrom(X.name, AUTHORIZATION), (list, text, where) => {
        const key = read(list.flat(), { name: where, prefix: text });
        expect(key === undefined || typeof key === "string").toBe(true);
      }),
    );
  });
});
