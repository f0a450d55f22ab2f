import type { ErrorCode } from "../../core/error-codes.js";
import { ConfigurationError } from "../../core/errors.js";
import type { OAuthAuthProviderOptions } from "../../options/options.js";
import { validationEntries } from "../../options/validation-entries.js";
import { parseAbsoluteUrl } from "../../core/parse-absolute-url.js";

type Check = (issuer: URL) => readonly [code: ErrorCode, message: string] | undefined;

/**
 * Refuses authorization servers that are known not to work this way, whoever
 * configures them, rather than to let every token fail later.
 *
 * A `custom` validation passes: what it asks is its author's business. So does
 * what is published only, where `issuers` decides per token.
 *
 * @throws ConfigurationError that says why, and what works
 */
export function checkSuitable(options: OAuthAuthProviderOptions): void {
  const issuers = validationEntries(options).flatMap((entry) =>
    entry.type === "custom" || entry.type === "static"
      ? []
      : [entry.issuer ?? options.authorizationServers[0] ?? ""],
  );
  for (const issuer of new Set(issuers)) {
    const url = parseAbsoluteUrl(issuer);
    if (url === undefined) continue;
    for (const check of CHECKS) {
      const finding = check(url);
      if (finding !== undefined) throw new ConfigurationError(...finding);
    }
  }
}

const CHECKS: readonly Check[] = [
  ({ hostname, pathname }) =>
    /\.(?:okta|oktapreview|okta-emea|okta-gov)\.com$/.test(hostname) &&
    !/^\/oauth2\/[^/]+/.test(pathname)
      ? [
          "ERR_OAUTH_OKTA_ORG_SERVER",
          `${hostname} is Okta's org authorization server, whose tokens are for Okta's own API and ` +
            `cannot be checked by anybody else. Use a custom one: https://${hostname}/oauth2/default`,
        ]
      : undefined,
  ({ hostname }) =>
    hostname === "accounts.google.com"
      ? [
          "ERR_OAUTH_GOOGLE_OPAQUE",
          "Google's access tokens are opaque, and its ID tokens are no access tokens: neither can be " +
            "checked as a JWT or by introspection. Use the preset: ...google({ clientIds })",
        ]
      : undefined,
  ({ hostname }) =>
    hostname === "github.com" || hostname.endsWith(".github.com")
      ? [
          "ERR_OAUTH_GITHUB",
          "GitHub is no authorization server for others: its tokens are opaque, name no audience and " +
            "do not expire, and it publishes no metadata for clients to find. Put one in between that " +
            "signs users in with GitHub (Auth0, Keycloak, WorkOS, the embedded authorization server).",
        ]
      : undefined,
  ({ hostname, pathname }) =>
    hostname === "login.microsoftonline.com" &&
    /^\/(?:common|organizations|consumers)(?:\/|$)/.test(pathname)
      ? [
          "ERR_OAUTH_ENTRA_TENANT",
          `https://login.microsoftonline.com${pathname} is no issuer: tokens name their own tenant. Use ` +
            "...entra({ tenantId, clientId }), or ...entraMultiTenant({ clientId, tenants })",
        ]
      : undefined,
];
