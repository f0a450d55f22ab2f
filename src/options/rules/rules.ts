import { logger } from "mcp-framework";
import { ConfigurationError } from "../../core/errors.js";
import { isProduction } from "../../core/production.js";
import { checkApiKeys } from "./api-key-rules.js";
import type { OAuthAuthProviderOptions, ParsedOptions } from "../options.js";
import { checkIssuer, parseUrl, requireHttps } from "./url-rules.js";
import { checkEnabled } from "./enabled-rules.js";
import { checkLoopbackHttp } from "./loopback-http-rules.js";
import { checkValidation } from "./validation-rules.js";
import { checkSuitable } from "./suitable-servers.js";

/**
 * Rules between options. Each error names the option and the fix.
 *
 * @param written The options before defaults were filled in, to find contradictions between set options.
 * @throws ConfigurationError
 */
export function checkRules(options: ParsedOptions, written: OAuthAuthProviderOptions): void {
  checkEnabled(options);
  checkResource(options.resource);
  options.authorizationServers.forEach((issuer, index) =>
    checkIssuer(issuer, `authorizationServers[${index}]`),
  );
  const needsServer = options.enabled && options.authMode !== "api_key";
  if (options.authorizationServers.length === 0 && needsServer) {
    throw new ConfigurationError(
      "ERR_OAUTH_OPTION_INVALID",
      "authorizationServers is empty, so clients could not get a token; name the issuer.",
    );
  }
  const { embedded, authorizationServers } = options;
  if (embedded !== undefined && authorizationServers[0] !== embedded.issuer) {
    throw new ConfigurationError(
      "ERR_OAUTH_EMBEDDED",
      `authorizationServers[0] must be the issuer of embedded, ${embedded.issuer}; leave authorizationServers out.`,
    );
  }
  checkLoopbackHttp(options);
  checkSuitable(options);
  checkValidation(options, written);
  checkApiKeys(options, written);
  if (options.allowPrivateAddresses !== undefined && options.fetch !== undefined) {
    throw new ConfigurationError(
      "ERR_OAUTH_CONTRADICTION",
      "allowPrivateAddresses has no effect with your own fetch; check addresses in that function, and remove the option.",
    );
  }
  checkExposeReasons(options);
  for (const origin of options.allowedOrigins === "*" ? [] : (options.allowedOrigins ?? [])) {
    checkOrigin(origin);
  }
}

function checkResource(resource: string): void {
  const url = parseUrl(resource, "resource", "ERR_OAUTH_RESOURCE");
  if (url.hash !== "" || resource.includes("#")) {
    throw new ConfigurationError(
      "ERR_OAUTH_RESOURCE",
      "resource must not have a fragment (RFC 8707 §2); remove the part from # on.",
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw new ConfigurationError("ERR_OAUTH_RESOURCE", "resource must not contain credentials.");
  }
  requireHttps(url, "resource", "ERR_OAUTH_HTTP_RESOURCE");
}

/** Outside production the choice is logged, because NODE_ENV may be unset on a production machine. */
function checkExposeReasons({ exposeReasons }: ParsedOptions): void {
  if (exposeReasons === undefined) return;
  if (isProduction()) {
    throw new ConfigurationError(
      "ERR_OAUTH_EXPOSE_REASONS",
      "exposeReasons is for development and NODE_ENV is production; remove it. The reasons are in the log.",
    );
  }
  logger.warn(
    "mcp-framework-oauth: exposeReasons is set: clients learn why they are refused. For development only.",
  );
}

function checkOrigin(origin: string): void {
  const url = parseUrl(origin, "allowedOrigins", "ERR_OAUTH_ORIGIN");
  if (url.origin !== origin.toLowerCase().replace(/\/$/, "") && url.pathname !== "/") {
    throw new ConfigurationError(
      "ERR_OAUTH_ORIGIN",
      `allowedOrigins: ${JSON.stringify(origin)} is not an origin; write "${url.origin}".`,
    );
  }
}
