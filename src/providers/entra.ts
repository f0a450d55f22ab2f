import { LRUCache } from "lru-cache";
import type { JwtValidationOptions } from "../options/validation.js";
import { ConfigurationError } from "../core/errors.js";
import { given } from "../options/environment/given.js";
import { defineProvider } from "./define-provider.js";
import {
  hostOf,
  invalid,
  required,
  scopeClaims,
  type Preset,
  type RightsOptions,
} from "./preset.js";
import type { Claims } from "../validators/claims.js";

interface EntraApplication extends RightsOptions {
  /** Application (client) id of the app registration of this server. */
  readonly clientId: string;
  /** Application ID URI, if it is not `api://{clientId}`. Scopes are advertised with it as a prefix and checked without it. */
  readonly applicationIdUri?: string;
  /**
   * Accepted audiences: `aud` must contain one of them.
   * @default the client id and the Application ID URI
   */
  readonly audience?: string | readonly string[];
  /** Host of a national cloud. @default "login.microsoftonline.com" */
  readonly authority?: string;
}

/** Options of {@link entra}. */
interface EntraPresetOptions extends EntraApplication {
  /** Directory (tenant) id, a GUID. */
  readonly tenantId: string;
}

/** Options of {@link entraMultiTenant}. */
interface EntraMultiTenantPresetOptions extends EntraApplication {
  /**
   * Accepted tenants: their ids, or a function. There is no value for "all",
   * because any attacker can create a tenant.
   */
  readonly tenants: readonly string[] | ((tenantId: string) => boolean | Promise<boolean>);
}

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const EXAMPLE = "11111111-2222-3333-4444-555555555555";
const GLOBAL_AUTHORITY = "login.microsoftonline.com";
const MAX_TENANTS = 1_000;

/**
 * Microsoft Entra ID, one tenant. Accepts tokens of version 2.0 and of version
 * 1.0, whose issuers and audiences differ. The manifest of the app registration
 * sets the version, not the endpoint.
 *
 * @example
 * ```ts
 * import { entra, OAuthAuthProvider } from "mcp-framework-oauth";
 *
 * const provider = new OAuthAuthProvider({
 *   resource: "https://mcp.example.com/mcp",
 *   ...entra({
 *     tenantId: "9188040d-6c67-4c5b-b112-36a304b66dad",
 *     clientId: "11111111-2222-3333-4444-555555555555",
 *   }),
 * });
 * ```
 */
export function entra(options: EntraPresetOptions): Preset {
  const tenant = tenantOf(options.tenantId);
  const { authority, scopePrefix } = applicationOf(options, "entra");
  const [v2, v1] = issuersOf(authority, tenant);
  return {
    authorizationServers: [v2],
    scopePrefix,
    validation: [v2, ...(v1 === undefined ? [] : [v1])].map((issuer) =>
      validationOf(issuer, tenant, options, "entra"),
    ),
  };
}

/**
 * Microsoft Entra ID, several tenants through one app registration. The issuer
 * is built from the tenant, and the token's `tid` must match it.
 *
 * @example
 * ```ts
 * import { entraMultiTenant, OAuthAuthProvider } from "mcp-framework-oauth";
 *
 * const provider = new OAuthAuthProvider({
 *   resource: "https://mcp.example.com/mcp",
 *   ...entraMultiTenant({
 *     clientId: "11111111-2222-3333-4444-555555555555",
 *     tenants: ["9188040d-6c67-4c5b-b112-36a304b66dad"],
 *   }),
 * });
 * ```
 */
export function entraMultiTenant(options: EntraMultiTenantPresetOptions): Preset {
  const { authority, scopePrefix } = applicationOf(options, "entraMultiTenant");
  const isKnown = tenantCheck(options.tenants);
  // The same object for the same issuer, so that its keys and caches are kept.
  const known = new LRUCache<string, JwtValidationOptions>({ max: MAX_TENANTS });
  return {
    authorizationServers: [`https://${authority}/organizations/v2.0`],
    // Its metadata has a template, {tenantid}, as the issuer, so it cannot be verified or mirrored.
    verifyAtStart: "off",
    metadata: { mirrorAuthorizationServer: false },
    scopePrefix,
    issuers: async (issuer) => {
      const tenant = tenantOfIssuer(issuer, authority);
      if (tenant === undefined || !(await isKnown(tenant))) return undefined;
      const validation =
        known.get(issuer) ?? validationOf(issuer, tenant, options, "entraMultiTenant");
      known.set(issuer, validation);
      return validation;
    },
  };
}

function validationOf(
  issuer: string,
  tenant: string,
  options: EntraApplication,
  preset: string,
): JwtValidationOptions {
  const { authority, clientId, applicationIdUri, scopePrefix } = applicationOf(options, preset);
  const version = issuer.endsWith("/v2.0") ? "/v2.0" : "";
  return {
    type: "jwt",
    issuer,
    ...given("audience", options.audience ?? [clientId, applicationIdUri]),
    jwksUri: `https://${authority}/${tenant}/discovery${version}/keys`,
    algorithms: ["RS256"],
    allowJwtTyp: true,
    // All tenants share keys: only the claim identifies the tenant, not the signature.
    equals: { tid: tenant },
    requireSubject: true,
    // An ID token for the same application has its audience, but no client id.
    requireClientId: true,
    claims: {
      ...scopeClaims("scp", "roles", isAppOnly, options),
      clientId: ["azp", "appid"],
      scopePrefix,
    },
  };
}

/**
 * Whether a token is app-only. `scp` is in every user's token. `idtyp` is
 * reliable, but present only if the app registration requests it; without it,
 * an application's `sub` equals its `oid`, and a user's does not.
 */
function isAppOnly({ scp, idtyp, oid, sub }: Claims): boolean {
  if (scp !== undefined) return false;
  return idtyp === undefined ? typeof oid === "string" && oid === sub : idtyp === "app";
}

function applicationOf(options: EntraApplication, preset: string) {
  const clientId = required(options.clientId, `${preset}.clientId`, EXAMPLE);
  if (!GUID.test(clientId.toLowerCase())) {
    const found = `must be a GUID, found ${JSON.stringify(clientId)}`;
    throw invalid(`${preset}.clientId`, found, EXAMPLE);
  }
  const applicationIdUri = options.applicationIdUri ?? `api://${clientId}`;
  const authority =
    options.authority === undefined
      ? GLOBAL_AUTHORITY
      : hostOf(options.authority, `${preset}.authority`, GLOBAL_AUTHORITY);
  return { clientId, applicationIdUri, authority, scopePrefix: `${applicationIdUri}/` };
}

function tenantOf(value: unknown): string {
  const text = required(value, "entra.tenantId", EXAMPLE).toLowerCase();
  if (GUID.test(text)) return text;
  const problem = /^(common|organizations|consumers)$/.test(text)
    ? `"${text}" is not one tenant: use entraMultiTenant({ clientId, tenants }), or set one tenant`
    : `must be the tenant's id, a GUID, because tokens contain the id and not the domain; found ${JSON.stringify(text)}`;
  throw invalid("entra.tenantId", problem, EXAMPLE);
}

/** Issuers of version 2.0 and 1.0; national clouds issue version 2.0 only. */
function issuersOf(authority: string, tenant: string): [v2: string, v1?: string] {
  const v2 = `https://${authority}/${tenant}/v2.0`;
  return authority === GLOBAL_AUTHORITY ? [v2, `https://sts.windows.net/${tenant}/`] : [v2];
}

/** The tenant in an issuer, if the issuer belongs to this authority. */
function tenantOfIssuer(issuer: string, authority: string): string | undefined {
  const tenant = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(issuer)?.[0];
  return tenant !== undefined && issuersOf(authority, tenant).includes(issuer) ? tenant : undefined;
}

function tenantCheck(
  tenants: EntraMultiTenantPresetOptions["tenants"],
): (tenant: string) => boolean | Promise<boolean> {
  if (typeof tenants === "function") return async (tenant) => (await tenants(tenant)) === true;
  const list = (Array.isArray(tenants) ? tenants : []) as readonly unknown[];
  const ids = new Set(list.map((id) => String(id).toLowerCase()));
  const wrong = [...ids].find((id) => !GUID.test(id));
  if (ids.size === 0 || wrong !== undefined) {
    const found =
      wrong === undefined
        ? "must name at least one tenant"
        : `must be GUIDs, found ${JSON.stringify(wrong)}`;
    throw invalid("entraMultiTenant.tenants", found, `["${EXAMPLE}"]`);
  }
  return (tenant) => ids.has(tenant);
}

/** Facts about Microsoft Entra ID. */
export const entraProvider = defineProvider({
  id: "entra",
  label: "Microsoft Entra ID",
  issuerExample: "https://login.microsoftonline.com/your-tenant-id/v2.0",
  issuerPattern: /^https:\/\/(?:login\.microsoftonline\.(?:com|us)|sts\.windows\.net)\//,
  validates: "jwt",
  typesTokensJwt: true,
  hint: {
    detail: "Entra puts the application's id into aud, not this server's URL.",
    fix: "Accept the application id and api://… as audiences, and typ JWT.",
  },
  unsuitable: ({ hostname, pathname }) =>
    hostname === GLOBAL_AUTHORITY && /^\/(?:common|organizations|consumers)(?:\/|$)/.test(pathname)
      ? {
          code: "ERR_OAUTH_ENTRA_TENANT",
          message:
            `https://login.microsoftonline.com${pathname} is not an issuer: tokens name their own tenant. Use ` +
            "...entra({ tenantId, clientId }), or ...entraMultiTenant({ clientId, tenants })",
        }
      : undefined,
  summary: {
    tokens: "JWT",
    audience: "client id, or `api://…`",
    scopes: "`scp`; `roles` of apps",
    registration: "no",
  },
  variables: [
    {
      name: "ENTRA_CLIENT_ID",
      kind: "text",
      option: "entra.clientId",
      required: true,
      text: "Application (client) id of this server's app registration.",
      example: EXAMPLE,
    },
    {
      name: "ENTRA_TENANT_ID",
      kind: "text",
      option: "entra.tenantId",
      required: "usually",
      text: "Directory (tenant) id. Set this or ENTRA_TENANTS.",
      example: EXAMPLE,
    },
    {
      name: "ENTRA_TENANTS",
      kind: "list",
      option: "entraMultiTenant.tenants",
      required: false,
      text: "Several tenants, for a multi-tenant app registration.",
      example: EXAMPLE,
    },
    {
      name: "ENTRA_APPLICATION_ID_URI",
      kind: "text",
      option: "entra.applicationIdUri",
      required: false,
      text: "Application ID URI, if it is not `api://` and the client id.",
      example: "https://mcp.example.com",
    },
    {
      name: "ENTRA_AUTHORITY",
      kind: "text",
      option: "entra.authority",
      required: false,
      text: "Host of a national cloud.",
      example: "login.microsoftonline.us",
    },
    {
      name: "ENTRA_COUNT_ROLES",
      kind: "flag",
      option: "entra.countRoles",
      required: false,
      text: "Count `roles` as scopes in every token: a client then has all permissions of its user.",
      example: "true",
    },
  ],
  fromEnv: (env) => {
    const application = {
      clientId: env.requiredText("ENTRA_CLIENT_ID"),
      ...given("applicationIdUri", env.text("ENTRA_APPLICATION_ID_URI")),
      ...given("authority", env.text("ENTRA_AUTHORITY")),
      ...given("countRoles", env.flag("ENTRA_COUNT_ROLES")),
      ...given("audience", env.list("OAUTH_AUDIENCE")),
    };
    const tenants = env.list("ENTRA_TENANTS");
    const tenantId = env.text("ENTRA_TENANT_ID");
    if (tenants !== undefined && tenantId !== undefined) {
      throw new ConfigurationError(
        "ERR_OAUTH_ENV_CONTRADICTION",
        "ENTRA_TENANT_ID and ENTRA_TENANTS are both set; keep the first for one tenant, or the second for several.",
      );
    }
    if (tenants !== undefined) return entraMultiTenant({ ...application, tenants });
    return entra({ ...application, tenantId: tenantId ?? env.missing("ENTRA_TENANT_ID") });
  },
  consoleSteps: [
    "**App registrations → New registration** for this server. Copy the **Directory (tenant) ID** and the **Application (client) ID**.",
    "**Expose an API:** set the Application ID URI (`api://{clientId}`) and add scopes, for example `mcp.tools`. Clients request `api://{clientId}/mcp.tools`; the token contains `mcp.tools`. The preset publishes the long name and checks the short one.",
    "In the manifest set `requestedAccessTokenVersion` to `2`. Tokens of version 1.0 are accepted as well.",
    "App roles (`roles`) of applications are scopes in app-only tokens. In a user's token, `scopes.authorize` can read them from `token.claims`; pass `countRoles: true` to count them as scopes as well. Under **Token configuration**, add the optional claim `idtyp`: it identifies app-only tokens most reliably.",
  ],
  sources: [
    {
      facts:
        "`typ: JWT`, `aud`, `azp` and `appid`, `scp` in tokens of users only, `roles` in tokens of users and of applications.",
      url: "https://github.com/MicrosoftDocs/entra-docs/blob/main/docs/identity-platform/access-token-claims-reference.md",
      read: "2026-11",
    },
    {
      facts: "`idtyp` is `app` in app-only tokens, if the app registration requests it.",
      url: "https://github.com/MicrosoftDocs/entra-docs/blob/main/docs/identity-platform/optional-claims-reference.md",
      read: "2026-11",
    },
    {
      facts: "In an app-only token `oid` equals `sub`.",
      url: "https://github.com/MicrosoftDocs/entra-docs/blob/main/docs/identity-platform/scenario-protected-web-api-verification-scope-app-roles.md",
      read: "2026-11",
    },
  ],
  unverified: ["All tenants share the signing keys.", "National clouds issue version 2.0 only."],
});
