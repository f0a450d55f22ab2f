import { createPrivateKey, randomUUID, type JsonWebKey, type KeyObject } from "node:crypto";
import { calculateJwkThumbprint } from "jose";
import { signCompact } from "../../testing/compact-jws.js";
import { generateTestKey, isTestAlgorithm, type TestAlgorithm } from "../../testing/test-keys.js";
import { usageError } from "../cli-error.js";

/** The contents of a token, and its deliberate faults. */
export interface MintOptions {
  readonly issuer: string;
  readonly resource: string;
  readonly subject: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly lifetimeSeconds: number;
  /** Ended a minute and more ago, beyond the usual tolerance. */
  readonly expired: boolean;
  /** For another service. */
  readonly wrongAudience: boolean;
  /** Signed by an unpublished key. */
  readonly wrongKey: boolean;
  /** Seconds since the epoch. */
  readonly now: number;
}

const EXPIRED_AGO_SECONDS = 300;

/**
 * Signs an access token (RFC 9068) for development.
 *
 * @throws CliError for a key that cannot sign
 */
export async function mintToken(jwk: JsonWebKey, options: MintOptions): Promise<string> {
  const { key, algorithm, kid } = await readSigningKey(jwk);
  const now = Math.floor(options.now);
  const exp = options.expired ? now - EXPIRED_AGO_SECONDS : now + options.lifetimeSeconds;
  const claims = {
    iss: options.issuer,
    aud: options.wrongAudience ? "https://another-service.example/mcp" : options.resource,
    sub: options.subject,
    client_id: options.clientId,
    ...(options.scopes.length > 0 && { scope: options.scopes.join(" ") }),
    iat: Math.min(now, exp - 60),
    exp,
    jti: randomUUID(),
  };
  const signer = options.wrongKey ? generateTestKey(algorithm).privateKey : key;
  return signCompact(claims, { alg: algorithm, typ: "at+jwt", kid }, algorithm, signer);
}

/** Never quotes the key in an error. */
async function readSigningKey(
  jwk: JsonWebKey,
): Promise<{ key: KeyObject; algorithm: TestAlgorithm; kid: string }> {
  const cure = "Use a private RSA, EC or Ed25519 key as JWK.";
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: jwk, format: "jwk" });
  } catch {
    throw usageError("The key cannot be read as a private key.", cure);
  }
  const algorithm = typeof jwk["alg"] === "string" ? jwk["alg"] : usualAlgorithm(key);
  if (!isTestAlgorithm(algorithm)) {
    throw usageError("The key is for an algorithm that tokens are not signed with.", cure);
  }
  const kid = typeof jwk["kid"] === "string" ? jwk["kid"] : await calculateJwkThumbprint(jwk);
  return { key, algorithm, kid };
}

/** By curve, or by the key's type where it has none. */
const USUAL: Readonly<Record<string, TestAlgorithm | undefined>> = {
  rsa: "RS256",
  ed25519: "EdDSA",
  prime256v1: "ES256",
  secp384r1: "ES384",
  secp521r1: "ES512",
};

function usualAlgorithm({
  asymmetricKeyDetails,
  asymmetricKeyType,
}: KeyObject): string | undefined {
  return USUAL[asymmetricKeyDetails?.namedCurve ?? asymmetricKeyType ?? ""];
}
