import { createHash } from "node:crypto";
import { describe, expect, it, jest } from "@jest/globals";
import {
  ApiKeyValidator,
  createApiKeyCallback,
  type ApiKey,
} from "../../../../src/validators/api-keys/api-key-validator.js";
import { outcome } from "../../../support/outcome.js";
import { callbackDefaults } from "../../../support/resolved.js";

const NOW = 1_800_000_000;
const KEY = "ak_live_0123456789abcdef";
const hex = (key: string) => createHash("sha256").update(key).digest("hex");

const apiKey = (fields: Partial<ApiKey> = {}): ApiKey => ({
  sha256: hex(KEY),
  clientId: "legacy",
  scopes: ["read"],
  ...fields,
});

const createValidator = (...keys: ApiKey[]) => new ApiKeyValidator({ keys, clock: () => NOW });

describe("ApiKeyValidator", () => {
  it("accepts a key by its hash and marks the result", async () => {
    const validator = createValidator(
      apiKey({ subject: "svc", claims: { team: "a", auth_method: "x" } }),
    );
    expect(await validator.validate(KEY)).toEqual({
      issuer: "urn:mcp-framework-oauth:api-key",
      clientId: "legacy",
      subject: "svc",
      scopes: ["read"],
      audience: [],
      claims: { team: "a", auth_method: "api_key" },
    });
  });

  it.each([
    ["hex", hex(KEY)],
    ["upper-case hex", hex(KEY).toUpperCase()],
    ["base64url", createHash("sha256").update(KEY).digest("base64url")],
    ["base64", createHash("sha256").update(KEY).digest("base64")],
  ])("takes the hash as %s", async (_name, sha256) => {
    const validator = createValidator(apiKey({ sha256 }));
    expect(await outcome(validator.validate(KEY))).toBe("accepted");
    expect(await outcome(validator.validate(`${KEY}x`))).toBe("InvalidTokenError api_key_unknown");
  });

  it("finds each of several keys, wherever it stands", async () => {
    const names = ["one", "two", "three"].map((name) => `key-${name}`);
    const validator = createValidator(
      ...names.map((name) => apiKey({ sha256: hex(name), clientId: name })),
    );
    for (const name of names) {
      expect(await validator.validate(name)).toMatchObject({ clientId: name });
      expect(validator.recognizes(name)).toBe(true);
    }
    expect(validator.recognizes("key-four")).toBe(false);
  });

  it("does not take the hash itself for the key", async () => {
    expect(await outcome(createValidator(apiKey()).validate(hex(KEY)))).toBe(
      "InvalidTokenError api_key_unknown",
    );
  });

  it("refuses a key that is over", async () => {
    const validate = (expiresAt: number) =>
      outcome(createValidator(apiKey({ expiresAt })).validate(KEY));
    expect(await validate(NOW)).toBe("InvalidTokenError api_key_expired");
    expect(await validate(NOW + 1)).toBe("accepted");
  });

  it.each(["", "a b", "x".repeat(8193)])("refuses text that is no key", async (text) => {
    expect(await outcome(createValidator(apiKey()).validate(text))).toMatch(
      /^InvalidTokenError token_/,
    );
  });

  it.each<[string, ApiKey[], string]>([
    ["no keys", [], "ERR_OAUTH_API_KEYS_EMPTY"],
    ["a key in place of its hash", [apiKey({ sha256: KEY })], "ERR_OAUTH_API_KEY_HASH"],
    ["no hash", [{ clientId: "c", scopes: [] } as never], "ERR_OAUTH_API_KEY_HASH"],
    ["one hash twice", [apiKey(), apiKey({ clientId: "b" })], "ERR_OAUTH_API_KEY_TWICE"],
    ["no client", [apiKey({ clientId: "" })], "ERR_OAUTH_API_KEY_MEMBERS"],
  ])("does not start with %s, and quotes no key", (_name, keys, code) => {
    let error: Error | undefined;
    try {
      createValidator(...keys);
    } catch (thrown) {
      error = thrown as Error;
    }
    expect(error).toMatchObject({ name: "ConfigurationError", code });
    expect(error?.message).not.toContain(KEY);
    expect(error?.message).not.toContain(hex(KEY));
  });
});

describe("createApiKeyCallback", () => {
  it("asks the application and marks the result", async () => {
    const validate = jest.fn(async (key: string) =>
      key === KEY ? { active: true, clientId: "legacy", claims: { auth_method: "x" } } : undefined,
    );
    const validator = createApiKeyCallback({ ...callbackDefaults(), validate, clock: () => NOW });
    expect(await validator.validate(KEY)).toMatchObject({
      clientId: "legacy",
      claims: { auth_method: "api_key" },
    });
    expect(await outcome(validator.validate("other"))).toBe("InvalidTokenError callback_unknown");
  });
});
