import type { KeySource } from "../keys/key-source.js";
import { RemoteJwks } from "../keys/remote-jwks.js";
import { RotatingSecretKeys } from "../keys/rotating-secret.js";
import { ASYMMETRIC_ALGORITHMS, type SignatureAlgorithm } from "../core/algorithms.js";
import { StaticKeys } from "../keys/static-keys.js";
import { JwtValidator, type JwtValidatorOptions } from "../validators/jwt-validator.js";
import { TokenCache } from "../validators/token-cache.js";
import type { TokenValidator } from "../validators/token-validator.js";
import type { ValidationContext } from "./validation-context.js";
import type { ClaimOptions, SignatureOptions } from "../options/validation.js";

/** The validator for JWTs of one issuer, with its keys and its memory of good tokens. */
export function createJwtValidator(
  context: ValidationContext,
  issuer: string,
  options: ClaimOptions & SignatureOptions,
): TokenValidator {
  const { clock, complete } = context;
  const { validatorOptions, generation, keepFresh } = jwtValidatorOptions(context, issuer, options);
  return new TokenCache(new JwtValidator(validatorOptions), {
    clock,
    // Who is remembered for longer than keys are could come back after a quiet time without one.
    ttlSeconds: Math.min(options.cacheSeconds ?? 300, options.jwksTtlSeconds ?? Infinity),
    generation,
    onLookup: (hit) => {
      context.metrics.cacheLookup("jwt", hit);
      // Validating does so by itself.
      if (hit) keepFresh();
    },
    ...(complete !== undefined && { complete }),
  });
}

/** What the validator of one issuer is built with; `explain` looks at a token's checks one by one. */
export function jwtValidatorOptions(
  context: ValidationContext,
  issuer: string,
  options: ClaimOptions & SignatureOptions,
): { readonly validatorOptions: JwtValidatorOptions } & Pick<Keys, "generation" | "keepFresh"> {
  const { clock } = context;
  const { keys, algorithms, generation, keepFresh } = keysOf(context, issuer, options);
  const { clockToleranceSeconds, allowJwtTyp, clientIds, equals } = options;
  const validatorOptions: JwtValidatorOptions = {
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
  };
  return { validatorOptions, generation, keepFresh };
}

interface Keys {
  readonly keys: KeySource;
  readonly algorithms: readonly SignatureAlgorithm[];
  /** Changes when a key that was good may not be any more. */
  readonly generation: () => number;
  /** Called while only remembered tokens come. */
  readonly keepFresh: () => void;
}

const UNCHANGING = { generation: () => 0, keepFresh: () => undefined };

function keysOf(context: ValidationContext, issuer: string, options: SignatureOptions): Keys {
  if (options.secret !== undefined || options.publicKey !== undefined) {
    context.dependencies.hasLocalValidator = true;
  }
  if (options.secret !== undefined) {
    const algorithms = options.algorithms ?? ["HS256"];
    if (typeof options.secret === "function") {
      const { secretOverlapSeconds: overlapSeconds, secretTtlSeconds: ttlSeconds } = options;
      const keys = new RotatingSecretKeys({
        source: context.faults.watchSecret(options.secret),
        algorithms,
        clock: context.clock,
        ...(overlapSeconds !== undefined && { overlapSeconds }),
        ...(ttlSeconds !== undefined && { ttlSeconds }),
      });
      return { keys, algorithms, ...livingBy(keys) };
    }
    const keys = StaticKeys.fromSecret(options.secret, algorithms);
    return { keys, algorithms, ...UNCHANGING };
  }
  const algorithms = options.algorithms ?? ASYMMETRIC_ALGORITHMS;
  if (options.publicKey !== undefined) {
    const keys = StaticKeys.fromPublicKeys(options.publicKey);
    return { keys, algorithms, ...UNCHANGING };
  }
  const { jwksTtlSeconds, jwksMaxStaleSeconds } = options;
  const keys = new RemoteJwks({
    jwksUri: options.jwksUri ?? context.discoveryOf(issuer).jwksUri,
    fetch: context.fetch,
    clock: context.clock,
    ...(jwksTtlSeconds !== undefined && { ttlSeconds: jwksTtlSeconds }),
    ...(jwksMaxStaleSeconds !== undefined && { maxStaleSeconds: jwksMaxStaleSeconds }),
  });
  context.dependencies.keySets.push({
    issuer,
    status: () => keys.status(),
    load: () => keys.load(),
  });
  return { keys, algorithms, ...livingBy(keys) };
}

function livingBy(keys: RemoteJwks | RotatingSecretKeys): Pick<Keys, "generation" | "keepFresh"> {
  return { generation: () => keys.generation(), keepFresh: () => keys.keepFresh() };
}
