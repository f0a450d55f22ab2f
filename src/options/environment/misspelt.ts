import { logger } from "mcp-framework";
import { ConfigurationError } from "../../core/errors.js";
import type { Environment } from "./environment-reader.js";
import { nearest } from "../nearest.js";
import { VARIABLES, type VariableName } from "./variables.js";

/** Other common names of variables, for example from other packages. */
const OTHER_NAMES: Readonly<Record<string, VariableName>> = {
  OAUTH_AS_DATABASE_URL: "OAUTH_AS_STORAGE",
  OAUTH_AS_SECRET: "OAUTH_AS_STORAGE_KEYS",
  OAUTH_AS_STORAGE_URL: "OAUTH_AS_STORAGE",
  OAUTH_AS_STORE: "OAUTH_AS_STORAGE",
  OAUTH_AUDIENCES: "OAUTH_AUDIENCE",
  OAUTH_AUTH_MODE: "AUTH_MODE",
  OAUTH_AUTH_SERVER: "OAUTH_AUTHORIZATION_SERVER",
  OAUTH_AUDIT_LOG: "OAUTH_AUDIT",
  OAUTH_AUTHORITY: "OAUTH_AUTHORIZATION_SERVER",
  OAUTH_ALLOWED_PRIVATE_ADDRESSES: "OAUTH_ALLOW_PRIVATE_ADDRESSES",
  OAUTH_CACHE_TTL: "OAUTH_TOKEN_CACHE",
  OAUTH_CLOCK_SKEW: "OAUTH_CLOCK_TOLERANCE",
  OAUTH_CLOCK_SKEW_SECONDS: "OAUTH_CLOCK_TOLERANCE",
  OAUTH_CLIENT_CERTIFICATE: "OAUTH_CLIENT_CERT",
  OAUTH_CORS_ENABLED: "OAUTH_CORS",
  OAUTH_CORS_ORIGIN: "OAUTH_ALLOWED_ORIGINS",
  OAUTH_CORS_ORIGINS: "OAUTH_ALLOWED_ORIGINS",
  OAUTH_DPOP_MODE: "OAUTH_DPOP",
  OAUTH_DPOP_REQUIRED: "OAUTH_DPOP",
  OAUTH_DPOP_SECRET: "OAUTH_DPOP_NONCE_SECRET",
  OAUTH_INTROSPECTION_CACHE_TTL: "OAUTH_INTROSPECTION_CACHE",
  OAUTH_INTROSPECTION_CLIENT_ID: "OAUTH_CLIENT_ID",
  OAUTH_INTROSPECTION_CLIENT_SECRET: "OAUTH_CLIENT_SECRET",
  OAUTH_INTROSPECTION_URI: "OAUTH_INTROSPECTION_ENDPOINT",
  OAUTH_INTROSPECTION_URL: "OAUTH_INTROSPECTION_ENDPOINT",
  OAUTH_ISSUER_URI: "OAUTH_ISSUER",
  OAUTH_ISSUER_URL: "OAUTH_ISSUER",
  OAUTH_JWKS: "OAUTH_JWKS_URI",
  OAUTH_JWKS_CACHE_TTL: "OAUTH_JWKS_TTL",
  OAUTH_JWKS_ENDPOINT: "OAUTH_JWKS_URI",
  OAUTH_MTLS_MODE: "OAUTH_MTLS",
  OAUTH_MTLS_REQUIRED: "OAUTH_MTLS",
  OAUTH_PRIVATE_ADDRESSES: "OAUTH_ALLOW_PRIVATE_ADDRESSES",
  OAUTH_PROXIES: "OAUTH_TRUSTED_PROXIES",
  OAUTH_RATE_LIMIT_ENABLED: "OAUTH_RATE_LIMIT",
  OAUTH_RATE_LIMIT_MAX_ATTEMPTS: "OAUTH_RATE_LIMIT",
  OAUTH_RATE_LIMIT_WINDOW_SECONDS: "OAUTH_RATE_LIMIT_WINDOW",
  OAUTH_RATE_LIMIT_FAILURES: "OAUTH_RATE_LIMIT",
  OAUTH_REDIS: "OAUTH_REDIS_URL",
  OAUTH_REDIS_URI: "OAUTH_REDIS_URL",
  OAUTH_REQUIRE_DPOP: "OAUTH_DPOP",
  OAUTH_REQUIRE_MTLS: "OAUTH_MTLS",
  OAUTH_RESOURCE_URI: "OAUTH_RESOURCE",
  OAUTH_RESOURCE_URL: "OAUTH_RESOURCE",
  OAUTH_SCOPE: "OAUTH_REQUIRED_SCOPES",
  OAUTH_SCOPES: "OAUTH_REQUIRED_SCOPES",
  OAUTH_SECRET: "OAUTH_CLIENT_SECRET",
  OAUTH_SECRET_CACHE_TTL: "OAUTH_SECRET_TTL",
  OAUTH_STORE_ENCRYPTION_KEYS: "OAUTH_STORE_KEYS",
  OAUTH_STORE_URL: "OAUTH_REDIS_URL",
  OAUTH_TRUSTED_PROXY: "OAUTH_TRUSTED_PROXIES",
  OAUTH_TRUST_PROXY: "OAUTH_TRUSTED_PROXIES",
  OAUTH_TYPE: "OAUTH_TOKEN_TYPE",
  OAUTH_VALIDATION_TYPE: "OAUTH_TOKEN_TYPE",
};

const NAMES = VARIABLES.map(({ name }): string => name);
const PREFIXES = new Set(NAMES.map((name) => `${name.split("_")[0]}_`));

/**
 * Refuses an unknown variable that was probably meant for one that is not set:
 * otherwise a check could silently be off. Any other unknown `OAUTH_` name may
 * belong to another program, so it is only logged.
 *
 * Does not read values.
 *
 * @throws ConfigurationError with both names
 */
export function checkSpelling(env: Environment): void {
  const isSet = (name: string): boolean => (env[name] ?? "").trim() !== "";
  for (const found of Object.keys(env)) {
    if (!isSet(found) || NAMES.includes(found)) continue;
    const meant = meantBy(found);
    if (meant === undefined || isSet(meant)) {
      if (found.startsWith("OAUTH_")) warnOfUnknown(found, meant);
      continue;
    }
    throw new ConfigurationError(
      "ERR_OAUTH_ENV_UNKNOWN",
      `${found} is not a variable of mcp-framework-oauth; did you mean ${meant}?`,
    );
  }
}

function warnOfUnknown(found: string, meant: string | undefined): void {
  const known = meant ?? nearest(found, NAMES);
  logger.warn(
    `mcp-framework-oauth: ${found} is set and not used` +
      (known === undefined
        ? "; docs/reference/environment.md lists the variables."
        : `; the nearest variable is ${known}.`),
  );
}

function meantBy(found: string): string | undefined {
  const name = found.toUpperCase().replaceAll("-", "_");
  if (NAMES.includes(name)) return name;
  const other = Object.hasOwn(OTHER_NAMES, name) ? OTHER_NAMES[name] : undefined;
  if (other !== undefined) return other;
  const prefix = `${name.split("_")[0]}_`;
  if (!PREFIXES.has(prefix)) return undefined;
  return NAMES.find((known) => known.startsWith(prefix) && isOneSlip(name, known));
}

/** Whether the names differ by one inserted, missing or replaced letter, or by two swapped letters. */
function isOneSlip(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1 || a === b) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  const [left, right] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  if (left.length <= 1 && right.length <= 1) return true;
  return left.length === 2 && right.length === 2 && left[0] === right[1] && left[1] === right[0];
}
