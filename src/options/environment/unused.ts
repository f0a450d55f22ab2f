import { ConfigurationError } from "../../core/errors.js";
import type { OAuthAuthProviderOptions } from "../options.js";
import type { EnvironmentReader } from "./environment-reader.js";
import { VARIABLES, type Variable } from "./variables.js";

const API_KEYS = "API keys";

/**
 * Refuses variables that are set and that nothing has read: otherwise a check that the operator relies
 * on could silently be off. Only rows that say what they need (`onlyWith`) are looked at.
 *
 * @param overrides options in code, which win: their variables need no effect
 * @throws ConfigurationError with every such variable and what it needs
 */
export function refuseUnused(
  reader: EnvironmentReader,
  { authMode }: Pick<OAuthAuthProviderOptions, "authMode">,
  overrides: Partial<OAuthAuthProviderOptions>,
): void {
  const isReplaced = (row: Variable): boolean =>
    row.section === API_KEYS
      ? overrides.apiKeys !== undefined || overrides.authMode !== undefined
      : // With keys alone, no variable for tokens is read.
        authMode === "api_key" || replacesTokens(overrides, row);
  const unused = VARIABLES.filter(
    (row) => row.onlyWith !== undefined && reader.isUnread(row.name) && !isReplaced(row),
  );
  if (unused.length === 0) return;
  const provider = reader.text("OAUTH_PROVIDER");
  const texts = unused.map(({ name, onlyWith, section }) =>
    provider === undefined || section === API_KEYS
      ? `${name} has an effect only with ${(onlyWith ?? "").replaceAll("`", "")}.`
      : `${name} has no effect with OAUTH_PROVIDER=${provider}.`,
  );
  const them = unused.length === 1 ? "it" : "them";
  throw new ConfigurationError(
    "ERR_OAUTH_ENV_UNUSED",
    `${texts.join(" ")} Remove ${them}, or set what ${unused.length === 1 ? "it needs" : "they need"}.`,
  );
}

function replacesTokens(
  overrides: Partial<OAuthAuthProviderOptions>,
  { option }: Variable,
): boolean {
  const { validation, authorizationServers, introspection } = overrides;
  if (validation !== undefined || authorizationServers !== undefined) return true;
  return introspection !== undefined && option?.startsWith("introspection.") === true;
}
