import { auth0 } from "../../config/presets/auth0.js";
import { betterAuth } from "../../config/presets/better-auth.js";
import { clerk } from "../../config/presets/clerk.js";
import { cognito } from "../../config/presets/cognito.js";
import { descope } from "../../config/presets/descope.js";
import { entra, entraMultiTenant } from "../../config/presets/entra.js";
import { google } from "../../config/presets/google.js";
import { hydra } from "../../config/presets/hydra.js";
import { keycloak } from "../../config/presets/keycloak.js";
import { logto } from "../../config/presets/logto.js";
import { okta } from "../../config/presets/okta.js";
import { audienceOf, type Preset } from "../../config/presets/preset.js";
import { scalekit } from "../../config/presets/scalekit.js";
import { supabase } from "../../config/presets/supabase.js";
import { workos } from "../../config/presets/workos.js";
import { zitadel } from "../../config/presets/zitadel.js";
import { ConfigurationError } from "../../core/errors.js";
import { missing, type EnvironmentReader } from "./environment-reader.js";
import type { ProviderName, VariableName } from "./variables.js";

/** Variables that say what a preset says already. */
const SET_BY_PRESET: readonly VariableName[] = [
  "OAUTH_AUTHORIZATION_SERVER",
  "OAUTH_AUTHORIZATION_SERVERS",
  "OAUTH_ISSUER",
  "OAUTH_TOKEN_TYPE",
  "OAUTH_JWKS_URI",
  "OAUTH_PUBLIC_KEY",
  "OAUTH_JWT_SECRET",
  "OAUTH_ALGORITHMS",
  "OAUTH_ALLOW_JWT_TYP",
  "OAUTH_SCOPE_CLAIMS",
  "OAUTH_ALLOWED_CLIENT_IDS",
  "OAUTH_INTROSPECTION_ENDPOINT",
];
/** Presets whose audience is fixed, or no audience at all. */
const WITHOUT_AUDIENCE: readonly ProviderName[] = ["google", "supabase", "zitadel", "scalekit"];

/** @throws ConfigurationError */
export function presetFromEnv(provider: ProviderName, env: EnvironmentReader): Preset {
  const contradictory = SET_BY_PRESET.filter((name) => env.has(name));
  if (WITHOUT_AUDIENCE.includes(provider) && env.has("OAUTH_AUDIENCE")) {
    contradictory.push("OAUTH_AUDIENCE");
  }
  const [first] = contradictory;
  if (first !== undefined) {
    throw new ConfigurationError(
      "ERR_OAUTH_ENV_CONTRADICTION",
      `OAUTH_PROVIDER=${provider} says by itself what ${contradictory.join(", ")} would; ` +
        `remove ${contradictory.length === 1 ? first : "them"}, or OAUTH_PROVIDER.`,
    );
  }
  return BUILDERS[provider](env);
}

type Builder = (env: EnvironmentReader) => Preset;

const BUILDERS: Readonly<Record<ProviderName, Builder>> = {
  auth0: (env) => auth0({ domain: env.requiredText("AUTH0_DOMAIN"), ...audience(env) }),
  okta: (env) =>
    okta({
      domain: env.requiredText("OKTA_DOMAIN"),
      authorizationServerId: env.requiredText("OKTA_AUTHORIZATION_SERVER_ID"),
      ...audience(env),
    }),
  cognito: (env) =>
    cognito({
      userPoolId: env.requiredText("COGNITO_USER_POOL_ID"),
      ...given("clientIds", env.list("COGNITO_CLIENT_IDS")),
      ...given("resourceServer", env.text("COGNITO_RESOURCE_SERVER")),
      ...audience(env),
    }),
  entra: (env) => {
    const application = {
      clientId: env.requiredText("ENTRA_CLIENT_ID"),
      ...given("applicationIdUri", env.text("ENTRA_APPLICATION_ID_URI")),
      ...given("authority", env.text("ENTRA_AUTHORITY")),
      ...audience(env),
    };
    const tenants = env.list("ENTRA_TENANTS");
    const tenantId = env.text("ENTRA_TENANT_ID");
    if (tenants !== undefined && tenantId !== undefined) {
      throw new ConfigurationError(
        "ERR_OAUTH_ENV_CONTRADICTION",
        "ENTRA_TENANT_ID and ENTRA_TENANTS are both set; keep the first for one tenant, the second for several.",
      );
    }
    if (tenants !== undefined) return entraMultiTenant({ ...application, tenants });
    return entra({ ...application, tenantId: tenantId ?? missing("ENTRA_TENANT_ID") });
  },
  google: (env) =>
    google({ clientIds: env.list("GOOGLE_CLIENT_IDS") ?? missing("GOOGLE_CLIENT_IDS") }),
  keycloak: (env) => {
    const roles = env.list("KEYCLOAK_ROLES_FROM");
    const isRealm = roles?.length === 1 && roles[0] === "realm";
    return keycloak({
      url: env.requiredText("KEYCLOAK_URL"),
      realm: env.requiredText("KEYCLOAK_REALM"),
      ...given("rolesFrom", isRealm ? ("realm" as const) : roles),
      ...audience(env),
    });
  },
  workos: (env) => workos({ domain: env.requiredText("AUTHKIT_DOMAIN"), ...audience(env) }),
  clerk: (env) => {
    const frontendApi = env.requiredText("CLERK_FRONTEND_API");
    const clientIds = env.list("CLERK_CLIENT_IDS");
    if (clientIds !== undefined) return clerk({ frontendApi, clientIds });
    if (env.flag("CLERK_DANGEROUSLY_ACCEPT_ANY_CLIENT") === true) {
      return clerk({
        frontendApi,
        clientId: env.requiredText("OAUTH_CLIENT_ID"),
        clientSecret: env.secret("OAUTH_CLIENT_SECRET") ?? missing("OAUTH_CLIENT_SECRET"),
        dangerouslyAcceptAnyClient: true,
      });
    }
    const values = env.list("OAUTH_AUDIENCE");
    return clerk({ frontendApi, audience: values ?? missing("CLERK_CLIENT_IDS") });
  },
  supabase: (env) => {
    const url = env.requiredText("SUPABASE_URL");
    const { secret: jwtSecret, ...rotation } = env.verificationSecret("SUPABASE_JWT_SECRET") ?? {};
    return supabase({ url, ...given("jwtSecret", jwtSecret), ...rotation });
  },
  zitadel: (env) => {
    const privateKey = env.privateKey("OAUTH_PRIVATE_KEY");
    return zitadel({
      domain: env.requiredText("ZITADEL_DOMAIN"),
      projectId: env.requiredText("ZITADEL_PROJECT_ID"),
      clientId: env.requiredText("OAUTH_CLIENT_ID"),
      ...(privateKey === undefined
        ? { clientSecret: env.secret("OAUTH_CLIENT_SECRET") ?? missing("OAUTH_CLIENT_SECRET") }
        : { privateKey, ...given("keyId", env.text("OAUTH_PRIVATE_KEY_ID")) }),
    });
  },
  logto: (env) => logto({ endpoint: env.requiredText("LOGTO_ENDPOINT"), ...audience(env) }),
  hydra: (env) => hydra({ issuer: env.requiredText("HYDRA_ISSUER"), ...audience(env) }),
  "better-auth": (env) =>
    betterAuth({ issuer: env.requiredText("BETTER_AUTH_ISSUER"), ...audience(env) }),
  descope: (env) =>
    descope({
      projectId: env.requiredText("DESCOPE_PROJECT_ID"),
      mcpServerId: env.requiredText("DESCOPE_MCP_SERVER_ID"),
      ...given("baseUrl", env.text("DESCOPE_BASE_URL")),
      ...audience(env),
    }),
  scalekit: (env) =>
    scalekit({
      environmentUrl: env.requiredText("SCALEKIT_ENVIRONMENT_URL"),
      resourceId: env.requiredText("SCALEKIT_RESOURCE_ID"),
    }),
};

function audience(env: EnvironmentReader): ReturnType<typeof audienceOf> {
  return audienceOf(env.list("OAUTH_AUDIENCE"));
}

/** A member for spreading, left out where there is no value. */
export function given<Name extends string, T>(
  name: Name,
  value: T | undefined,
): Partial<Record<Name, T>> {
  return value === undefined ? {} : ({ [name]: value } as Record<Name, T>);
}
