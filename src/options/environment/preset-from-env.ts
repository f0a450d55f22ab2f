import { ConfigurationError } from "../../core/errors.js";
import { githubServer } from "../../providers/github.js";
import type { Preset } from "../../providers/preset.js";
import { PROVIDERS, type ProviderName } from "../../providers/registry.js";
import type { EnvironmentReader } from "./environment-reader.js";
import type { VariableName } from "./variables.js";

/** Variables that contradict a preset, because it sets their options. */
const SET_BY_PRESET: readonly VariableName[] = [
  "OAUTH_AUTHORIZATION_SERVER",
  "OAUTH_AUTHORIZATION_SERVERS",
  "OAUTH_ISSUER",
  "OAUTH_TOKEN_TYPE",
  "OAUTH_STATIC_TOKENS",
  "OAUTH_JWKS_URI",
  "OAUTH_PUBLIC_KEY",
  "OAUTH_JWT_SECRET",
  "OAUTH_ALGORITHMS",
  "OAUTH_ALLOW_JWT_TYP",
  "OAUTH_SCOPE_CLAIMS",
  "OAUTH_SUBJECT_CLAIM",
  "OAUTH_CLIENT_ID_CLAIMS",
  "OAUTH_ALLOWED_CLIENT_IDS",
  "OAUTH_INTROSPECTION_ENDPOINT",
  "OAUTH_INTROSPECTION_SIGNED_RESPONSE",
  "OAUTH_INTROSPECTION_ALLOW_MISSING",
];

/**
 * The preset that `OAUTH_PROVIDER` names, or `undefined` when it is not set.
 *
 * @throws ConfigurationError
 */
export function presetFromEnv(env: EnvironmentReader): Preset | undefined {
  refuseGithub(env);
  const name = env.choice<ProviderName>("OAUTH_PROVIDER");
  const provider = PROVIDERS.find(({ id }) => id === name);
  if (provider === undefined) return undefined;
  const names: readonly VariableName[] =
    provider.fixedAudience === true ? [...SET_BY_PRESET, "OAUTH_AUDIENCE"] : SET_BY_PRESET;
  const contradictory = names.filter((variable) => env.has(variable));
  const [first] = contradictory;
  if (first !== undefined) {
    throw new ConfigurationError(
      "ERR_OAUTH_ENV_CONTRADICTION",
      `OAUTH_PROVIDER=${provider.id} already sets the options of ${contradictory.join(", ")}; ` +
        `remove ${contradictory.length === 1 ? first : "them"}, or OAUTH_PROVIDER.`,
    );
  }
  return provider.fromEnv(env);
}

/** Runs before the choice is checked, because its message explains why GitHub is not a choice. */
function refuseGithub(env: EnvironmentReader): void {
  if (env.text("OAUTH_PROVIDER") !== githubServer.id) return;
  const { code, message } = githubServer.refusal;
  throw new ConfigurationError(code, `OAUTH_PROVIDER=${githubServer.id}: ${message}`);
}
