import { describe, expect, it } from "@jest/globals";
import { ConfigurationError } from "../../../src/core/errors.js";
import { settings } from "../../support/settings.js";

/* Bounds are checked only by the row. */

const SECRET = "x".repeat(64);
const CLIENT = { clientId: "c", clientSecret: "s" };
const jwt = (fields: object): object => ({ validation: { type: "jwt", ...fields } });
const introspection = (fields: object): object => ({
  validation: { type: "introspection", introspection: { ...CLIENT, ...fields } },
});
const nonce = (periodSeconds: number): object => ({ dpop: { nonce: { periodSeconds } } });
const proxy = (fields: object): object => ({
  mtls: { proxy: { addresses: ["10.0.0.1"], ...fields } },
});

function read(options: object): unknown {
  return settings(options);
}

describe("options beyond their bounds", () => {
  it.each<[string, object]>([
    ["no audience", jwt({ audience: [] })],
    ["an empty audience", jwt({ audience: [""] })],
    ["an empty issuer", jwt({ issuer: "" })],
    ["no algorithm", jwt({ algorithms: [] })],
    ["none", jwt({ algorithms: ["none"] })],
    ["an unknown algorithm", jwt({ algorithms: ["RS256", "ES256K"] })],
    ["HMAC beside others", jwt({ algorithms: ["HS256", "RS256"] })],
    ["HMAC beside others, with a secret", jwt({ secret: SECRET, algorithms: ["HS256", "RS256"] })],
    ["a negative tolerance", jwt({ clockToleranceSeconds: -1 })],
    ["a tolerance above two minutes", jwt({ clockToleranceSeconds: 121 })],
    ["a tolerance that is no number", jwt({ clockToleranceSeconds: NaN })],
    ["a negative cache time", jwt({ cacheSeconds: -1 })],
    ["a cache time without end", jwt({ cacheSeconds: Infinity })],
    [
      "a signed answer for no client",
      introspection({
        authMethod: "bearer",
        token: "t",
        signedResponse: true,
        clientId: undefined,
        clientSecret: undefined,
      }),
    ],
    ...[0, -1, 0.5, NaN, Infinity].map((period): [string, object] => [
      `a nonce period of ${period}`,
      nonce(period),
    ]),
    ...[-1, 301, NaN].map((cacheSeconds): [string, object] => [
      `revocations cached for ${cacheSeconds}`,
      { revocation: { cacheSeconds } },
    ]),
    ["a certificate header with a space", proxy({ header: "Client Cert" })],
    ["an empty certificate header", proxy({ header: "" })],
    ["an unknown certificate encoding", proxy({ encoding: "xfcc" })],
  ])("are refused: %s", (_name, options) => {
    expect(() => read(options)).toThrow(ConfigurationError);
  });

  it.each<[string, object]>([
    ["no tolerance", jwt({ clockToleranceSeconds: 0 })],
    ["a tolerance of two minutes", jwt({ clockToleranceSeconds: 120 })],
    ["two HMAC algorithms", jwt({ secret: SECRET, algorithms: ["HS256", "HS512"] })],
    ["no cache", jwt({ cacheSeconds: 0 })],
    ["a signed answer", introspection({ signedResponse: true })],
    [
      "a nonce period of a second",
      { dpop: { nonce: { secret: new Uint8Array(32), periodSeconds: 1 } } },
    ],
    ["revocations cached for five minutes", { revocation: { cacheSeconds: 300 } }],
    ["a certificate header", proxy({ header: "X-Client-Cert", encoding: "base64-der" })],
  ])("are accepted at their limits: %s", (_name, options) => {
    expect(() => read(options)).not.toThrow();
  });
});
