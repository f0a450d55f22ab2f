import { extractWWWAuthenticateParams } from "@modelcontextprotocol/sdk/client/auth.js";
import { describe, expect, it } from "@jest/globals";
import { formatChallenge, type ChallengeContext } from "../../../src/credentials/challenge.js";
import {
  ForbiddenError,
  InsufficientScopeError,
  InsufficientUserAuthenticationError,
  InvalidDPoPProofError,
  InvalidRequestError,
  InvalidTokenError,
  MissingCredentialError,
  RateLimitedError,
  SessionNotFoundError,
  UnavailableError,
  UseDPoPNonceError,
  type OAuthError,
} from "../../../src/core/errors.js";
import { requirement } from "../../support/requirement.js";

const URL = "https://mcp.example.com/.well-known/oauth-protected-resource/mcp";
const context: ChallengeContext = { resourceMetadata: URL, scopes: ["mcp:access", "mcp:tools"] };
const withDPoP: ChallengeContext = { ...context, dpopAlgorithms: ["ES256", "EdDSA"] };

const readBySdk = (challenge: string): unknown =>
  extractWWWAuthenticateParams(
    new Response(null, { status: 401, headers: { "WWW-Authenticate": challenge } }),
  );

describe("formatChallenge", () => {
  requirement("bearer-no-error", "names no error when there was no credential", () => {
    expect(formatChallenge(new MissingCredentialError("custom_x"), context)).toBe(
      `Bearer scope="mcp:access mcp:tools", resource_metadata="${URL}"`,
    );
  });

  requirement(
    "mcp-challenge-scope",
    "names error, scope, metadata, description in this order",
    () => {
      expect(formatChallenge(new InvalidTokenError("custom_x"), context)).toBe(
        `Bearer error="invalid_token", scope="mcp:access mcp:tools", resource_metadata="${URL}", ` +
          'error_description="The access token is not valid for this resource"',
      );
    },
  );

  requirement("mcp-403", "names the scopes that are needed, not those of a first visit", () => {
    expect(formatChallenge(new InsufficientScopeError("custom_x", ["files:write"]), context)).toBe(
      `Bearer error="insufficient_scope", scope="files:write", resource_metadata="${URL}", ` +
        'error_description="The access token lacks a needed permission"',
    );
  });

  it("leaves scope out when there is none", () => {
    expect(
      formatChallenge(new MissingCredentialError("custom_x"), {
        resourceMetadata: URL,
        scopes: [],
      }),
    ).toBe(`Bearer resource_metadata="${URL}"`);
  });

  requirement("dpop-challenge", "puts DPoP after Bearer and its errors into DPoP", () => {
    expect(formatChallenge(new MissingCredentialError("custom_x"), withDPoP)).toMatch(
      /^Bearer scope="[^"]+", resource_metadata="[^"]+", DPoP algs="ES256 EdDSA"$/,
    );
    expect(formatChallenge(new InvalidDPoPProofError("custom_x"), withDPoP)).toMatch(
      /^Bearer scope="[^"]+", resource_metadata="[^"]+", DPoP error="invalid_dpop_proof", error_description="[^"]+", algs="ES256 EdDSA"$/,
    );
    expect(formatChallenge(new UseDPoPNonceError("custom_x"), withDPoP)).toContain(
      'DPoP error="use_dpop_nonce"',
    );
  });

  requirement("stepup-auth", "asks for what an RFC 9470 step-up needs", () => {
    const error = new InsufficientUserAuthenticationError("custom_x", {
      acrValues: ["a", "b"],
      maxAge: 5,
    });
    expect(formatChallenge(error, context)).toContain('acr_values="a b", max_age="5"');
  });

  it("asks only for the part of a step-up that is needed", () => {
    const challenge = (requirement: { acrValues?: string[]; maxAge?: number }) =>
      formatChallenge(new InsufficientUserAuthenticationError("custom_x", requirement), context);
    expect(challenge({ acrValues: ["a"] })).toMatch(/, acr_values="a"$/);
    expect(challenge({ maxAge: 0 })).toMatch(/, max_age="0"$/);
    expect(challenge({ maxAge: 0 })).not.toContain("acr_values");
  });

  it("is the scheme alone without a parameter", () => {
    const error = new MissingCredentialError("custom_x");
    expect(formatChallenge(error, { scopes: [] })).toBe("Bearer");
  });

  describe("where only API keys are accepted", () => {
    const keys = { ...context, apiKeyHeader: "x-api-key" };

    it("names the header of the key, and no metadata, which would send clients to authorize", () => {
      expect(formatChallenge(new MissingCredentialError("custom_x"), keys)).toBe(
        'ApiKey header="x-api-key"',
      );
      expect(formatChallenge(new InvalidTokenError("custom_x"), keys)).toBe(
        'ApiKey header="x-api-key", error="invalid_token"',
      );
    });

    it("names the scopes that the key lacks, without the prefix of tokens", () => {
      const prefixed = { ...keys, scopePrefix: "api://x/" };
      expect(formatChallenge(new InsufficientScopeError("custom_x", ["a", "b"]), prefixed)).toBe(
        'ApiKey header="x-api-key", error="insufficient_scope", scope="a b"',
      );
    });
  });

  requirement("bearer-charset", "never lets a value end its quotes", () => {
    const hostile = { resourceMetadata: `${URL}"\\\r\nSet-Cookie: x=1`, scopes: ["a"] };
    const challenge = formatChallenge(new MissingCredentialError("custom_x"), hostile);
    expect(challenge).toBe(`Bearer scope="a", resource_metadata="${URL}Set-Cookie: x=1"`);
  });

  it("is absent where it would send a client to authorize in vain", () => {
    for (const error of [
      new ForbiddenError("custom_x"),
      new SessionNotFoundError("custom_x"),
      new RateLimitedError("custom_x"),
      new UnavailableError("custom_x"),
    ]) {
      expect(formatChallenge(error, context)).toBeUndefined();
    }
    expect(formatChallenge(new InvalidRequestError("custom_x"), context)).toContain(
      "invalid_request",
    );
  });

  it("gives the same bytes for the same cause", () => {
    const make = (): OAuthError => new InsufficientScopeError("custom_x", ["b", "a"]);
    expect(formatChallenge(make(), withDPoP)).toBe(formatChallenge(make(), withDPoP));
  });

  it("is read rightly by the real SDK client's parser", () => {
    const challenge = formatChallenge(
      new InsufficientScopeError("custom_x", ["b", "a"]),
      withDPoP,
    )!;
    expect(readBySdk(challenge)).toMatchObject({
      scope: "b a",
      error: "insufficient_scope",
      resourceMetadataUrl: new globalThis.URL(URL),
    });
  });
});
