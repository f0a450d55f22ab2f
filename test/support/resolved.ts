import { DPoPNonce as RealNonce, type NonceOptions } from "../../src/binding/dpop-nonce.js";
import type { ProofOptions } from "../../src/binding/dpop.js";
import {
  createCertificateSource as realCertificateSource,
  type CertificateProxy,
  type CertificateSource,
} from "../../src/binding/certificate.js";
import {
  ReplayMemory as RealReplayMemory,
  type ReplayMemoryOptions,
} from "../../src/binding/replay.js";
import {
  SessionRegistry as RealSessionRegistry,
  type Session,
  type SessionLimits,
} from "../../src/sessions/session.js";
import type { Clock } from "../../src/core/clock.js";
import { systemClock } from "../../src/core/clock.js";
import {
  RemoteJwks as RealRemoteJwks,
  type RemoteJwksOptions,
} from "../../src/keys/remote-jwks.js";
import {
  RotatingSecretKeys as RealRotatingSecretKeys,
  type RotatingSecretKeysOptions,
} from "../../src/keys/rotating-secret.js";
import type { HybridEntrySettings } from "../../src/options/settings.js";
import { apiKeyShape } from "../../src/options/api-keys.js";
import { certificateProxyShape, dpopNonceShape } from "../../src/options/sender.js";
import { customShape, DEFAULT_CLAIMS } from "../../src/options/validation.js";
import {
  Revocations as RealRevocations,
  type RevocationsOptions,
} from "../../src/revocation/revocation.js";
import type { Store } from "../../src/stores/store.js";
import {
  AuthProviderValidator as RealAuthProviderValidator,
  type AuthProviderValidatorOptions,
} from "../../src/validators/api-keys/auth-provider-validator.js";
import {
  CallbackValidator as RealCallbackValidator,
  type CallbackValidatorOptions,
} from "../../src/validators/callback-validator.js";
import * as claims from "../../src/validators/claims.js";
import {
  DecisionCache as RealDecisionCache,
  type DecisionCacheOptions,
} from "../../src/validators/remembered/decision-cache.js";
import {
  HybridValidator as RealHybridValidator,
  type HybridValidatorOptions,
} from "../../src/validators/introspection/hybrid-validator.js";
import {
  IntrospectionClient as RealIntrospectionClient,
  type IntrospectionClientOptions,
} from "../../src/validators/introspection/introspection-client.js";
import {
  IntrospectionValidator as RealIntrospectionValidator,
  type IntrospectionValidatorOptions,
} from "../../src/validators/introspection/introspection-validator.js";
import {
  JwtValidator as RealJwtValidator,
  type JwtValidatorOptions,
} from "../../src/validators/jwt-validator.js";
import {
  TokenCache as RealTokenCache,
  type TokenCacheOptions,
} from "../../src/validators/remembered/token-cache.js";
import type { TokenValidator } from "../../src/validators/token-validator.js";
import { settings } from "./settings.js";

/*
 * The classes of the library for tests that change one setting: settings that a test
 * omits have the defaults of their rows.
 */

const resolved = settings({
  validation: { type: "hybrid", introspection: { clientId: "c", clientSecret: "s" } },
});
const entry = resolved.validation[0] as HybridEntrySettings;

type Some<T, K extends keyof T> = Omit<T, K> & { [P in K]?: T[P] | undefined };
type Mapping = Partial<claims.ClaimPaths>;
const mappingOf = (mapping: Mapping = {}): claims.ClaimPaths => ({ ...DEFAULT_CLAIMS, ...mapping });

const introspectionTimes: DecisionCacheOptions = {
  ttlSeconds: entry.introspection.cacheSeconds,
  negativeTtlSeconds: entry.introspection.negativeCacheSeconds,
};

/** Settings of a JWT validator that tests rarely set. */
export const JWT_DEFAULTS = {
  algorithms: entry.algorithms,
  clockToleranceSeconds: entry.clockToleranceSeconds,
  allowJwtTyp: entry.allowJwtTyp,
  requirements: {},
  mapping: DEFAULT_CLAIMS,
  clock: systemClock,
};

export class JwtValidator extends RealJwtValidator {
  constructor({
    mapping,
    ...options
  }: Some<Omit<JwtValidatorOptions, "mapping">, keyof Omit<typeof JWT_DEFAULTS, "mapping">> & {
    mapping?: Mapping;
  }) {
    super({ ...JWT_DEFAULTS, ...options, mapping: mappingOf(mapping) } as JwtValidatorOptions);
  }
}

export class IntrospectionClient extends RealIntrospectionClient {
  constructor(
    options: Some<
      IntrospectionClientOptions,
      "timeoutSeconds" | "signedResponse" | "clockToleranceSeconds"
    >,
  ) {
    const { timeoutSeconds, signedResponse } = entry.introspection;
    const { clockToleranceSeconds } = entry;
    const defaults = { timeoutSeconds, signedResponse, clockToleranceSeconds };
    super({ ...defaults, ...options } as IntrospectionClientOptions);
  }
}

export class IntrospectionValidator extends RealIntrospectionValidator {
  constructor({
    mapping,
    cache,
    ...options
  }: Omit<Some<IntrospectionValidatorOptions, "allowMissing">, "mapping" | "cache"> & {
    mapping?: Mapping;
    cache?: Partial<DecisionCacheOptions>;
  }) {
    super({
      ...options,
      allowMissing: options.allowMissing ?? [],
      mapping: mappingOf(mapping),
      cache: { ...introspectionTimes, ...cache },
    });
  }
}

export class HybridValidator extends RealHybridValidator {
  constructor(options: Some<HybridValidatorOptions, "continueSeconds">) {
    super({ ...options, continueSeconds: options.continueSeconds ?? entry.continueSeconds });
  }
}

export class CallbackValidator extends RealCallbackValidator {
  constructor({
    cache,
    ...options
  }: Omit<Some<CallbackValidatorOptions, "timeoutSeconds">, "cache"> & {
    cache?: Partial<DecisionCacheOptions>;
  }) {
    super({ ...callbackDefaults(cache), ...options } as CallbackValidatorOptions);
  }
}

/** Settings of a validator that calls a function. */
export function callbackDefaults(cache: Partial<DecisionCacheOptions> = {}) {
  return {
    timeoutSeconds: customShape.timeoutSeconds.parse(undefined),
    cache: {
      ttlSeconds: customShape.cacheSeconds.parse(undefined),
      negativeTtlSeconds: customShape.negativeCacheSeconds.parse(undefined),
      ...cache,
    },
  };
}

export class AuthProviderValidator extends RealAuthProviderValidator {
  constructor({
    mapping,
    ...options
  }: Omit<Some<AuthProviderValidatorOptions, "prefix" | "scopes" | "timeoutSeconds">, "mapping"> & {
    mapping?: Mapping;
  }) {
    super({
      prefix: "",
      scopes: apiKeyShape.scopes.parse(undefined),
      timeoutSeconds: apiKeyShape.timeoutSeconds.parse(undefined),
      ...options,
      mapping: mappingOf(mapping),
    } as AuthProviderValidatorOptions);
  }
}

export class DecisionCache extends RealDecisionCache {
  constructor(options: Partial<DecisionCacheOptions>, clock: Clock) {
    super({ ...introspectionTimes, ...options }, clock);
  }
}

export class TokenCache extends RealTokenCache {
  constructor(validator: TokenValidator, options: Partial<TokenCacheOptions> = {}) {
    super(validator, { ttlSeconds: entry.cacheSeconds, ...options });
  }
}

const keySet = { ttlSeconds: entry.jwksTtlSeconds, maxStaleSeconds: entry.jwksMaxStaleSeconds };
export class RemoteJwks extends RealRemoteJwks {
  constructor(options: Some<RemoteJwksOptions, keyof typeof keySet>) {
    super({ ...keySet, ...options } as RemoteJwksOptions);
  }
}

const secretTimes = {
  ttlSeconds: entry.secretTtlSeconds,
  overlapSeconds: entry.secretOverlapSeconds,
};
export class RotatingSecretKeys extends RealRotatingSecretKeys {
  constructor(options: Some<RotatingSecretKeysOptions, keyof typeof secretTimes>) {
    super({ ...secretTimes, ...options } as RotatingSecretKeysOptions);
  }
}

export class Revocations extends RealRevocations {
  constructor(options: Some<RevocationsOptions, "cacheSeconds" | "onStoreFailure">) {
    super({ ...resolved.revocation, ...options } as RevocationsOptions);
  }
}

export class DPoPNonce extends RealNonce {
  constructor(secrets: readonly Uint8Array[], options: Partial<NonceOptions> = {}) {
    super(secrets, { periodSeconds: dpopNonceShape.periodSeconds.parse(undefined), ...options });
  }
}

export class ReplayMemory extends RealReplayMemory {
  constructor(store: Store, options: Partial<ReplayMemoryOptions> = {}) {
    super(store, { onStoreFailure: resolved.dpop.onStoreFailure, ...options });
  }
}

export class SessionRegistry extends RealSessionRegistry {
  constructor(limits: Partial<SessionLimits> = {}, onEnd?: (session: Session) => void) {
    const renewalSeconds = resolved.streamRenewalSeconds;
    super({ ...resolved.sessions, renewalSeconds, clock: systemClock, ...limits }, onEnd);
  }
}

/** Settings of a proof's check. */
export const PROOF_DEFAULTS: Pick<ProofOptions, "proofMaxAgeSeconds" | "algorithms"> = {
  proofMaxAgeSeconds: resolved.dpop.proofMaxAgeSeconds,
  algorithms: resolved.dpop.algorithms,
};

export function createCertificateSource(
  proxy?: Some<CertificateProxy, "header" | "encoding">,
): CertificateSource {
  if (proxy === undefined) return realCertificateSource();
  return realCertificateSource({
    ...proxy,
    header: proxy.header ?? certificateProxyShape.header.parse(undefined),
    encoding: proxy.encoding ?? certificateProxyShape.encoding.parse(undefined),
  });
}

export function validateClaims(
  found: claims.Claims,
  requirements: claims.ClaimRequirements,
  now: number,
  mapping?: Mapping,
): void {
  claims.validateClaims(found, requirements, now, mappingOf(mapping));
}

export function toAccessToken(
  found: claims.Claims,
  mapping?: Mapping,
  requirements?: Parameters<typeof claims.toAccessToken>[2],
): ReturnType<typeof claims.toAccessToken> {
  return claims.toAccessToken(found, mappingOf(mapping), requirements);
}
