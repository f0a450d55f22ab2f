import { ConfigurationError } from "../../core/errors.js";
import type { OAuthAuthProviderOptions, ParsedOptions } from "../options.js";
import { parseUrl, requireHttps } from "./url-rules.js";

/** Rules between `apiKeys`, `authMode` and `dpop`. @throws ConfigurationError */
export function checkApiKeys(
  { apiKeys, authMode, dpop }: ParsedOptions,
  written: OAuthAuthProviderOptions,
): void {
  if (apiKeys === undefined) {
    if (authMode !== undefined && authMode !== "oauth") {
      throw new ConfigurationError(
        "ERR_OAUTH_API_KEYS_MISSING",
        `authMode is "${authMode}", but apiKeys is missing; list the keys' hashes, or remove authMode.`,
      );
    }
    return;
  }
  const { keys, validate, provider, deprecation, sunset, link } = apiKeys;
  if (keys === undefined && validate === undefined && provider === undefined) {
    throw new ConfigurationError(
      "ERR_OAUTH_API_KEYS_EMPTY",
      "apiKeys has no source of keys: set keys, validate or provider, or remove apiKeys.",
    );
  }
  if (dpop.mode === "required" && authMode !== "oauth") {
    throw new ConfigurationError(
      "ERR_OAUTH_CONTRADICTION",
      'dpop is "required", but a request with an API key carries no proof, so every key would be ' +
        'refused; set authMode: "oauth", or dpop: "allowed" until all clients use tokens.',
    );
  }
  if (validate !== undefined && provider !== undefined) {
    throw new ConfigurationError(
      "ERR_OAUTH_CONTRADICTION",
      "apiKeys.validate and apiKeys.provider would both validate the same keys; keep one.",
    );
  }
  if (provider === undefined) {
    for (const member of ["clientId", "scopes"] as const) {
      if (written.apiKeys?.[member] === undefined) continue;
      throw new ConfigurationError(
        "ERR_OAUTH_CONTRADICTION",
        `apiKeys.${member} applies only to apiKeys.provider; keys and validate set their own.`,
      );
    }
  }
  const since =
    deprecation === undefined ? undefined : parseTime(deprecation, "apiKeys.deprecation");
  const until = sunset === undefined ? undefined : parseTime(sunset, "apiKeys.sunset");
  if (since !== undefined && until !== undefined && until < since) {
    throw new ConfigurationError(
      "ERR_OAUTH_CONTRADICTION",
      "apiKeys.sunset must not be before apiKeys.deprecation (RFC 9745 §4).",
    );
  }
  if (link !== undefined) {
    requireHttps(
      parseUrl(link, "apiKeys.link", "ERR_OAUTH_API_KEY_LINK"),
      "apiKeys.link",
      "ERR_OAUTH_API_KEY_LINK",
    );
  }
}

/** Whole seconds since the epoch. @throws ConfigurationError */
export function parseTime(value: Date | string | number, option: string): number {
  const seconds = typeof value === "number" ? value : new Date(value).getTime() / 1000;
  // 1e11 seconds is the year 5138; larger numbers are milliseconds.
  if (Number.isFinite(seconds) && seconds >= 0 && seconds <= 1e11) return Math.floor(seconds);
  throw new ConfigurationError(
    "ERR_OAUTH_TIME",
    `${option} must be a Date, ISO 8601 text such as "2027-01-31", or seconds since the epoch.`,
  );
}
