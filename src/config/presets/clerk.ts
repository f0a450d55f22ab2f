import { ConfigurationError } from "../../core/errors.js";
import type { IntrospectionOptions } from "../../options/introspection.js";
import { hostOf, required, requiredList, type Preset } from "./preset.js";

interface ClerkInstance {
  /** The instance's frontend API: `clerk.example.com`, or `verb-noun-00.clerk.accounts.dev`. */
  readonly frontendApi: string;
}

/** Options of {@link clerk}. */
export type ClerkPresetOptions = ClerkInstance &
  (
    | {
        /** Clients whose tokens are accepted although they name no audience. */
        readonly clientIds: string | readonly string[];
      }
    | {
        /** What a template writes into `aud`. */
        readonly audience: string | readonly string[];
      }
    | {
        /** Client for introspection; needed where tokens are opaque, and for clients that register themselves. */
        readonly clientId: string;
        readonly clientSecret: NonNullable<IntrospectionOptions["clientSecret"]>;
        /**
         * Clerk's tokens name no audience, so that one issued for any other
         * application of the instance is good here too. Say that this is meant.
         */
        readonly dangerouslyAcceptAnyClient: true;
      }
  );

/**
 * Clerk. With JWT access tokens (a setting of the instance) and known clients,
 * tokens are checked here; otherwise Clerk is asked about each.
 */
export function clerk(options: ClerkPresetOptions): Preset {
  const issuer = `https://${hostOf(options.frontendApi, "clerk.frontendApi", "clerk.example.com")}`;
  const authorizationServers = [issuer];
  if ("clientIds" in options && options.clientIds !== undefined) {
    const clientIds = requiredList(options.clientIds, "clerk.clientIds", "Ab1Cd2Ef3Gh4");
    return {
      authorizationServers,
      validation: { type: "jwt", issuer, algorithms: ["RS256"], clientIds },
    };
  }
  if ("audience" in options && options.audience !== undefined) {
    const { audience } = options;
    return {
      authorizationServers,
      validation: { type: "jwt", issuer, algorithms: ["RS256"], audience },
    };
  }
  if (!("dangerouslyAcceptAnyClient" in options) || options.dangerouslyAcceptAnyClient !== true) {
    throw new ConfigurationError(
      "ERR_OAUTH_CLERK_AUDIENCE",
      "clerk: tokens of Clerk name no audience. Give clientIds, the clients that may come; or " +
        "audience, where a template writes one; or, for clients that register themselves, " +
        "clientId, clientSecret and dangerouslyAcceptAnyClient: true.",
    );
  }
  return {
    authorizationServers,
    validation: {
      type: "introspection",
      issuer,
      requireSubject: true,
      introspection: {
        endpoint: `${issuer}/oauth/token_info`,
        clientId: required(options.clientId, "clerk.clientId", "Ab1Cd2Ef3Gh4"),
        clientSecret: options.clientSecret,
        allowMissing: ["aud", "iss"],
      },
    },
  };
}
