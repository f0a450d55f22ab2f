import type {
  Account as ProviderAccount,
  AdapterFactory,
  Configuration,
  errors,
  interactionPolicy,
  KoaContextWithOIDC,
} from "oidc-provider";
import type { JWK } from "jose";
import type { Clock } from "../core/clock.js";
import { ASYMMETRIC_ALGORITHMS } from "../core/algorithms.js";
import { ConfigurationError } from "../core/errors.js";
import type { AccountDirectory } from "./people/accounts/account-directory.js";
import { organizationOf } from "./people/accounts/grant-organization.js";
import type { Organizations } from "./people/accounts/organizations.js";
import type { TokenClaims } from "./people/claims/token-claims.js";
import type { Approver } from "./people/interactions/auto-approve.js";
import { isPublicUrl, METADATA_DOCUMENT_BYTES } from "./clients/client-fetch.js";
import type { ClientSettings } from "./clients/client-options.js";
import { isAllowed, mayFetch } from "./clients/client-policy.js";
import { clientIdFor, describe, metadataProblem } from "./clients/registration.js";
import { isServiceRequest, scopesForService } from "./clients/service-tokens.js";
import { hasServices } from "./clients/static-clients.js";
import type { Lifetimes } from "./lifetimes.js";
import { IDENTITY_SCOPES, type ResolvedResource } from "./options.js";
import type { CookieNames } from "./people/browser/cookie-names.js";
import { consentedGrant } from "./people/consent/consented-grant.js";
import type { DevicePages } from "./people/device/device-pages.js";
import { adviceFor } from "./people/pages/advice.js";
import type { Pages } from "./people/pages/pages.js";
import type { ResourceCatalogue } from "./resources.js";
import type { KeySet } from "./keys/server-keys.js";
import { algorithmsOf } from "./keys/signing-keys.js";

/** Endpoints of oidc-provider, relative to the issuer. */
const PROVIDER_ROUTES = {
  authorization: "/authorize",
  token: "/token",
  registration: "/register",
  revocation: "/revoke",
  introspection: "/introspect",
  jwks: "/jwks",
  device_authorization: "/device_authorization",
  code_verification: "/device",
} as const;

/** All endpoints of this server, relative to the issuer. */
export const ROUTES = {
  ...PROVIDER_ROUTES,
  userinfo: "/userinfo",
  apps: "/connected-apps",
} as const;

/** The draft that this package implements; later drafts are not enabled before a review. */
const CIMD_DRAFT = "draft-02";

const ID_TOKEN_SECONDS = 3_600;
const INTERACTION_SECONDS = 3_600;

const SECRET_METHODS = ["client_secret_basic", "client_secret_post"] as const;
const ID_TOKEN_ALGORITHMS = ASYMMETRIC_ALGORITHMS.filter((name) => name !== "Ed25519");

export interface ConfigurationParts {
  readonly adapter: AdapterFactory;
  readonly lifetimes: Lifetimes;
  readonly issuer: string;
  readonly interactionPath: (uid: string) => string;
  readonly catalogue: ResourceCatalogue;
  readonly accounts: AccountDirectory;
  readonly keys: KeySet;
  readonly approver: Approver;
  readonly organizations: Organizations;
  readonly claims: TokenClaims;
  readonly policy: interactionPolicy.Prompt[];
  readonly cookieNames: CookieNames;
  readonly pages: Pages;
  readonly devices: DevicePages;
  readonly clock: Clock;
  readonly clientIdMetadataDocuments: boolean;
  readonly clients: ClientSettings;
  /** Fetches metadata documents and key sets of clients. */
  readonly clientFetch: typeof fetch;
  /** The error classes of the loaded oidc-provider. */
  readonly errors: typeof errors;
}

/** The configuration of oidc-provider. @throws ConfigurationError */
export function createProviderConfiguration(parts: ConfigurationParts): Configuration {
  const { catalogue, keys, approver, lifetimes } = parts;
  const idTokenAlgorithm = keys.signing.flatMap(algorithmsOf)[0] ?? "RS256";
  const { InvalidScope } = parts.errors;

  return {
    adapter: parts.adapter,
    jwks: { keys: [...keys.signing] },
    routes: PROVIDER_ROUTES,
    clients: catalogue.all.flatMap(toIntrospectionClient),
    enabledJWA: {
      idTokenSigningAlgValues: ID_TOKEN_ALGORITHMS,
      clientAuthSigningAlgValues: ID_TOKEN_ALGORITHMS,
    },
    clientDefaults: { id_token_signed_response_alg: idTokenAlgorithm },
    clientAuthMethods: ["none", ...SECRET_METHODS, "private_key_jwt"],
    responseTypes: ["code"],
    scopes: Object.keys(IDENTITY_SCOPES),
    claims: { openid: ["sub"], profile: ["name"], email: ["email"] },
    // This package answers userinfo itself: with oidc-provider's endpoint, the openid scope
    // would turn a token request without `resource` into one for a userinfo token.
    conformIdTokenClaims: false,
    // Browser clients (inspectors) run on any origin, and these calls carry no cookies.
    clientBasedCORS: () => true,
    pkce: { required: () => true },
    cookies: {
      keys: [...keys.cookies],
      names: {
        session: parts.cookieNames.session,
        interaction: parts.cookieNames.interaction,
        resume: parts.cookieNames.resume,
      },
      long: { signed: true, httpOnly: true, sameSite: "lax" },
      short: { signed: true, httpOnly: true, sameSite: "lax" },
    },
    interactions: {
      policy: parts.policy,
      url: (_ctx, { uid }) => parts.interactionPath(uid),
    },
    extraParams: {
      // Not an extra parameter: used as a hook that runs once the request is fully parsed.
      scope: async (ctx: KoaContextWithOIDC) => {
        validateScope(ctx, catalogue, InvalidScope);
        await approver.approve(ctx);
      },
    },
    loadExistingGrant: async (ctx) =>
      (await approver.grantFor(ctx)) ?? consentedGrant(ctx, { ...parts, now: parts.clock() }),
    ...createAccountClaims(parts),
    // OAuth clients register the grant type and never request offline_access.
    issueRefreshToken: (_ctx, client) => Promise.resolve(client.grantTypeAllowed("refresh_token")),
    expiresWithSession: () => Promise.resolve(false),
    // Always rotate (OAuth 2.1 §4.3.1): a reuse then reveals theft.
    rotateRefreshToken: true,
    ttl: createTtls(lifetimes),
    discovery: {
      introspection_endpoint_auth_methods_supported: [...SECRET_METHODS, "private_key_jwt"],
      revocation_endpoint_auth_methods_supported: ["none", ...SECRET_METHODS, "private_key_jwt"],
      userinfo_endpoint: parts.issuer.replace(/\/$/, "") + ROUTES.userinfo,
      // RFC 9728 §4
      protected_resources: catalogue.all.map(({ resource }) => resource),
    },
    renderError: createErrorPage(parts.pages),
    fetchResponseBodyLimits: { "client_id metadata document": METADATA_DOCUMENT_BYTES },
    fetch: parts.clientFetch,
    features: createFeatures(parts),
  };
}

/** The claims of an account, for ID tokens and access tokens. */
function createAccountClaims(
  parts: ConfigurationParts,
): Pick<Configuration, "findAccount" | "extraTokenClaims"> {
  return {
    findAccount: (ctx, id, token) => findAccount(parts, ctx, id, token),
    extraTokenClaims: async (ctx, token) => {
      const { AuthorizationCode: code, RefreshToken: refresh } = ctx.oidc.entities;
      const authTime = code?.authTime ?? refresh?.authTime;
      return {
        ...(await parts.claims.issue(ctx, token)),
        ...(authTime !== undefined && { auth_time: authTime }),
      };
    },
  };
}

function createErrorPage(pages: Pages): NonNullable<Configuration["renderError"]> {
  return (ctx, out) => {
    // An error that would have been redirected, but must not be.
    if (ctx.status < 400) ctx.status = 400;
    const { ui_locales: uiLocales } = ctx.query;
    const page = pages.render(
      "error",
      { headers: ctx.headers, uiLocales: typeof uiLocales === "string" ? uiLocales : undefined },
      {
        error: out.error,
        advice: adviceFor(out.error),
        ...(out.error_description !== undefined && { description: out.error_description }),
      },
    );
    ctx.set(page.headers);
    ctx.type = "html";
    ctx.body = page.html;
  };
}

/** What the server offers beside the flow with a code: registration, revocation, introspection, resources. */
function createFeatures(parts: ConfigurationParts): Configuration["features"] {
  const { catalogue, clients } = parts;
  const { InvalidClientMetadata } = parts.errors;
  return {
    devInteractions: { enabled: false },
    userinfo: { enabled: false },
    rpInitiatedLogout: { enabled: false },
    pushedAuthorizationRequests: { enabled: false },
    dPoP: { enabled: true },
    deviceFlow: parts.devices.feature,
    introspection: {
      enabled: true,
      allowedPolicy: (_ctx, client, token) => {
        if (token.clientId === client.clientId) return true;
        // Registration is open, so a client secret proves nothing. Only the token's
        // audience may introspect it.
        const owner = catalogue.all.find(
          ({ introspection }) => introspection?.clientId === client.clientId,
        );
        return owner !== undefined && "aud" in token && token.aud === owner.resource;
      },
    },
    revocation: {
      enabled: true,
      allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
    },
    registration: {
      enabled: clients.registration !== false,
      issueRegistrationAccessToken: false,
      idFactory: ({ oidc }) => clientIdFor(oidc.body ?? {}),
    },
    clientIdMetadataDocument: {
      enabled: parts.clientIdMetadataDocuments,
      ack: CIMD_DRAFT,
      allowFetch: (_ctx, clientId) => isPublicUrl(clientId) && mayFetch(clients.allow, clientId),
      allowClient: (_ctx, client) => {
        const metadata = client.metadata();
        const problem = metadataProblem(metadata);
        if (problem !== undefined) throw new InvalidClientMetadata(problem);
        return isAllowed(clients.allow, describe(client.clientId, "document", metadata));
      },
    },
    clientCredentials: { enabled: hasServices(clients) },
    resourceIndicators: createResourceIndicators(parts),
  };
}

/** Which resources a token can be for (RFC 8707), and what a token for one of them is like. */
function createResourceIndicators(
  parts: ConfigurationParts,
): NonNullable<NonNullable<Configuration["features"]>["resourceIndicators"]> {
  const { catalogue, clients, keys } = parts;
  const { InvalidTarget } = parts.errors;
  return {
    enabled: true,
    defaultResource: (ctx, _client, oneOf) => {
      if (oneOf !== undefined) return oneOf;
      if (isServiceRequest(ctx)) throw new InvalidTarget("resource is required");
      if (catalogue.defaultIdentifier === undefined) {
        throw new InvalidTarget("resource is required: this server has several resources");
      }
      return catalogue.defaultIdentifier;
    },
    getResourceServerInfo: (ctx, indicator, client) => {
      const found = catalogue.find(indicator);
      if (found === undefined) {
        throw new InvalidTarget("the requested resource is unknown");
      }
      const resourceServer = toResourceServer(found, keys.signing);
      if (!isServiceRequest(ctx)) return resourceServer;
      const scopes = scopesForService(ctx, client.clientId, Object.keys(found.scopes), {
        settings: clients,
        errors: parts.errors,
      });
      return { ...resourceServer, scope: scopes.join(" ") };
    },
  };
}

/** Lifetimes of everything that is stored, in seconds. */
function createTtls(lifetimes: Lifetimes): Configuration["ttl"] {
  const ttls = lifetimes.ttlSeconds;
  return {
    AccessToken: (_ctx, token) =>
      (token as { resourceServer?: { accessTokenTTL?: number } }).resourceServer?.accessTokenTTL ??
      ttls.access,
    AuthorizationCode: ttls.code,
    // The lifetime of the first refresh token; each refresh extends it.
    Grant: ttls.refresh,
    IdToken: ID_TOKEN_SECONDS,
    Interaction: INTERACTION_SECONDS,
    RefreshToken: (_ctx, token) =>
      lifetimes.refreshExpiry === "sliding" ? ttls.refresh : remainingOf(token, ttls.refresh),
    Session: ttls.session,
  };
}

/** Lifetimes of the longest token and cookie that the generated keys sign, in seconds. */
export function longestUse(resources: readonly ResolvedResource[], { ttlSeconds }: Lifetimes) {
  const ttls = resources.map(({ accessTokenTtlSeconds }) => accessTokenTtlSeconds);
  return {
    tokenSeconds: Math.max(ID_TOKEN_SECONDS, ttlSeconds.access, ...ttls),
    cookieSeconds: Math.max(INTERACTION_SECONDS, ttlSeconds.session),
  };
}

/**
 * The account, if it may still sign in and still belongs to the organization of
 * its consent. Without one, oidc-provider refuses a token request and uses
 * nothing up.
 */
async function findAccount(
  { accounts, organizations }: ConfigurationParts,
  { oidc }: KoaContextWithOIDC,
  id: string,
  token: { readonly grantId?: string | undefined } | undefined,
): Promise<ProviderAccount | undefined> {
  const account = await accounts.find(id);
  if (account === undefined) return undefined;
  if (token?.grantId !== undefined) {
    const grant = await oidc.provider.Grant.find(token.grantId);
    if (!(await organizations.isMember(account, organizationOf(grant)))) return undefined;
  }
  const { name, email } = account;
  return { accountId: id, claims: () => ({ name, email, sub: id }) };
}

/** Remaining lifetime of a refresh token, counted from the sign-in, in seconds; at least 1. */
function remainingOf({ iiat }: { iiat?: number | undefined }, seconds: number): number {
  const now = Math.floor(Date.now() / 1000);
  return Math.max(1, (iiat ?? now) + seconds - now);
}

function toResourceServer(resource: ResolvedResource, keys: readonly JWK[]) {
  return {
    audience: resource.resource,
    scope: Object.keys(resource.scopes).join(" "),
    accessTokenTTL: resource.accessTokenTtlSeconds,
    accessTokenFormat: resource.tokenFormat,
    jwt: { sign: { alg: tokenAlgorithm(resource, keys) } },
  };
}

/** @throws ConfigurationError if no key supports the algorithm */
export function tokenAlgorithm(resource: ResolvedResource, keys: readonly JWK[]) {
  const available = keys.flatMap(algorithmsOf);
  const algorithm = resource.tokenAlgorithm ?? available[0];
  if (algorithm === undefined || !available.includes(algorithm)) {
    throw new ConfigurationError(
      "ERR_OAUTH_KEYS",
      `keys contains no key for tokenAlgorithm ${String(algorithm)} of ${resource.resource}. Add one, or change the algorithm.`,
    );
  }
  return algorithm;
}

function toIntrospectionClient({ introspection, name }: ResolvedResource) {
  if (introspection === undefined) return [];
  return [
    {
      client_id: introspection.clientId,
      client_secret: introspection.clientSecret,
      client_name: name,
      token_endpoint_auth_method: "client_secret_basic" as const,
      grant_types: [],
      response_types: [],
      redirect_uris: [],
    },
  ];
}

/**
 * A request without `scope` gets all scopes of the resource, which the consent
 * page lists. If all requested scopes are unknown, the request is refused;
 * otherwise unknown scopes are ignored (RFC 6749 §3.3).
 */
function validateScope(
  ctx: KoaContextWithOIDC,
  catalogue: ResourceCatalogue,
  InvalidScope: typeof errors.InvalidScope,
): void {
  const { params, resourceServers } = ctx.oidc;
  if (params === undefined) return;
  const offered = Object.keys(resourceServers ?? {}).flatMap((indicator) =>
    Object.keys(catalogue.find(indicator)?.scopes ?? {}),
  );
  if (params["scope"] === undefined) {
    params["scope"] = offered.join(" ");
    return;
  }
  const known = new Set([...offered, ...Object.keys(IDENTITY_SCOPES)]);
  if (![...ctx.oidc.requestParamScopes].some((scope) => known.has(scope))) {
    throw new InvalidScope("the resource has none of the requested scopes", "");
  }
}
