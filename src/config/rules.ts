import { ConfigurationError } from "../errors.js";
import { isLoopbackHost } from "../net/loopback.js";
import type { OAuthAuthProviderOptions } from "./options/options.js";
import type { JwtValidationOptions } from "./options/validation.js";
import { checkSuitable } from "./presets/unsuitable-servers.js";

/**
 * What options must mean together. Each rule names the option and the cure.
 *
 * @throws ConfigurationError
 */
export function checkRules(options: OAuthAuthProviderOptions): void {
  checkResource(options.resource);
  options.authorizationServers.forEach((issuer, index) =>
    checkIssuer(issuer, `authorizationServers[${index}]`),
  );
  if (options.authorizationServers.length === 0 && options.authMode !== "api_key") {
    throw new ConfigurationError(
      "ERR_OAUTH_OPTION_INVALID",
      "authorizationServers is empty, so no client could get a token; name the issuer.",
    );
  }
  checkSuitable(options);
  for (const entry of [options.validation ?? []].flat()) {
    if (entry.type === "jwt") checkJwt(entry, options);
  }
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

function checkIssuer(issuer: string, option: string): void {
  const url = parseUrl(issuer, option, "ERR_OAUTH_ISSUER");
  if (url.search !== "" || url.hash !== "" || issuer.includes("?") || issuer.includes("#")) {
    throw new ConfigurationError(
      "ERR_OAUTH_ISSUER",
      `${option} must not have a query or fragment (RFC 8414 §2).`,
    );
  }
  requireHttps(url, option, "ERR_OAUTH_HTTP_ISSUER");
}

function checkJwt(jwt: JwtValidationOptions, options: OAuthAuthProviderOptions): void {
  if (jwt.issuer !== undefined) checkIssuer(jwt.issuer, "validation.issuer");
  if (jwt.jwksUri !== undefined) {
    const url = parseUrl(jwt.jwksUri, "validation.jwksUri", "ERR_OAUTH_JWKS_URI");
    requireHttps(url, "validation.jwksUri", "ERR_OAUTH_HTTP_JWKS");
  }
  const sources = [jwt.jwksUri, jwt.publicKey, jwt.secret].filter((key) => key !== undefined);
  if (sources.length > 1) {
    throw new ConfigurationError(
      jwt.secret === undefined ? "ERR_OAUTH_CONTRADICTION" : "ERR_OAUTH_HMAC_WITH_KEY_SET",
      "validation: give only one of jwksUri, publicKey and secret. A secret beside public keys " +
        "would let anybody who knows a public key sign with it as the secret (RFC 8725 §2.1).",
    );
  }
  const hmac = jwt.algorithms?.filter((algorithm) => algorithm.startsWith("HS")) ?? [];
  if (jwt.secret === undefined && hmac.length > 0) {
    throw new ConfigurationError(
      "ERR_OAUTH_HMAC_WITH_KEY_SET",
      `validation.algorithms lists ${hmac.join(", ")} without validation.secret: HMAC is never ` +
        "checked against a key set. Remove it, or set the secret.",
    );
  }
  if (jwt.secret !== undefined && jwt.algorithms !== undefined) {
    if (hmac.length !== jwt.algorithms.length) {
      throw new ConfigurationError(
        "ERR_OAUTH_CONTRADICTION",
        "validation.algorithms: with a secret only HS256, HS384 and HS512 can be used.",
      );
    }
  }
  if (jwt.secret !== undefined && typeof jwt.secret !== "function")
    checkSecret(jwt.secret, jwt.algorithms ?? ["HS256"]);
  if (jwt.audience !== undefined && [jwt.audience].flat().length === 0) {
    throw new ConfigurationError(
      "ERR_OAUTH_AUDIENCE",
      "validation.audience is empty; without an audience every token of the issuer would do. " +
        `Leave it out to require "${options.resource}".`,
    );
  }
  if ([jwt.audience ?? []].flat().includes("*")) {
    throw new ConfigurationError(
      "ERR_OAUTH_AUDIENCE",
      'validation.audience "*" would accept tokens issued for other services; name the audience.',
    );
  }
}

function checkSecret(secret: string | Uint8Array, algorithms: readonly string[]): void {
  const bytes = typeof secret === "string" ? Buffer.byteLength(secret) : secret.byteLength;
  for (const algorithm of algorithms) {
    const needed = Number(algorithm.slice(2)) / 8;
    if (bytes >= needed) continue;
    throw new ConfigurationError(
      "ERR_OAUTH_SECRET_TOO_SHORT",
      `validation.secret has ${bytes} bytes; ${algorithm} needs at least ${needed} ` +
        "(RFC 7518 §3.2). Make one with: openssl rand -base64 48",
    );
  }
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

function parseUrl(value: string, option: string, code: string): URL {
  try {
    const url = new URL(value);
    if (url.protocol === "https:" || url.protocol === "http:") return url;
  } catch {
    // Reported below, for both cases.
  }
  throw new ConfigurationError(
    code,
    `${option} must be an absolute https URL; found ${JSON.stringify(value)}.`,
  );
}

function requireHttps(url: URL, option: string, code: string): void {
  if (url.protocol === "https:" || isLoopbackHost(url.hostname)) return;
  throw new ConfigurationError(
    code,
    `${option} must use https; http is accepted for localhost only.`,
  );
}
