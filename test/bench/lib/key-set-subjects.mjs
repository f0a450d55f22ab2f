/* Subjects that fetch keys from an issuer: `validate(token)` rejects an invalid token. */
import { JwtVerifier } from "aws-jwt-verify";
import { SimpleJwksCache } from "aws-jwt-verify/jwk";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { OAuthAuthProvider as BuiltIn } from "mcp-framework";
import { OAuthAuthProvider } from "../../../dist/index.js";
import { startKeySetServer } from "./key-set-server.mjs";
import { bareRequest, ISSUER, makeKey, RESOURCE } from "./tokens.mjs";

const mustPass = async (answer) => {
  if ((await answer) === false) throw new Error("refused");
};

/** As aws-jwt-verify's own fetcher, three seconds and one retry, which takes https only. */
const overHttp = {
  async fetch(uri) {
    const attempt = async () => {
      const response = await fetch(uri, { signal: AbortSignal.timeout(3000) });
      if (!response.ok) throw new Error(`status ${response.status}`);
      return response.arrayBuffer();
    };
    return attempt().catch(attempt);
  },
};

/**
 * Everybody, each with an issuer of its own.
 *
 * @param ttlSeconds how long keys may be used, for those who can say
 */
export async function keySetSubjects({ ttlSeconds } = {}) {
  const make = async (name, create) => {
    const key = makeKey("RS256");
    const issuer = await startKeySetServer([key]);
    return { name, key, issuer, validate: create(`${issuer.url}/jwks`) };
  };
  const base = { resource: RESOURCE, authorizationServers: [ISSUER] };
  return Promise.all([
    make("built-in provider", (jwksUri) => {
      const provider = new BuiltIn({
        ...base,
        validation: { type: "jwt", jwksUri, audience: RESOURCE, issuer: ISSUER },
      });
      // The provider has no option for it; its validator has.
      if (ttlSeconds !== undefined) {
        const { JWTValidator, config } = {
          JWTValidator: provider.validator.constructor,
          config: provider.validator.config,
        };
        provider.validator = new JWTValidator({ ...config, cacheTTL: ttlSeconds * 1000 });
      }
      return (token) => mustPass(provider.authenticate(bareRequest(token)));
    }),
    make("ours", (jwksUri) => {
      const provider = new OAuthAuthProvider({
        ...base,
        verifyAtStart: "off",
        audit: [],
        rateLimit: false,
        validation: {
          type: "jwt",
          jwksUri,
          ...(ttlSeconds !== undefined && { jwksTtlSeconds: ttlSeconds }),
        },
      });
      return (token) => mustPass(provider.authenticate(bareRequest(token)));
    }),
    make("aws-jwt-verify", (jwksUri) => {
      const verifier = JwtVerifier.create(
        { issuer: ISSUER, audience: RESOURCE, jwksUri },
        { jwksCache: new SimpleJwksCache({ fetcher: overHttp }) },
      );
      return (token) => verifier.verify(token);
    }),
    make("jose", (jwksUri) => {
      const keys = createRemoteJWKSet(
        new URL(jwksUri),
        ttlSeconds === undefined ? {} : { cacheMaxAge: ttlSeconds * 1000 },
      );
      return (token) => jwtVerify(token, keys, { issuer: ISSUER, audience: RESOURCE });
    }),
  ]);
}

/** Runs `act(index)` a number of times a second, without waiting for one another; resolves with all outcomes. */
export async function atRate(perSecond, seconds, act) {
  const outcomes = [];
  const startedAt = performance.now();
  for (let index = 0; ; index++) {
    const wait = startedAt + (index * 1000) / perSecond - performance.now();
    if (wait > 0) await sleep(wait);
    if (performance.now() - startedAt >= seconds * 1000) break;
    outcomes.push(act(index));
  }
  return outcomes;
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** `true` or `false` once it is settled, `undefined` when it is not within `ms`. */
export function settled(promise, ms) {
  const outcome = promise.then(
    () => true,
    () => false,
  );
  return Promise.race([outcome, sleep(ms).then(() => undefined)]);
}
