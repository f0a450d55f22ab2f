import { ConfigurationError } from "../core/errors.js";
import { isLoopbackHost } from "../core/urls/loopback.js";
import type { OAuthAuthProviderOptions } from "../options/options.js";
import { parseAbsoluteUrl } from "../core/urls/parse-absolute-url.js";
import type { AppScopes, ClaimMapping } from "../options/validation.js";

/** Options for one authorization server, to spread into the options of the provider. */
export type Preset = Pick<OAuthAuthProviderOptions, "authorizationServers"> &
  Partial<
    Pick<
      OAuthAuthProviderOptions,
      "validation" | "issuers" | "scopes" | "scopePrefix" | "metadata" | "verifyAtStart"
    >
  >;

/** A required value, without surrounding white space. */
export function required(value: unknown, option: string, example: string): string {
  if (typeof value === "string" && value.trim() !== "") return value.trim();
  throw invalid(option, value === undefined ? "is missing" : "is empty", example);
}

/** A required list, or a single value. */
export function requiredList(value: unknown, option: string, example: string): readonly string[] {
  const values: unknown[] = value === undefined ? [] : [value].flat();
  if (values.length === 0) throw invalid(option, "is missing", example);
  return values.map((entry) => required(entry, option, example));
}

/**
 * The host of a domain; `https://` and a trailing slash are removed.
 *
 * @throws ConfigurationError if it has more than a host
 */
export function hostOf(value: unknown, option: string, example: string): string {
  const text = required(value, option, example);
  const host = text.replace(/^https:\/\//i, "").replace(/\/$/, "");
  if (/^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d+)?$/i.test(host)) return host.toLowerCase();
  throw invalid(option, `must be a host name, found ${JSON.stringify(text)}`, example);
}

/**
 * A base URL without its trailing slash; `https://` is optional.
 *
 * @throws ConfigurationError if it is not an https URL, or has a query
 */
export function baseUrlOf(value: unknown, option: string, example: string): string {
  const text = required(value, option, example);
  const absolute = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  const found = `must be an https URL, found ${JSON.stringify(text)}`;
  const url = parseAbsoluteUrl(absolute);
  if (url === undefined) throw invalid(option, found, example);
  const isSecure =
    url.protocol === "https:" || (url.protocol === "http:" && isLoopbackHost(url.hostname));
  if (!isSecure || url.search !== "" || url.hash !== "" || url.username !== "") {
    throw invalid(option, found, example);
  }
  return absolute.replace(/\/+$/, "");
}

/** An issuer. A trailing slash is kept, because tokens have it as well. */
export function issuerOf(value: unknown, option: string, example: string): string {
  const url = baseUrlOf(value, option, example);
  return String(value).trim().endsWith("/") ? `${url}/` : url;
}

/** @param option The option with its preset: `auth0.domain`. */
export function invalid(option: string, problem: string, example: string): ConfigurationError {
  return new ConfigurationError(
    "ERR_OAUTH_PRESET",
    `${option} ${problem}; for example ${example}.`,
  );
}

/** Option of presets whose tokens list permissions of users in addition to granted scopes. */
export interface RightsOptions {
  /**
   * Count roles and permissions as scopes in every token. A client then has all
   * permissions of its user, including those the user did not grant it. By
   * default they are scopes in app-only tokens only; in other tokens,
   * `scopes.authorize` can read them from `token.claims`. @default false
   */
  readonly countRoles?: boolean;
}

/** The claims that grant scopes. The claim `rights` counts in app-only tokens, or in all with `countRoles`. */
export function scopeClaims(
  granted: string,
  rights: string,
  isAppOnly: AppScopes["isAppOnly"],
  { countRoles = false }: RightsOptions,
): Pick<ClaimMapping, "scopes" | "appScopes"> {
  return countRoles
    ? { scopes: [granted, rights] }
    : { scopes: [granted], appScopes: { claims: [rights], isAppOnly } };
}
