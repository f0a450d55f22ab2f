import { CallbackValidator } from "../../validators/callback-validator.js";
import { DynamicIssuers } from "../../validators/dynamic-issuers.js";
import { Dependencies } from "../../telemetry/dependencies.js";
import {
  IssuerRouter,
  type IssuerLookup,
  type SelectiveValidator,
} from "../../validators/issuer-router.js";
import { limitGuesses } from "../../validators/limit-guesses.js";
import { StaticValidator } from "../../validators/static-validator.js";
import type { TokenValidator } from "../../validators/token-validator.js";
import { ConfigurationError } from "../../core/errors.js";
import { createHybridValidator, createIntrospectionValidator } from "./create-introspection.js";
import { createJwtValidator } from "./create-jwt-validator.js";
import { discoveries, type ValidationContext } from "./validation-context.js";
import { enrichSelective } from "./enrich-selective.js";
import type { CustomSettings } from "../../options/settings.js";
import { parseTenantOptions } from "./tenant-options.js";
import type { Probe } from "./verify-at-start.js";

/** The validator for every kind of token that the options name. */
export interface CreatedValidator {
  readonly validator: TokenValidator;
  readonly expects: (token: string) => boolean;
  /** Look at start whether what will be asked later answers. */
  readonly probes: readonly Probe[];
}

/** Wires `validation`, `introspection` and `issuers`, which were checked before. */
export function createTokenValidator(context: ValidationContext): CreatedValidator {
  const { issuers: resolve, validation: entries } = context.options;
  const jwts = new Map<string, TokenValidator>();
  const introspected = new Map<string, TokenValidator>();
  const selective: SelectiveValidator[] = [];
  const catchAll: TokenValidator[] = [];
  const probes: Probe[] = [];

  for (const entry of entries) {
    switch (entry.type) {
      case "jwt": {
        jwts.set(entry.issuer, createJwtValidator(context, entry));
        break;
      }
      case "hybrid": {
        const { validator, probe } = createHybridValidator(context, entry);
        jwts.set(entry.issuer, validator);
        probes.push(probe);
        break;
      }
      case "introspection": {
        const { validator, probe } = createIntrospectionValidator(context, entry);
        introspected.set(entry.issuer, validator);
        catchAll.push(validator);
        probes.push(probe);
        break;
      }
      case "custom":
        context.dependencies.hasLocalValidator = true;
        catchAll.push(createCustomValidator(context, entry));
        break;
      case "static":
        context.dependencies.hasLocalValidator = true;
        selective.push(
          enrichSelective(
            limitGuesses(new StaticValidator({ ...entry, clock: context.clock }), context.budget),
            context.complete,
            context.clock,
          ),
        );
        break;
    }
  }
  if (resolve !== undefined) context.dependencies.hasLocalValidator = true;
  const router = new IssuerRouter({
    // A JWT is verified here where that is configured, and introspected otherwise.
    issuers: new Map([...introspected, ...jwts]),
    opaque: [...selective, ...catchAll],
    ...(resolve !== undefined && { lookup: dynamicLookup(context, resolve) }),
  });
  const [only] = jwts.values();
  const isAlone = jwts.size === 1 && entries.length === 1 && resolve === undefined;
  return {
    // Alone, it says better than the router what is wrong with a token.
    validator: isAlone && only !== undefined ? only : router,
    expects: (token) => router.expects(token),
    probes,
  };
}

function createCustomValidator(
  { clock, complete, faults, budget }: ValidationContext,
  entry: CustomSettings,
): TokenValidator {
  return new CallbackValidator({
    validate: faults.watch("validate", entry.validate, (token) => [token]),
    audience: entry.audience,
    cache: {
      ttlSeconds: entry.cacheSeconds,
      negativeTtlSeconds: entry.negativeCacheSeconds,
      budget,
      ...(complete !== undefined && { complete }),
    },
    clock,
    timeoutSeconds: entry.timeoutSeconds,
  });
}

type Resolve = NonNullable<ValidationContext["options"]["issuers"]>;

function dynamicLookup(context: ValidationContext, resolve: Resolve): IssuerLookup {
  const { fetch, clock, budget } = context;
  const issuers = new DynamicIssuers<unknown>({
    resolve: context.faults.watch("issuers", resolve),
    create: (issuer, value) => {
      const options = parseTenantOptions(value, issuer, context.options);
      if (options.issuer !== issuer) {
        throw new ConfigurationError(
          "ERR_OAUTH_TENANT_ISSUER",
          `issuers(${JSON.stringify(issuer)}) returned options for another issuer; return those of the issuer that was asked for, or leave issuer out.`,
        );
      }
      // Discovery lives and goes with the tenant's validator, so that it is bounded too.
      return createJwtValidator(
        // Nor does health list tenants: there is no end to them.
        {
          ...context,
          discoveryOf: discoveries(fetch, clock),
          dependencies: new Dependencies(),
        },
        options,
      );
    },
    clock,
    budget,
  });
  return (issuer, token, block) => issuers.validate(issuer, token, block);
}
