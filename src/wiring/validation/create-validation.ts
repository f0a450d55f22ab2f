import { logger } from "mcp-framework";
import type { Settings } from "../../options/settings.js";
import type { TokenValidator } from "../../validators/token-validator.js";
import { createTokenValidator } from "./create-token-validator.js";
import type { ValidationContext } from "./validation-context.js";
import type { AuthorizationServerDiscovery } from "../../discovery/authorization-server-discovery.js";
import { verifyAuthorizationServers, type Probe } from "./verify-at-start.js";

/** The parts of a provider that have to do with where tokens come from. */
export interface Validation {
  readonly validator: TokenValidator;
  /** Whether access tokens look like this one; see {@link IssuerRouter.expects}. */
  readonly expects: (token: string) => boolean;
  /** Metadata of the first authorization server, for clients of MCP 2025-03-26. */
  readonly authorizationServerMetadata: () => Promise<object>;
  readonly verifyAtStart: () => Promise<void>;
}

export function createValidation(context: ValidationContext): Validation {
  const { options, discoveryOf } = context;
  const [first] = options.authorizationServers;
  if (first === undefined) throw new RangeError("authorizationServers is checked before");
  const { validator, expects, probes } = createTokenValidator(context);
  return {
    validator,
    expects,
    authorizationServerMetadata: () => discoveryOf(first).get(),
    verifyAtStart: () =>
      verifyAuthorizationServers(
        options.verifyAtStart,
        options.authorizationServers.map(discoveryOf),
        (line, level) => logger[level](`mcp-framework-oauth: ${line}`),
        [...probes, ...issuersOfJwtsAlone(options).map((issuer) => hintOf(discoveryOf(issuer)))],
      ),
  };
}

/** Issuers whose tokens must be JWTs, with keys from their metadata: nothing else is configured. */
function issuersOfJwtsAlone({ validation }: Settings): readonly string[] {
  const issuers = validation.map((entry) =>
    entry.type === "jwt" && (entry.jwksUri ?? entry.publicKey ?? entry.secret) === undefined
      ? entry.issuer
      : undefined,
  );
  return issuers.includes(undefined) ? [] : issuers.filter((issuer) => issuer !== undefined);
}

/** A server without keys issues no JWTs. */
function hintOf(discovery: AuthorizationServerDiscovery): Probe {
  return async () => {
    // An outage is another probe's finding.
    const metadata = await discovery.get().catch(() => undefined);
    if (metadata?.introspection_endpoint === undefined || metadata.jwks_uri !== undefined) return;
    return {
      line:
        `authorization server ${discovery.issuer} publishes an introspection endpoint and no keys: ` +
        'its tokens seem to be opaque. Set validation: { type: "introspection", introspection: ' +
        "{ clientId, clientSecret } }, or OAUTH_TOKEN_TYPE=introspection.",
      fatal: false,
    };
  };
}
