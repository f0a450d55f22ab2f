/* Keys and access tokens as an authorization server would issue them (RFC 9068). */
import {
  createHmac,
  createSecretKey,
  generateKeyPairSync,
  randomBytes,
  randomUUID,
  sign,
} from "node:crypto";

export const RESOURCE = "http://127.0.0.1:8080/mcp";
export const ISSUER = "https://auth.example.com";

const PAIRS = {
  RS256: () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
  EdDSA: () => generateKeyPairSync("ed25519"),
};

/** A signing key: `publicKey` is the secret itself for HS256. */
export function makeKey(alg, kid = randomUUID()) {
  if (alg === "HS256") {
    const secret = createSecretKey(randomBytes(32));
    return { alg, kid, privateKey: secret, publicKey: secret };
  }
  const { publicKey, privateKey } = PAIRS[alg]();
  const jwk = { ...publicKey.export({ format: "jwk" }), kid, alg, use: "sig" };
  return { alg, kid, publicKey, privateKey, jwk };
}

function signatureOf({ alg, privateKey }, input) {
  switch (alg) {
    case "HS256":
      return createHmac("sha256", privateKey).update(input).digest();
    case "ES256":
      return sign("sha256", input, { key: privateKey, dsaEncoding: "ieee-p1363" });
    case "RS256":
      return sign("sha256", input, privateKey);
    default:
      return sign(null, input, privateKey);
  }
}

const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** An access token of about the size that authorization servers issue. */
export function makeToken(key, claims = {}, header = {}) {
  const now = Math.floor(Date.now() / 1000);
  const payload = {
    iss: ISSUER,
    aud: RESOURCE,
    sub: `user-${randomUUID()}`,
    client_id: "https://client.example.com/oauth/metadata.json",
    scope: "mcp:read mcp:write",
    iat: now,
    exp: now + 7200,
    jti: randomUUID(),
    ...claims,
  };
  const input = `${encode({ alg: key.alg, typ: "at+jwt", kid: key.kid, ...header })}.${encode(payload)}`;
  return `${input}.${signatureOf(key, Buffer.from(input)).toString("base64url")}`;
}

export const makeTokens = (count, key, claims) =>
  Array.from({ length: count }, () => makeToken(key, claims));

/** Well-formed, with an invalid signature. */
export function forgeToken(key, claims, header) {
  const token = makeToken(key, claims, header);
  const [head, payload, signature] = token.split(".");
  return `${head}.${payload}.${randomBytes(Buffer.from(signature, "base64url").length).toString("base64url")}`;
}

/** A request as providers see it. */
export function bareRequest(token) {
  const headers = { host: "127.0.0.1:8080", authorization: `Bearer ${token}` };
  return {
    method: "POST",
    url: "/mcp",
    headers,
    rawHeaders: Object.entries(headers).flat(),
    socket: { remoteAddress: "127.0.0.1" },
  };
}
