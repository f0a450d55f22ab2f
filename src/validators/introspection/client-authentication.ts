import { createPrivateKey, type KeyObject } from "node:crypto";
import { importJWK } from "jose";
import {
  ClientSecretPost,
  PrivateKeyJwt,
  TlsClientAuth,
  modifyAssertion,
  type ClientAuth,
} from "oauth4webapi";
import type { Clock } from "../../core/clock.js";
import { UnavailableError } from "../../core/errors.js";

/** A secret, or where to get it. The function is called for every request: cache behind it. */
export type Secret = string | (() => Promise<string>);

/** How this server proves to the introspection endpoint who it is (RFC 7662 §2.1). */
export type ClientAuthentication =
  | {
      readonly method: "client_secret_basic" | "client_secret_post";
      readonly clientId: string;
      readonly clientSecret: Secret;
    }
  | {
      readonly method: "private_key_jwt";
      readonly clientId: string;
      /** PEM (PKCS #8, PKCS #1 or SEC 1) or a JWK as JSON text. */
      readonly privateKey: Secret;
      /** `kid` of the assertion. A JWK's own `kid` is used where this is absent. */
      readonly keyId?: string;
      /** @default RS256, ES256, ES384, ES512 or EdDSA, as the key suggests */
      readonly algorithm?: string;
      /**
       * `aud` of the assertion. Some servers want the URL of the endpoint here.
       * @default the issuer
       */
      readonly audience?: string;
    }
  /** RFC 8705 §2: the fetch handed in must present the certificate; only `client_id` is sent. */
  | { readonly method: "tls_client_auth"; readonly clientId: string }
  | { readonly method: "bearer"; readonly token: Secret; readonly clientId?: string };

const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

/**
 * Turns the configuration into what oauth4webapi asks for each request.
 *
 * Basic is done by hand: the library escapes `-`, `.` and `_` as well, which is
 * the same to a server that decodes (RFC 6749 §2.3.1) but a different client to
 * the many that do not. Plain form encoding leaves the usual ids as they are.
 *
 * The result throws UnavailableError when the secret cannot be had. No cause is
 * kept: what a secret's source throws may quote the secret.
 */
export function createClientAuth(authentication: ClientAuthentication, clock: Clock): ClientAuth {
  switch (authentication.method) {
    case "client_secret_basic":
      return async (_as, _client, _body, headers) => {
        const secret = await readSecret(authentication.clientSecret);
        const credentials = `${formEncode(authentication.clientId)}:${formEncode(secret)}`;
        headers.set("authorization", `Basic ${Buffer.from(credentials).toString("base64")}`);
      };
    case "client_secret_post":
      return async (...request) => {
        const secret = await readSecret(authentication.clientSecret);
        await ClientSecretPost(secret)(...request);
      };
    case "private_key_jwt":
      return privateKeyJwt(authentication, clock);
    case "tls_client_auth":
      return TlsClientAuth();
    case "bearer":
      return async (_as, _client, _body, headers) => {
        const token = await readSecret(authentication.token);
        // An error about a header value quotes the value; do not let it come to that.
        if (!VISIBLE_ASCII.test(token))
          throw new UnavailableError("introspection_secret_malformed");
        headers.set("authorization", `Bearer ${token}`);
      };
  }
}

function privateKeyJwt(
  authentication: Extract<ClientAuthentication, { method: "private_key_jwt" }>,
  clock: Clock,
): ClientAuth {
  let imported: { readonly text: string; readonly auth: ClientAuth } | undefined;
  return async (...request) => {
    const text = await readSecret(authentication.privateKey);
    // Importing costs more than signing; do it once per key, rotation included.
    if (imported?.text !== text) {
      imported = { text, auth: await importKey(text, authentication, clock) };
    }
    await imported.auth(...request);
  };
}

async function importKey(
  text: string,
  options: Extract<ClientAuthentication, { method: "private_key_jwt" }>,
  clock: Clock,
): Promise<ClientAuth> {
  try {
    const isJwk = text.trimStart().startsWith("{");
    const jwk = isJwk ? (JSON.parse(text) as { kid?: string; alg?: string }) : undefined;
    const keyObject = jwk ? createPrivateKey({ key: jwk, format: "jwk" }) : createPrivateKey(text);
    const algorithm = options.algorithm ?? jwk?.alg ?? algorithmOf(keyObject);
    const key = await importJWK(keyObject.export({ format: "jwk" }), algorithm);
    if (key instanceof Uint8Array) throw new TypeError("not an asymmetric key");
    const kid = options.keyId ?? jwk?.kid;
    return PrivateKeyJwt(kid === undefined ? key : { key, kid }, {
      [modifyAssertion]: (header, payload) => {
        // The library writes the new name of RFC 9864; most servers know the old one only.
        if (algorithm === "EdDSA") header["alg"] = algorithm;
        const now = Math.floor(clock());
        payload["iat"] = now;
        payload["nbf"] = now;
        payload["exp"] = now + 60;
        if (options.audience !== undefined) payload["aud"] = options.audience;
      },
    });
  } catch {
    throw new UnavailableError("introspection_private_key_unusable");
  }
}

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  if (asymmetricKeyType === "rsa") return "RS256";
  if (asymmetricKeyType === "ed25519") return "EdDSA";
  const curve = asymmetricKeyDetails?.namedCurve;
  if (curve === "secp384r1") return "ES384";
  return curve === "secp521r1" ? "ES512" : "ES256";
}

async function readSecret(secret: Secret): Promise<string> {
  if (typeof secret === "string") return secret;
  let value: unknown;
  try {
    value = await secret();
  } catch (error) {
    if (error instanceof UnavailableError) throw error;
    throw new UnavailableError("introspection_secret_unavailable");
  }
  if (typeof value !== "string" || value === "") {
    throw new UnavailableError("introspection_secret_unavailable");
  }
  return value;
}

/** application/x-www-form-urlencoded, as RFC 6749 Appendix B wants it. */
function formEncode(text: string): string {
  return new URLSearchParams([["", text]]).toString().slice(1);
}
