import type { ErrorCodeSection } from "./row.js";

/** Options in general and their URLs. */
export const OPTIONS = {
  title: "Options",
  codes: {
    ERR_OAUTH_OPTION_UNKNOWN: {
      meaning: "There is no option of this name.",
      cure: "Use the name that the message suggests, or remove the option.",
    },
    ERR_OAUTH_OPTION_MISSING: {
      meaning: "A required option is missing.",
      cure: "Set it. `resource` and `authorizationServers` are always required.",
    },
    ERR_OAUTH_OPTION_INVALID: {
      meaning: "An option has a value of the wrong type or outside its range.",
      cure: "Use a value as described in the message and in [options](options.md).",
    },
    ERR_OAUTH_CONTRADICTION: {
      meaning: "Two options contradict each other, or one has no effect because of the other.",
      cure: "Keep the one you mean and remove the other.",
    },
    ERR_OAUTH_DISABLED: {
      meaning: "`enabled` is `false`, and `NODE_ENV` is neither `development` nor `test`.",
      cure: "Remove `enabled`. On your machine, set `NODE_ENV=development`. If the server is meant to be open to everybody, set `dangerouslyOmitAuth: true`.",
    },
    ERR_OAUTH_RESOURCE: {
      meaning: "`resource` is not an absolute URL, or has a fragment or credentials.",
      cure: "Set `resource` to the URL that clients use, for example `https://mcp.example.com/mcp`.",
    },
    ERR_OAUTH_HTTP_RESOURCE: {
      meaning:
        "`resource` uses http on a host other than localhost, or on localhost in production.",
      cure: "Set `resource` to the public https URL, also behind a proxy. For a sidecar, set `dangerouslyAllowLoopbackHttp`.",
    },
    ERR_OAUTH_ISSUER: {
      meaning:
        "The issuer is not an absolute URL, or has a query, a fragment or the path of a metadata document.",
      cure: "Set the issuer exactly as `issuer` in its metadata.",
    },
    ERR_OAUTH_HTTP_ISSUER: {
      meaning:
        "The issuer uses http on a host other than localhost, or on localhost in production.",
      cure: "Set the issuer's https URL. For a sidecar, set `dangerouslyAllowLoopbackHttp`.",
    },
    ERR_OAUTH_ISSUER_URL: {
      meaning: "Metadata cannot be looked up for this issuer.",
      cure: "Set an https URL without query and fragment (RFC 8414 §2).",
    },
    ERR_OAUTH_ORIGIN: {
      meaning: "An entry of `allowedOrigins` is not an origin.",
      cure: "Write scheme, host and port only, for example `https://app.example.com`.",
    },
    ERR_OAUTH_PRIVATE_ADDRESSES: {
      meaning: "An entry of `allowPrivateAddresses` is neither a range nor a host name.",
      cure: "Write a CIDR range such as `10.0.0.0/8` or a host name such as `idp.internal`.",
    },
    ERR_OAUTH_TIME: {
      meaning: "A time cannot be read.",
      cure: "Use a `Date`, ISO 8601 text such as `2027-01-31`, or seconds since the epoch.",
    },
    ERR_OAUTH_CACHE: {
      meaning: "A lifetime or size of the token cache is out of range.",
      cure: "Use seconds from 0 for lifetimes and a whole number above 0 for sizes.",
    },
    ERR_OAUTH_FRAMEWORK_VERSION: {
      meaning: "The installed mcp-framework lacks a member that the guard needs.",
      cure: "Install a version that this package supports: `npm install mcp-framework@^0.2.22`.",
    },
    ERR_OAUTH_AUTHORIZATION_SERVER: {
      meaning: 'An authorization server is not usable, and `verifyAtStart` is `"fail"`.',
      cure: "Fix what the message names. `mcp-oauth doctor --env .env` checks it in detail.",
    },
  },
} as const satisfies ErrorCodeSection;
