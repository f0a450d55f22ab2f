import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, expect, it, jest } from "@jest/globals";
import { decodeProtectedHeader, jwtVerify } from "jose";
import { UnavailableError } from "../../../../src/core/errors.js";
import {
  createClientAuth,
  type ClientAuthentication,
} from "../../../../src/validators/introspection/client-authentication.js";
import { outcome } from "../../../support/outcome.js";

const NOW = 1_800_000_000.7;

async function authenticate(authentication: ClientAuthentication, times = 1) {
  const auth = createClientAuth(authentication, () => NOW);
  const body = new URLSearchParams();
  const headers = new Headers();
  const client = { client_id: authentication.clientId ?? "-" };
  for (let n = 0; n < times; n++) {
    await auth({ issuer: "https://as.example.com" }, client, body, headers);
  }
  return { body, authorization: headers.get("authorization") };
}

const basic = (header: string | null) => Buffer.from(header!.slice(6), "base64").toString();

describe("client authentication", () => {
  it("[intro-auth] form-encodes id and secret for client_secret_basic", async () => {
    const { authorization, body } = await authenticate({
      method: "client_secret_basic",
      clientId: "my:client id",
      clientSecret: "p+s%w:ö/&",
    });
    expect(authorization).toMatch(/^Basic /);
    expect(basic(authorization)).toBe("my%3Aclient+id:p%2Bs%25w%3A%C3%B6%2F%26");
    expect([...body]).toEqual([]);
  });

  it("[intro-auth] leaves usual ids as they are, for servers that do not decode", async () => {
    const { authorization } = await authenticate({
      method: "client_secret_basic",
      clientId: "0oa1-b_2.c",
      clientSecret: "S3cr3t-_.",
    });
    expect(basic(authorization)).toBe("0oa1-b_2.c:S3cr3t-_.");
  });

  it("[intro-auth] puts id and secret into the body for client_secret_post", async () => {
    const { authorization, body } = await authenticate({
      method: "client_secret_post",
      clientId: "rs",
      clientSecret: "p&w",
    });
    expect(Object.fromEntries(body)).toEqual({ client_id: "rs", client_secret: "p&w" });
    expect(authorization).toBeNull();
  });

  it("[intro-auth] sends only the id for tls_client_auth", async () => {
    const { authorization, body } = await authenticate({
      method: "tls_client_auth",
      clientId: "rs",
    });
    expect(Object.fromEntries(body)).toEqual({ client_id: "rs" });
    expect(authorization).toBeNull();
  });

  it("[intro-auth] sends a bearer token and no client", async () => {
    const { authorization, body } = await authenticate({ method: "bearer", token: "t0ken" });
    expect(authorization).toBe("Bearer t0ken");
    expect([...body]).toEqual([]);
  });

  it("asks for the secret on each call", async () => {
    const clientSecret = jest.fn(async () => "s");
    await authenticate({ method: "client_secret_basic", clientId: "rs", clientSecret }, 3);
    expect(clientSecret).toHaveBeenCalledTimes(3);
  });

  const sources: [string, () => Promise<string>, string][] = [
    [
      "throws",
      async () => Promise.reject(new Error("hunter2")),
      "introspection_secret_unavailable",
    ],
    ["is empty", async () => "", "introspection_secret_unavailable"],
    ["is no text", async () => 7 as never, "introspection_secret_unavailable"],
    [
      "is away",
      async () => Promise.reject(new UnavailableError("custom_secret_manager_down")),
      "custom_secret_manager_down",
    ],
  ];
  it.each(sources)("is unavailable when the secret %s", async (_name, token, reason) => {
    const error = await authenticate({ method: "bearer", token }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ name: "UnavailableError", reason });
    expect((error as Error).cause).toBeUndefined();
  });

  it("does not put a secret into a header that would be quoted in an error", async () => {
    const work = authenticate({ method: "bearer", token: "line\r\nbreak" });
    expect(await outcome(work)).toBe("UnavailableError introspection_secret_malformed");
  });
});

describe("private_key_jwt", () => {
  const pem = (key: KeyObject) => key.export({ type: "pkcs8", format: "pem" }) as string;
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const p256 = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" });
  const ed = generateKeyPairSync("ed25519");

  const assertion = (body: URLSearchParams) => body.get("client_assertion")!;

  it.each([
    ["RS256", rsa],
    ["ES256", p256],
    ["ES384", p384],
    ["EdDSA", ed],
  ])("[intro-auth] signs with %s as the key suggests", async (alg, pair) => {
    const { body } = await authenticate({
      method: "private_key_jwt",
      clientId: "rs",
      privateKey: pem(pair.privateKey),
    });
    expect(body.get("client_assertion_type")).toBe(
      "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    );
    const { payload, protectedHeader } = await jwtVerify(assertion(body), pair.publicKey, {
      currentDate: new Date(NOW * 1000),
    });
    expect(protectedHeader.alg).toBe(alg);
    expect(payload).toMatchObject({
      iss: "rs",
      sub: "rs",
      aud: "https://as.example.com",
      iat: Math.floor(NOW),
      exp: Math.floor(NOW) + 60,
    });
    expect(payload.jti).toEqual(expect.any(String));
  });

  it("takes a JWK with its kid and algorithm, and SEC 1 text", async () => {
    const jwk = { ...rsa.privateKey.export({ format: "jwk" }), kid: "k1", alg: "PS256" };
    const { body } = await authenticate({
      method: "private_key_jwt",
      clientId: "rs",
      privateKey: JSON.stringify(jwk),
    });
    expect(decodeProtectedHeader(assertion(body))).toMatchObject({ alg: "PS256", kid: "k1" });

    const sec1 = p256.privateKey.export({ type: "sec1", format: "pem" }) as string;
    const second = await authenticate({
      method: "private_key_jwt",
      clientId: "rs",
      privateKey: sec1,
      keyId: "k2",
      audience: "https://as.example.com/introspect",
    });
    const { payload } = await jwtVerify(assertion(second.body), p256.publicKey, {
      currentDate: new Date(NOW * 1000),
    });
    expect(payload.aud).toBe("https://as.example.com/introspect");
    expect(decodeProtectedHeader(assertion(second.body)).kid).toBe("k2");
  });

  it("follows a key that was changed", async () => {
    const keys = [pem(p256.privateKey), pem(ed.privateKey)];
    const { body } = await authenticate(
      { method: "private_key_jwt", clientId: "rs", privateKey: async () => keys.shift()! },
      2,
    );
    expect(decodeProtectedHeader(assertion(body)).alg).toBe("EdDSA");
  });

  it.each([
    ["no key", "hello"],
    ["a public key", p256.publicKey.export({ type: "spki", format: "pem" }) as string],
    ["broken JSON", "{ not json"],
    ["a public JWK", JSON.stringify(p256.publicKey.export({ format: "jwk" }))],
  ])("says that %s is unusable, without quoting it", async (_name, privateKey) => {
    const error = await authenticate({
      method: "private_key_jwt",
      clientId: "rs",
      privateKey,
    }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ reason: "introspection_private_key_unusable" });
    expect((error as Error).cause).toBeUndefined();
  });
});
