import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { AuthRequest } from "../../../src/core/auth-request.js";
import { readCredential } from "../../../src/credentials/credential.js";
import {
  InvalidRequestError,
  MissingCredentialError,
  OAuthError,
} from "../../../src/core/errors.js";
import { requirement } from "../../support/requirement.js";

function request(raw: string[], url = "/mcp"): AuthRequest {
  return { method: "POST", url, headers: {}, rawHeaders: raw, transport: "bare" };
}

const authorization = (value: string): AuthRequest => request(["Authorization", value]);

describe("readCredential", () => {
  requirement("bearer-scheme", "takes the scheme in any case, with one or more spaces", () => {
    for (const scheme of ["Bearer", "bearer", "BEARER", "bEaReR"]) {
      expect(readCredential(authorization(`${scheme} abc`))).toEqual({
        scheme: "Bearer",
        token: "abc",
      });
    }
    expect(readCredential(authorization("Bearer    abc"))).toMatchObject({ token: "abc" });
    expect(readCredential(authorization("DPoP abc"))).toMatchObject({ scheme: "DPoP" });
  });

  requirement("bearer-scheme", "takes a token68 and nothing else", () => {
    expect(readCredential(authorization("Bearer aZ0-._~+/=="))).toMatchObject({
      token: "aZ0-._~+/==",
    });
    for (const token of ["", "a b", "a,b", "a=b", "ä", 'a"b', "a\tb", "a;b", "=a"]) {
      expect(() => readCredential(authorization(`Bearer ${token}`))).toThrow(InvalidRequestError);
    }
    expect(() => readCredential(authorization("Bearer"))).toThrow(InvalidRequestError);
  });

  requirement("bearer-no-error", "takes a foreign scheme for no credential at all", () => {
    for (const value of ["Basic abc", "Bearerabc", "Token x", ""]) {
      expect(() => readCredential(authorization(value))).toThrow(MissingCredentialError);
    }
    expect(() => readCredential(request([]))).toThrow(MissingCredentialError);
  });

  requirement("bearer-once", "refuses two credentials, also when Node shows only the first", () => {
    expect(() =>
      readCredential(request(["Authorization", "Bearer a", "authorization", "Bearer a"])),
    ).toThrow(InvalidRequestError);
    expect(() =>
      readCredential(request(["Authorization", "Bearer a"], "/mcp?access_token=a")),
    ).toThrow(InvalidRequestError);
    // A host that joins repeated headers into one.
    expect(() =>
      readCredential({ ...request([]), headers: { authorization: "Bearer a, Bearer b" } }),
    ).toThrow(InvalidRequestError);
  });

  requirement("mcp-query", "does not take a token from the query", () => {
    expect(() => readCredential(request([], "/mcp?access_token=abc"))).toThrow(
      MissingCredentialError,
    );
    expect(() => readCredential(request([], "/mcp?a=1&access%5Ftoken=abc"))).toThrow(
      expect.objectContaining({ reason: "credential_in_query" }),
    );
  });

  it("reads another header when told so, and only that one", () => {
    const both = request(["X-Token", "Bearer a", "Authorization", "Bearer b"]);
    expect(readCredential(both, "x-token")).toMatchObject({ token: "a" });
    expect(() => readCredential(authorization("Bearer b"), "x-token")).toThrow(
      MissingCredentialError,
    );
  });

  it("reads headers of hosts that fill no raw list", () => {
    expect(
      readCredential({ ...request([]), headers: { authorization: "Bearer a" } }),
    ).toMatchObject({ token: "a" });
  });

  it("never throws anything but an OAuthError, and never lets a strange character through", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.string().map((text) => `Bearer ${text}`),
        ),
        fc.webUrl(),
        (value, url) => {
          try {
            const { token } = readCredential(request(["Authorization", value], url));
            expect(token).toMatch(/^[A-Za-z0-9\-._~+/]+=*$/);
          } catch (error) {
            expect(error).toBeInstanceOf(OAuthError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
