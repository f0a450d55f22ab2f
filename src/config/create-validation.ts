import { logger } from "mcp-framework";
import type { Clock } from "../clock.js";
import { AuthorizationServerDiscovery } from "../discovery/authorization-server-discovery.js";
import type { OutboundFetch } from "../net/outbound-fetch.js";
import { createOutboundFetch } from "../net/guarded-fetch.js";
import { IssuerRouter } from "../validators/issuer-router.js";
import type { TokenValidator } from "../validators/token-validator.js";
import { createJwtValidator } from "./create-jwt-validator.js";
import type { OAuthAuthProviderOptions } from "./options/options.js";
import { verifyAuthorizationServers } from "./verify-at-start.js";

/** The parts of a provider that have to do with where tokens come from. */
export interface Validation {
  readonly validator: TokenValidator;
  /** Metadata of the first authorization server, for clients of MCP 2025-03-26. */
  readonly authorizationServerMetadata: () => Promise<object>;
  readonly verifyAtStart: () => Promise<void>;
}

/** What every validator of one provider is built with. */
export interface ValidationContext {
  readonly options: OAuthAuthProviderOptions;
  readonly clock: Clock;
  readonly fetch: OutboundFetch;
  /** One per issuer, shared by all that ask for its metadata. */
  readonly discoveryOf: (issuer: string) => AuthorizationServerDiscovery;
}

export function createValidation(options: OAuthAuthProviderOptions, clock: Clock): Validation {
  const fetch = options.fetch ?? createOutboundFetch();
  const discoveries = new Map<string, AuthorizationServerDiscovery>();
  const discoveryOf = (issuer: string): AuthorizationServerDiscovery => {
    const known = discoveries.get(issuer);
    if (known !== undefined) return known;
    const discovery = new AuthorizationServerDiscovery({ issuer, fetch, clock });
    discoveries.set(issuer, discovery);
    return discovery;
  };
  const context: ValidationContext = { options, clock, fetch, discoveryOf };
  const [first] = options.authorizationServers;
  if (first === undefined) throw new RangeError("authorizationServers is checked before");
  return {
    validator: createValidator(context),
    authorizationServerMetadata: () => discoveryOf(first).get(),
    verifyAtStart: () =>
      verifyAuthorizationServers(
        options.verifyAtStart ?? "warn",
        options.authorizationServers.map(discoveryOf),
        (line) => logger.warn(`mcp-framework-oauth: ${line}`),
      ),
  };
}

function createValidator(context: ValidationContext): TokenValidator {
  const { authorizationServers, validation } = context.options;
  const list = validation === undefined ? [] : [validation].flat();
  const validators = list.map((entry) => {
    if (entry.type !== "jwt") throw new RangeError(`validation.type "${entry.type}" is not wired`);
    const issuer = entry.issuer ?? authorizationServers[0] ?? "";
    return [issuer, createJwtValidator(context, issuer, entry)] as const;
  });
  if (validation === undefined) {
    for (const issuer of authorizationServers) {
      validators.push([issuer, createJwtValidator(context, issuer, { type: "jwt" })]);
    }
  }
  const [only] = validators;
  if (validators.length === 1 && only !== undefined) return only[1];
  return new IssuerRouter({ issuers: new Map(validators) });
}
