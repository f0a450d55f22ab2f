import { describe, expect, it } from "@jest/globals";
import { formatChallenge } from "../../../src/credentials/challenge.js";
import { publishedScope } from "../../../src/credentials/published-scope.js";
import { InsufficientScopeError, MissingCredentialError } from "../../../src/core/errors.js";

const PREFIX = "api://app/";

describe("publishedScope", () => {
  it.each([
    ["read", "api://app/read"],
    ["api://app/read", "api://app/read"],
    ["https://graph.microsoft.com/User.Read", "https://graph.microsoft.com/User.Read"],
    ["openid", "openid"],
    ["offline_access", "offline_access"],
  ])("publishes %s as %s", (scope, published) => {
    expect(publishedScope(scope, PREFIX)).toBe(published);
  });

  it("leaves scopes alone without a prefix", () => {
    expect(publishedScope("read")).toBe("read");
  });
});

describe("a challenge with a prefix", () => {
  const context = {
    resourceMetadata: "https://mcp.example.com/.well-known/oauth-protected-resource/mcp",
    scopes: ["read"],
    scopePrefix: PREFIX,
  };

  it("names scopes as clients ask for them, at first", () => {
    const challenge = formatChallenge(new MissingCredentialError("credential_missing"), context);
    expect(challenge).toContain('scope="api://app/read"');
  });

  it("and when more are needed", () => {
    const error = new InsufficientScopeError("scope_insufficient", ["read", "write"]);
    expect(formatChallenge(error, context)).toContain('scope="api://app/read api://app/write"');
  });
});
