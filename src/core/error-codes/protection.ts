import type { ErrorCodeSection } from "./row.js";

/** Scopes and policies. */
export const POLICY = {
  title: "Scopes and policy",
  codes: {
    ERR_OAUTH_SCOPE: {
      meaning: "A scope is not one scope token (RFC 6749 §3.3).",
      cure: "Use printable ASCII without spaces, quotes and backslashes.",
    },
    ERR_OAUTH_SCOPE_CYCLE: {
      meaning: "Scopes imply each other in a cycle.",
      cure: "Remove one of the scopes that the message lists.",
    },
    ERR_OAUTH_EXPOSE_REASONS: {
      meaning: "`exposeReasons` is set and `NODE_ENV` is `production`.",
      cure: "Remove it; the reasons are in the log.",
    },
    ERR_OAUTH_CAN_USE: {
      meaning: "A tool's `canUse` is not a function, or a resource or prompt has one.",
      cure: "Make it a method of a tool; for resources and prompts use `scopes.authorize`.",
    },
    ERR_OAUTH_SCOPE_REQUIREMENT: {
      meaning: "A rule's requirement cannot be read.",
      cure: "Write a list of scopes, `{ anyOf: […] }` or `{ allOf: […] }`.",
    },
    ERR_OAUTH_OFFLINE_ACCESS: {
      meaning: "A rule requires `offline_access`, which is never a scope of a resource.",
      cure: "Remove it. Clients request it from the authorization server.",
    },
    ERR_OAUTH_PATTERN: {
      meaning: "A pattern of a rule cannot be read, or is too long.",
      cure: "Use names, `*` for a part, and `{name}` for a variable of a URI template.",
    },
    ERR_OAUTH_METHOD: {
      meaning: "A rule names a method that MCP clients cannot call.",
      cure: "Correct the name. For your own method, end the key with `*`.",
    },
    ERR_OAUTH_ANONYMOUS_CONFLICT: {
      meaning: "The same key is public by one rule and protected by another.",
      cure: "Remove one of the two rules.",
    },
    ERR_OAUTH_AUTHENTICATION: {
      meaning: "A rule's `authentication` is not valid.",
      cure: "Use `acr` with at least one value, and `maxAge` in whole seconds.",
    },
  },
} as const satisfies ErrorCodeSection;

/** API keys. */
export const API_KEYS = {
  title: "API keys",
  codes: {
    ERR_OAUTH_API_KEYS_MISSING: {
      meaning: "`authMode` accepts API keys, but `apiKeys` is not set.",
      cure: "Set `apiKeys`, or remove `authMode`.",
    },
    ERR_OAUTH_API_KEYS_EMPTY: {
      meaning: "`apiKeys` has no keys, so every key would be refused.",
      cure: "Set `keys`, `validate` or `provider`, or remove `apiKeys`.",
    },
    ERR_OAUTH_API_KEY_HASH: {
      meaning: "`sha256` of an API key is not a SHA-256 hash.",
      cure: 'Hash the key: `printf %s "$KEY" | sha256sum`.',
    },
    ERR_OAUTH_API_KEY_TWICE: {
      meaning: "Two API keys have the same hash.",
      cure: "Give each client its own key.",
    },
    ERR_OAUTH_API_KEY_MEMBERS: {
      meaning: "An API key lacks `clientId` or `scopes`, or has a wrong `expiresAt`.",
      cure: "Set `clientId` (text) and `scopes` (list). `expiresAt` is in seconds since the epoch.",
    },
    ERR_OAUTH_API_KEY_LINK: {
      meaning: "`apiKeys.link` is not an https URL.",
      cure: "Set the https URL of the page that describes the migration.",
    },
  },
} as const satisfies ErrorCodeSection;

/** DPoP and client certificates. */
export const POSSESSION = {
  title: "DPoP and client certificates",
  codes: {
    ERR_OAUTH_DPOP_NONCE_SECRET: {
      meaning: "The secret for DPoP nonces is missing, too short, or set twice.",
      cure: "Set `dpop.nonce.secret` to at least 32 random bytes, or `secrets` to rotate.",
    },
    ERR_OAUTH_CERTIFICATE_PROXY: {
      meaning: "A client certificate header needs the addresses of the proxies that send it.",
      cure: "List addresses or CIDR ranges, for example `10.0.0.5` or `10.1.0.0/16`.",
    },
  },
} as const satisfies ErrorCodeSection;
