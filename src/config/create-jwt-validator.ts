import { UnavailableError } from "../errors.js";
import type { KeySource } from "../keys/key-source.js";
import { RemoteJwks } from "../keys/remote-jwks.js";
import { ASYMMETRIC_ALGORITHMS, type SignatureAlgorithm } from "../keys/signature.js";
import { StaticKeys } from "../keys/static-keys.js";
import { JwtValidator } from "../validators/jwt-validator.js";
import { TokenCache } from "../validators/token-cache.js";
import type { TokenValidator } from "../validators/token-validator.js";
import type { ValidationContext } from "./create-validation.js";
import type { JwtValidationOptions } from "./options/validation.js";

/** The validator for JWTs of one issuer, with its keys and its memory of good tokens. */
export function createJwtValidator(
  context: ValidationContext,
  issuer: string,
  options: JwtValidationOptions,
): TokenValidator {
  const { clock } = context;
  const { keys, algorithms, generation } = keysOf(context, issuer, options);
  const { clockToleranceSeconds, allowJwtTyp, clientIds, equals } = options;
  const validator = new JwtValidator({
    issuer,
    audience: [options.audience ?? context.options.resource].flat(),
    keys,
    algorithms,
    clock,
    ...(clockToleranceSeconds !== undefined && { clockToleranceSeconds }),
    ...(allowJwtTyp !== undefined && { allowJwtTyp }),
    ...(options.claims !== undefined && { mapping: options.claims }),
    requirements: {
      ...(clientIds !== undefined && { clientIds }),
      ...(equals !== undefined && { equals }),
      requireSubject: options.requireSubject ?? false,
      requireClientId: options.requireClientId ?? false,
    },
  });
  const ttlSeconds = options.cacheSeconds ?? 300;
  return ttlSeconds === 0
    ? validator
    : new TokenCache(validator, { clock, ttlSeconds, generation });
}

interface Keys {
  readonly keys: KeySource;
  readonly algorithms: readonly SignatureAlgorithm[];
  /** Changes when a key that was good may not be any more. */
  readonly generation: () => number;
}

const UNCHANGING = (): number => 0;

function keysOf(context: ValidationContext, issuer: string, options: JwtValidationOptions): Keys {
  if (options.secret !== undefined) {
    if (typeof options.secret === "function") throw new RangeError("secret functions");
    const algorithms = options.algorithms ?? ["HS256"];
    const keys = StaticKeys.fromSecret(options.secret, algorithms);
    return { keys, algorithms, generation: UNCHANGING };
  }
  const algorithms = options.algorithms ?? ASYMMETRIC_ALGORITHMS;
  if (options.publicKey !== undefined) {
    const keys = StaticKeys.fromPublicKeys(options.publicKey);
    return { keys, algorithms, generation: UNCHANGING };
  }
  const { jwksTtlSeconds, jwksMaxStaleSeconds } = options;
  const keys = new RemoteJwks({
    jwksUri: options.jwksUri ?? (() => discoveredJwksUri(context, issuer)),
    fetch: context.fetch,
    clock: context.clock,
    ...(jwksTtlSeconds !== undefined && { ttlSeconds: jwksTtlSeconds }),
    ...(jwksMaxStaleSeconds !== undefined && { maxStaleSeconds: jwksMaxStaleSeconds }),
  });
  return { keys, algorithms, generation: () => keys.generation() };
}

async function discoveredJwksUri(context: ValidationContext, issuer: string): Promise<string> {
  const { jwks_uri: jwksUri } = await context.discoveryOf(issuer).get();
  if (jwksUri === undefined) throw new UnavailableError("discovery_without_jwks_uri");
  return jwksUri;
}
