import { CallbackValidator } from "../validators/callback-validator.js";
import { DynamicIssuers } from "../validators/dynamic-issuers.js";
import { Dependencies } from "../telemetry/dependencies.js";
import { IssuerRouter, type SelectiveValidator } from "../validators/issuer-router.js";
import { StaticValidator } from "../validators/static-validator.js";
import type { TokenValidator } from "../validators/token-validator.js";
import { ConfigurationError } from "../core/errors.js";
import { createHybridValidator, createIntrospectionValidator } from "./create-introspection.js";
import { createJwtValidator } from "./create-jwt-validator.js";
import { discoveries, type ValidationContext } from "./validation-context.js";
import { enrichSelective } from "./enrich-selective.js";
import type { CustomValidationOptions, JwtValidationOptions } from "../options/validation.js";
import { validationEntries } from "../options/validation-entries.js";
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
  const { issuers: resolve } = context.options;
  const entries = validationEntries(context.options);
  const jwts = new Map<string, TokenValidator>();
  const introspected = new Map<string, TokenValidator>();
  const selective: SelectiveValidator[] = [];
  const catchAll: TokenValidator[] = [];
  const probes: Probe[] = [];

  for (const entry of entries) {
    switch (entry.type) {
      case "jwt": {
        const issuer = issuerOf(context, entry);
        jwts.set(issuer, createJwtValidator(context, issuer, entry));
        break;
      }
      case "hybrid": {
        const issuer = issuerOf(context, entry);
        const { validator, probe } = createHybridValidator(context, issuer, entry);
        jwts.set(issuer, validator);
        probes.push(probe);
        break;
      }
      case "introspection": {
        const issuer = issuerOf(context, entry);
        const { validator, probe } = createIntrospectionValidator(context, issuer, entry);
        introspected.set(issuer, validator);
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
            new StaticValidator({ ...entry, clock: context.clock }),
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

function issuerOf({ options }: ValidationContext, entry: { readonly issuer?: string }): string {
  return entry.issuer ?? options.authorizationServers[0] ?? "";
}

function createCustomValidator(
  { options, clock, complete, faults }: ValidationContext,
  entry: CustomValidationOptions,
): TokenValidator {
  return new CallbackValidator({
    validate: faults.watch("validate", entry.validate, (token) => [token]),
    audience: [entry.audience ?? options.resource].flat(),
    cache: {
      ttlSeconds: entry.cacheSeconds ?? 0,
      negativeTtlSeconds: entry.negativeCacheSeconds ?? 0,
      ...(complete !== undefined && { complete }),
    },
    clock,
    ...(entry.timeoutSeconds !== undefined && { timeoutSeconds: entry.timeoutSeconds }),
  });
}

type Resolve = NonNullable<ValidationContext["options"]["issuers"]>;

function dynamicLookup(
  context: ValidationContext,
  resolve: Resolve,
): (issuer: string) => Promise<TokenValidator | undefined> {
  const { fetch, clock } = context;
  const issuers = new DynamicIssuers<JwtValidationOptions>({
    resolve: context.faults.watch("issuers", resolve),
    create: (issuer, value) => {
      const options = parseTenantOptions(value);
      if (options.issuer !== undefined && options.issuer !== issuer) {
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
        issuer,
        options,
      );
    },
    clock,
  });
  return (issuer) => issuers.lookup(issuer);
}
