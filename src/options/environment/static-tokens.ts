import { ConfigurationError } from "../../core/errors.js";
import type { StaticValidationOptions } from "../validation.js";
import { invalid, missing, type EnvironmentReader } from "./environment-reader.js";

export type TokenType = "jwt" | "introspection" | "hybrid" | "static";

/**
 * Tokens of `OAUTH_STATIC_TOKENS` with `OAUTH_TOKEN_TYPE=static`, otherwise
 * `undefined`. That they are for development is checked where options are.
 *
 * @throws ConfigurationError that quotes no entry: it is, or was meant to be, a token
 */
export function staticTokens(
  reader: EnvironmentReader,
  type: TokenType | undefined,
): StaticValidationOptions["tokens"] | undefined {
  const entries = reader
    .fixedSecret("OAUTH_STATIC_TOKENS")
    ?.split(/[\s,]+/)
    .filter((entry) => entry !== "");
  if (type !== "static") {
    if (entries === undefined) return undefined;
    throw new ConfigurationError(
      "ERR_OAUTH_ENV_CONTRADICTION",
      "OAUTH_STATIC_TOKENS is set, and OAUTH_TOKEN_TYPE is not static, so they would not count; remove the tokens, or set OAUTH_TOKEN_TYPE=static for development.",
    );
  }
  const scopes = reader.list("OAUTH_STATIC_TOKEN_SCOPES") ?? [];
  const tokens = (entries ?? missing("OAUTH_STATIC_TOKENS")).map((entry, index) => {
    const [, clientId, token] = /^([^=]+)=(.+)$/.exec(entry) ?? [];
    if (clientId !== undefined && token !== undefined)
      return [token, { clientId, scopes }] as const;
    throw invalid("OAUTH_STATIC_TOKENS", `entry ${index + 1} must be client=token`);
  });
  if (new Set(tokens.map(([token]) => token)).size < tokens.length) {
    throw invalid("OAUTH_STATIC_TOKENS", "names one token twice");
  }
  return Object.fromEntries(tokens);
}
