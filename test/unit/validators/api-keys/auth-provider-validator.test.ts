import type { IncomingMessage } from "node:http";
import { inspect } from "node:util";
import { afterEach, describe, expect, it, jest } from "@jest/globals";
import jwt from "jsonwebtoken";
import { APIKeyAuthProvider, JWTAuthProvider } from "mcp-framework";
import type {
  AuthProviderLike,
  AuthProviderValidatorOptions,
} from "../../../../src/validators/api-keys/auth-provider-validator.js";
import { outcome } from "../../../support/outcome.js";
import { AuthProviderValidator } from "../../../support/resolved.js";
import { holdTimers, releaseTimers, untilDeadline } from "../../../support/timers.js";

afterEach(releaseTimers);

function createValidator(
  provider: AuthProviderLike,
  options: Partial<AuthProviderValidatorOptions> = {},
) {
  return new AuthProviderValidator({
    provider,
    headerName: "X-API-Key",
    clientId: "legacy",
    clock: () => 0,
    ...options,
  });
}

const answering = (answer: unknown): AuthProviderLike => ({
  authenticate: async () => answer as boolean,
});

describe("AuthProviderValidator", () => {
  it("lets the framework's APIKeyAuthProvider decide", async () => {
    const validator = createValidator(new APIKeyAuthProvider({ keys: ["key-1"] }), {
      scopes: ["read"],
    });
    expect(await validator.validate("key-1")).toEqual({
      issuer: "urn:mcp-framework-oauth:api-key",
      clientId: "legacy",
      scopes: ["read"],
      audience: [],
      claims: { auth_method: "fallback" },
    });
    expect(await outcome(validator.validate("key-2"))).toBe("InvalidTokenError fallback_refused");
  });

  it("lets the framework's JWTAuthProvider decide", async () => {
    const secret = "0123456789abcdef0123456789abcdef";
    const validator = createValidator(new JWTAuthProvider({ secret }), {
      headerName: "Authorization",
      prefix: "Bearer ",
    });
    const token = jwt.sign({ sub: "user-1", client_id: "app", scope: "read" }, secret);
    expect(await validator.validate(token)).toMatchObject({
      subject: "user-1",
      clientId: "app",
      scopes: ["read"],
    });
    const forged = jwt.sign({ sub: "user-1" }, "another-secret-another-secret-xx");
    expect(await outcome(validator.validate(forged))).toBe("InvalidTokenError fallback_refused");
  });

  it("does not let a fallback credential pass for a principal of an issuer", async () => {
    const validator = createValidator(
      answering({ data: { iss: "https://as.example.com", sub: "user-1" } }),
    );
    const token = await validator.validate("key-1");
    expect(token.issuer).toBe("urn:mcp-framework-oauth:api-key");
    expect(token.subject).toBe("user-1");
  });

  it("returns frozen copies, not the provider's own objects", async () => {
    const data = { sub: "user-1", realm: { roles: ["reader"] } };
    const validator = createValidator(answering({ data }));
    const token = await validator.validate("key-1");
    const realm = token.claims["realm"] as { roles: string[] };
    expect(() => realm.roles.push("admin")).toThrow("not extensible");
    expect(() => ((token as { subject: string }).subject = "admin")).toThrow();
    data.realm.roles.push("writer");
    expect(realm.roles).toEqual(["reader"]);
  });

  it("[mcp-query] shows the provider one header and no URL", async () => {
    const authenticate = jest.fn(async (_request: IncomingMessage) => true);
    await createValidator({ authenticate }).validate("key-1");
    const [request] = authenticate.mock.calls[0]!;
    expect(request.headers).toEqual({ "x-api-key": "key-1" });
    expect(request.url).toBe("/");
  });

  it.each([false, undefined, null])("refuses at %s", async (answer) => {
    expect(await outcome(createValidator(answering(answer)).validate("key-1"))).toBe(
      "InvalidTokenError fallback_refused",
    );
  });

  it.each<[unknown]>([["yes"], [1], [{ data: "x" }], [{ data: [] }], [{ data: { f: () => 1 } }]])(
    "cannot tell from %j",
    async (answer) => {
      expect(await outcome(createValidator(answering(answer)).validate("key-1"))).toBe(
        "UnavailableError fallback_malformed",
      );
    },
  );

  it("[outage] is unavailable when the provider throws or hangs, and keeps the credential out", async () => {
    const throwing: AuthProviderLike = {
      authenticate: () => Promise.reject(new Error("no key-1 in database")),
    };
    const error = await createValidator(throwing)
      .validate("key-1")
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "UnavailableError", reason: "fallback_failed" });
    expect(inspect(error)).not.toContain("key-1");

    const hanging: AuthProviderLike = { authenticate: () => new Promise(() => undefined) };
    holdTimers();
    const answer = outcome(createValidator(hanging).validate("key-1"));
    expect(await untilDeadline(answer)).toBe("UnavailableError fallback_timeout");
  });

  it("does not lose a binding that the data names", async () => {
    const bound = createValidator(answering({ data: { cnf: { jkt: "x" } } }));
    expect(await bound.validate("key-1")).toMatchObject({ confirmation: { jkt: "x" } });
    const odd = createValidator(answering({ data: { cnf: "x" } }));
    expect(await outcome(odd.validate("key-1"))).toBe("InvalidTokenError confirmation_malformed");
  });
});
