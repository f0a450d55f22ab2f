import { describe, expect, it } from "@jest/globals";
import { likelyCause, type Circumstances } from "../../../../src/cli/explain/cause.js";
import { decodeToken } from "../../../../src/jose/decode-token.js";
import { inWords, relative } from "../../../../src/cli/explain/words.js";

const NOW = 1_700_000_000;
const RESOURCE = "https://mcp.example.com/mcp";
const ISSUER = "https://auth.example.com";

const at = (
  claims: Record<string, unknown>,
  header: Record<string, unknown> = {},
  more: Partial<Circumstances> = {},
): Circumstances => ({
  token: { form: "jwt", header: { alg: "RS256", typ: "at+jwt", ...header }, claims },
  issuers: [ISSUER],
  audience: [RESOURCE],
  introspects: false,
  now: NOW,
  ...more,
});

describe("the likely cause", () => {
  it.each<[string, string, Circumstances, RegExp, RegExp]>([
    [
      "an ID token's audience",
      "audience_mismatch",
      at({ aud: "abc", azp: "abc" }),
      /aud is your client id: This is an ID token/,
      /access_token/,
    ],
    [
      "an ID token by its nonce",
      "audience_mismatch",
      at({ aud: "abc", nonce: "n" }),
      /^This is an ID token/,
      /access_token/,
    ],
    [
      "an audience with a slash",
      "audience_mismatch",
      at({ aud: `${RESOURCE}/` }),
      /trailing slash of the audience/,
      /resource/,
    ],
    [
      "an audience with another name of this machine",
      "audience_mismatch",
      at({ aud: "http://127.0.0.1:8080/mcp" }, {}, { audience: ["http://localhost:8080/mcp"] }),
      /localhost, the other 127/,
      /the same name everywhere/,
    ],
    [
      "an audience without TLS",
      "audience_mismatch",
      at({ aud: "http://mcp.example.com/mcp" }),
      /http, the other https/,
      /public https/,
    ],
    [
      "the issuer as audience",
      "audience_mismatch",
      at({ aud: `${ISSUER}/userinfo` }),
      /authorization server itself: issued without resource/,
      /send resource/,
    ],
    [
      "a foreign audience",
      "audience_mismatch",
      at({ aud: "https://api.example.com" }),
      /issued for another resource/,
      /send resource/,
    ],
    ["no audience", "audience_missing", at({}), /issued without resource/, /RFC 8707/],
    ["typ JWT", "type_not_allowed", at({}, { typ: "JWT" }), /typ JWT/, /allowJwtTyp/],
    ["no typ", "type_not_allowed", at({}, { typ: undefined }), /has no typ/, /allowJwtTyp/],
    [
      "typ JWT on an ID token",
      "type_not_allowed",
      at({ aud: "c", azp: "c" }, { typ: "JWT" }),
      /ID token/,
      /access_token/,
    ],
    ["a DPoP proof", "type_not_allowed", at({}, { typ: "dpop+jwt" }), /DPoP proof/, /access_token/],
    [
      "an issuer with a slash",
      "issuer_mismatch",
      at({ iss: `${ISSUER}/` }),
      /trailing slash of the issuer/,
      /https:\/\/auth\.example\.com\/$/,
    ],
    [
      "an issuer without TLS",
      "issuer_mismatch",
      at({ iss: "http://auth.example.com" }),
      /http, the other https/,
      /public URL/,
    ],
    [
      "Entra's version 1",
      "issuer_mismatch",
      at({ iss: "https://sts.windows.net/t/" }),
      /version 1/,
      /requestedAccessTokenVersion/,
    ],
    [
      "another issuer",
      "issuer_unknown",
      at({ iss: "https://other.example" }),
      /Another authorization server/,
      /https:\/\/auth\.example\.com/,
    ],
    [
      "just expired",
      "expired",
      at({ exp: NOW - 70 }),
      /1 minute ago: recently, or the clocks differ/,
      /NTP/,
    ],
    ["long expired", "expired", at({ exp: NOW - 7_200 }), /expired 2 hours ago\./, /new token/],
    ["milliseconds", "issued_in_the_future", at({ iat: NOW * 1000 }), /milliseconds/, /Correct/],
    [
      "a clock ahead",
      "not_yet_valid",
      at({ nbf: NOW + 90 }),
      /nbf is in 1 minute: the clocks differ/,
      /clockToleranceSeconds/,
    ],
    [
      "no signature",
      "algorithm_not_allowed",
      at({}, { alg: "none" }),
      /no signature/,
      /authorization server/,
    ],
    [
      "a shared secret",
      "algorithm_not_allowed",
      at({}, { alg: "HS256" }),
      /shared secret/,
      /RS256/,
    ],
    [
      "a key that is gone",
      "key_not_found",
      at({}, { kid: "k" }),
      /not in the issuer's key set/,
      /kid/,
    ],
    [
      "an opaque token where JWTs are checked",
      "token_malformed",
      at({}, {}, { token: decodeToken("abc") }),
      /opaque/,
      /Configure introspection/,
    ],
    [
      "an empty signature",
      "token_malformed",
      at({}, { alg: "none" }),
      /no signature/,
      /authorization server/,
    ],
    ["a cut JWT", "token_malformed", at({}), /truncated, or changed/, /again/],
    ["a dead key set", "jwks_unreachable", at({}), /nothing about the token/, /doctor/],
    [
      "a dead introspection endpoint",
      "introspection_timeout",
      at({}),
      /nothing about the token/,
      /doctor/,
    ],
    ["an inactive token", "introspection_inactive", at({}), /not active/, /new token/],
    ["a claim", "claim_mismatch_token_use", at({}), /claim token_use/, /option/],
  ])("of %s is named, with what helps", (_name, reason, circumstances, cause, cure) => {
    const likely = likelyCause(reason, circumstances);
    expect(likely.cause).toMatch(cause);
    expect(likely.cure).toMatch(cure);
  });

  it("is found for every reason, also for unknown ones", () => {
    for (const reason of ["", "constructor", "__proto__", "something_new"]) {
      expect(likelyCause(reason, at({})).cause).not.toBe("");
    }
  });
});

describe("plain words", () => {
  it.each([
    [NOW, "now"],
    [NOW + 1, "in 1 second"],
    [NOW - 119, "1 minute ago"],
    [NOW + 7_200, "in 2 hours"],
    [NOW - 86_400 * 3, "3 days ago"],
  ])("tell times by their distance: %d is %s", (time, words) => {
    expect(relative(time, NOW)).toBe(words);
  });

  it("name claims, and print none of their control characters", () => {
    expect(inWords("exp", NOW + 60, NOW)).toEqual([
      "exp (expires)",
      "2023-11-14 22:14:20 UTC (in 1 minute)",
    ]);
    expect(inWords("exp", 1e300, NOW)[1]).toMatch(/not a time/);
    expect(inWords("x\x1b", { a: "\u009b" }, NOW).join(" ")).not.toMatch(/\p{Cc}/u);
    expect(inWords("constructor", 1, NOW)).toEqual(["constructor", "1"]);
  });
});
