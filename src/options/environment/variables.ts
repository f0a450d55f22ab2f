import { z } from "zod";
import { PROVIDERS, PROVIDER_VARIABLES } from "../../providers/registry.js";
import { apiKeyShape, apiKeysShape } from "../api-keys.js";
import { ownAuthorizationServerShape } from "../authorization-server.js";
import { introspectionShape, tlsShape } from "../introspection.js";
import { limitsShape, networkShape, rateLimitShape, sessionsShape, tasksShape } from "../limits.js";
import { authorizationServersShape } from "../options.js";
import { bare, env, variableOf, type VariableKind, type VariableNames } from "../row.js";
import {
  certificateProxyShape,
  dpopNonceShape,
  dpopShape,
  mtlsShape,
  revocationShape,
  senderShape,
} from "../sender.js";
import { healthShape, metadataShape, operationsShape, serverShape } from "../server.js";
import {
  claimMappingShape,
  claimShape,
  hybridShape,
  signatureShape,
  staticShape,
} from "../validation.js";
import { texts } from "../values.js";
import { DOCS } from "./docs.generated.js";

/** An environment variable, for the reader and the documents. */
export interface Variable {
  readonly name: string;
  readonly section: string;
  readonly kind: VariableKind;
  readonly text: string;
  readonly example: string;
  /** The default, as text. */
  readonly default?: string | undefined;
  readonly choices?: readonly string[] | undefined;
  /** Largest number, for `seconds` and `bytes`. */
  readonly max?: number | undefined;
  /** What must be set as well for it to have an effect; see `refuseUnused`. */
  readonly onlyWith?: string | undefined;
  /** The option it sets, as named in messages. */
  readonly option?: string | undefined;
  /** Preset that it belongs to, and whether the preset requires it; `usually` marks the common one of several alternatives. */
  readonly provider?: string;
  readonly required?: boolean | "usually" | undefined;
}

/** Variables that select a server and how its tokens are validated. */
const selectionShape = {
  /** A known authorization server, configured by its own variables below. Without it, the next ones apply. */
  provider: env("OAUTH_PROVIDER", z.string(), {
    kind: "choice",
    choices: PROVIDERS.map(({ id }) => id),
    example: "auth0",
    default: "any authorization server, by its metadata",
    option: false,
  }),
  /** Issuer of the authorization server, exactly as written in its metadata. */
  authorizationServer: env("OAUTH_AUTHORIZATION_SERVER", z.string().url(), {
    example: "https://auth.example.com",
    default: "OAUTH_ISSUER",
    option: "authorizationServers",
    required: true,
  }),
};
const tokenTypeShape = {
  /** How tokens are validated: as JWTs, by introspection, each token by both, or by a list for development. */
  type: env("OAUTH_TOKEN_TYPE", z.enum(["jwt", "introspection", "hybrid", "static"]), {
    example: "jwt",
    default: "jwt; with OAUTH_CLIENT_ID, opaque tokens are introspected as well",
  }),
};

const staticScopesShape = {
  /** Scopes that every token of OAUTH_STATIC_TOKENS grants. */
  scopes: env("OAUTH_STATIC_TOKEN_SCOPES", texts, {
    example: "mcp:tools",
    default: "none",
    option: false,
    onlyWith: "OAUTH_TOKEN_TYPE=static and OAUTH_STATIC_TOKENS",
  }),
};

/** Shapes with variables, in the order of the documents, with the path of their options. */
const SECTIONS = [
  ["This server", "", serverShape],
  ["This server", "metadata", metadataShape],
  ["Authorization server", "", selectionShape],
  ["Authorization server", "", authorizationServersShape],
  ["Authorization server", "validation", tokenTypeShape],
  ["Tokens", "validation", claimShape],
  ["Tokens", "validation.claims", claimMappingShape],
  ["JWTs", "validation", signatureShape],
  ["Introspection", "introspection", introspectionShape],
  ["Introspection", "introspection.tls", tlsShape],
  ["Introspection", "validation", hybridShape],
  ["Static tokens", "validation", staticShape],
  ["Static tokens", "", staticScopesShape],
  ["API keys", "", apiKeysShape],
  ["API keys", "apiKeys", apiKeyShape],
  ["Stolen tokens", "dpop", dpopShape],
  ["Stolen tokens", "dpop.nonce", dpopNonceShape],
  ["Stolen tokens", "mtls", mtlsShape],
  ["Stolen tokens", "mtls.proxy", certificateProxyShape],
  ["Network and limits", "", networkShape],
  ["Network and limits", "", limitsShape],
  ["Network and limits", "rateLimit", rateLimitShape],
  ["Network and limits", "sessions", sessionsShape],
  ["Network and limits", "tasks", tasksShape],
  ["Several processes", "", senderShape],
  ["Several processes", "revocation", revocationShape],
  ["Health", "health", healthShape],
  ["Log", "", operationsShape],
  ["Your own authorization server", "", ownAuthorizationServerShape],
] as const satisfies readonly (readonly [section: string, at: string, shape: z.ZodRawShape])[];

/** The name of a variable; a misspelt name does not compile. */
export type VariableName =
  VariableNames<(typeof SECTIONS)[number][2]> | (typeof PROVIDER_VARIABLES)[number]["name"];

/** All environment variables. */
export const VARIABLES: readonly Variable[] = [
  ...SECTIONS.flatMap(([section, at, shape]) =>
    Object.entries<z.ZodTypeAny>(shape).flatMap(([member, row]) => {
      const variable = variableOf(row);
      if (variable === undefined) return [];
      const { option = at === "" ? member : `${at}.${member}`, ...options } = variable;
      return [
        {
          ...DOCS[variable.name],
          ...inferred(bare(row)),
          ...options,
          section,
          option: option === false ? undefined : option,
        },
      ];
    }),
  ),
  ...PROVIDER_VARIABLES,
].map((row) => ({ text: "", ...row }));

/** Kind, choices and maximum of a variable, derived from the schema. */
function inferred(schema: z.ZodTypeAny): Pick<Variable, "kind" | "choices" | "max"> {
  if (schema instanceof z.ZodBoolean) return { kind: "flag" };
  if (schema instanceof z.ZodEnum) return { kind: "choice", choices: schema.options as string[] };
  if (schema instanceof z.ZodNumber) {
    return { kind: schema.isInt ? "count" : "seconds", max: schema.maxValue ?? undefined };
  }
  if (schema instanceof z.ZodArray) {
    return { kind: "list", choices: inferred(bare(schema.element as z.ZodTypeAny)).choices };
  }
  return { kind: schema instanceof z.ZodString && schema.isURL ? "url" : "text" };
}
