import { describe, expect, it } from "@jest/globals";
import {
  StaticValidator,
  type StaticToken,
  type StaticValidatorOptions,
} from "../../../src/validators/static-validator.js";
import { outcome } from "../../support/outcome.js";
import { setNodeEnv } from "../../support/node-env.js";

const NOW = 1_800_000_000;
const TOKENS = {
  "dev-token-1": { clientId: "inspector", scopes: ["read"], subject: "dev" },
  "dev-token-2": { clientId: "other", scopes: [], expiresAt: NOW + 1 },
};

function createValidator(options: Partial<StaticValidatorOptions> = {}) {
  const time = { now: NOW };
  const validator = new StaticValidator({ tokens: TOKENS, clock: () => time.now, ...options });
  return { validator, time };
}

describe("StaticValidator", () => {
  it("accepts each of its tokens with the configured claims", async () => {
    const { validator } = createValidator();
    expect(await validator.validate("dev-token-1")).toMatchObject({
      clientId: "inspector",
      subject: "dev",
      scopes: ["read"],
      audience: [],
    });
    expect(await validator.validate("dev-token-2")).toMatchObject({ clientId: "other" });
  });

  it.each(["dev-token-", "dev-token-11", "DEV-TOKEN-1", "dev-token-3", "toString", "__proto__"])(
    "refuses %s",
    async (token) => {
      const { validator } = createValidator();
      expect(await outcome(validator.validate(token))).toBe(
        "InvalidTokenError static_token_unknown",
      );
      expect(validator.recognizes(token)).toBe(false);
    },
  );

  it("recognises its tokens, expired or not", async () => {
    const { validator, time } = createValidator();
    time.now += 1;
    expect(validator.recognizes("dev-token-2")).toBe(true);
    expect(await outcome(validator.validate("dev-token-2"))).toBe("InvalidTokenError expired");
    expect(await outcome(validator.validate("dev-token-1"))).toBe("accepted");
  });

  it.each(["production", "Production", " production "])(
    "does not start with NODE_ENV=%s",
    (nodeEnv) => {
      setNodeEnv(nodeEnv);
      expect(() => createValidator()).toThrow("ERR_OAUTH_STATIC_TOKENS_IN_PRODUCTION");
      expect(() => createValidator({ dangerouslyAllowInProduction: false })).toThrow();
      expect(() => createValidator({ dangerouslyAllowInProduction: "yes" as never })).toThrow();
      expect(() => createValidator({ dangerouslyAllowInProduction: true })).not.toThrow();
    },
  );

  it.each<[string, Record<string, unknown>]>([
    ["no tokens", {}],
    ["a short one", { short: { clientId: "c", scopes: [] } }],
    ["one that no header can carry", { "dev token 1": { clientId: "c", scopes: [] } }],
    ["one without a client", { "dev-token-1": { scopes: [] } }],
    ["one without scopes", { "dev-token-1": { clientId: "c" } }],
    ["scopes as text", { "dev-token-1": { clientId: "c", scopes: "a b" } }],
    ["two scopes in one", { "dev-token-1": { clientId: "c", scopes: ["a b"] } }],
    ["milliseconds", { "dev-token-1": { clientId: "c", scopes: [], expiresAt: NOW * 1000 } }],
    ["nothing behind one", { "dev-token-1": null }],
  ])("does not start with %s, and quotes no token", (_name, tokens) => {
    let message = "";
    try {
      createValidator({ tokens: tokens as Record<string, StaticToken> });
    } catch (error) {
      expect(error).toMatchObject({ name: "ConfigurationError" });
      message = (error as Error).message;
    }
    expect(message).toContain("validation.tokens");
    expect(message).not.toMatch(/dev-token|dev token|short/);
  });

  it("returns frozen tokens", async () => {
    const token = await createValidator().validator.validate("dev-token-1");
    expect(() => (token.scopes as string[]).push("admin")).toThrow(TypeError);
  });
});
