import type { KeySource } from "../../keys/key-source.js";
import { RemoteJwks } from "../../keys/remote-jwks.js";
import { RotatingSecretKeys } from "../../keys/rotating-secret.js";
import { StaticKeys } from "../../keys/static-keys.js";
import { JwtValidator, type JwtValidatorOptions } from "../../validators/jwt-validator.js";
import { TokenCache } from "../../validators/remembered/token-cache.js";
import type { TokenValidator } from "../../validators/token-validator.js";
import type { ValidationContext } from "./validation-context.js";
import type { JwtSettings } from "../../options/settings.js";

/** The validator for JWTs of one issuer, with its keys and its memory of good tokens. */
export function createJwtValidator(
  context: ValidationContext,
  options: JwtSettings,
): TokenValidator {
  const { clock, complete } = context;
  const { validatorOptions, generation, keepFresh } = jwtValidatorOptions(context, options);
  return new TokenCache(new JwtValidator(validatorOptions), {
    clock,
    // Never cache a token longer than its keys.
    ttlSeconds: Math.min(options.cacheSeconds, options.jwksTtlSeconds),
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
  options: JwtSettings,
): { readonly validatorOptions: JwtValidatorOptions } & Pick<Keys, "generation" | "keepFresh"> {
  const { keys, generation, keepFresh } = keysOf(context, options);
  const validatorOptions: JwtValidatorOptions = {
    issuer: options.issuer,
    audience: options.audience,
    keys,
    algorithms: options.algorithms,
    clock: context.clock,
    clockToleranceSeconds: options.clockToleranceSeconds,
    allowJwtTyp: options.allowJwtTyp,
    mapping: options.claims,
    requirements: {
      clientIds: options.clientIds,
      equals: options.equals,
      requireSubject: options.requireSubject,
      requireClientId: options.requireClientId,
    },
  };
  return { validatorOptions, generation, keepFresh };
}

interface Keys {
  readonly keys: KeySource;
  /** Changes when a key that was good may not be any more. */
  readonly generation: () => number;
  /** Called while only remembered tokens come. */
  readonly keepFresh: () => void;
}

const UNCHANGING = { generation: () => 0, keepFresh: () => undefined };

function keysOf(context: ValidationContext, options: JwtSettings): Keys {
  if (options.secret !== undefined || options.publicKey !== undefined) {
    context.dependencies.hasLocalValidator = true;
  }
  if (options.secret !== undefined) {
    if (typeof options.secret === "function") {
      const keys = new RotatingSecretKeys({
        source: context.faults.watchSecret(options.secret),
        algorithms: options.algorithms,
        clock: context.clock,
        overlapSeconds: options.secretOverlapSeconds,
        ttlSeconds: options.secretTtlSeconds,
      });
      return { keys, ...livingBy(keys) };
    }
    return { keys: StaticKeys.fromSecret(options.secret, options.algorithms), ...UNCHANGING };
  }
  if (options.publicKey !== undefined) {
    return { keys: StaticKeys.fromPublicKeys(options.publicKey), ...UNCHANGING };
  }
  const { issuer } = options;
  const keys = new RemoteJwks({
    jwksUri: options.jwksUri ?? context.discoveryOf(issuer).jwksUri,
    fetch: context.fetch,
    clock: context.clock,
    ttlSeconds: options.jwksTtlSeconds,
    maxStaleSeconds: options.jwksMaxStaleSeconds,
  });
  context.dependencies.keySets.push({
    issuer,
    status: () => keys.status(),
    load: () => keys.load(),
  });
  return { keys, ...livingBy(keys) };
}

function livingBy(keys: RemoteJwks | RotatingSecretKeys): Pick<Keys, "generation" | "keepFresh"> {
  return { generation: () => keys.generation(), keepFresh: () => keys.keepFresh() };
}
