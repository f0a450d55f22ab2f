import type { AccessToken } from "../core/access-token.js";
import type { ScopeSettings } from "../options/scopes.js";
import { publishedScope } from "../credentials/published-scope.js";
import { CorsPolicy, PUBLIC_DOCUMENT_CORS } from "../gate/cors.js";
import { Protection } from "../gate/protection.js";
import {
  protectedResourceMetadataUrl,
  type ProtectedResourceMetadata,
} from "../gate/answers/protected-resource-metadata.js";
import { MetadataMiddleware } from "../gate/answers/metadata-middleware.js";
import { ServerCatalogue } from "../framework/server-catalogue.js";
import { ScopePolicy } from "../policy/scope-policy.js";
import { InvalidTokenError } from "../core/errors.js";
import { OpenResourceServer } from "../gate/open-resource-server.js";
import { OpenPolicy } from "../policy/open-policy.js";
import { ResourceServer } from "../gate/resource-server.js";
import type { RequestQuota } from "../limits/request-quota.js";
import { Dependencies } from "../telemetry/dependencies.js";
import type { Faults } from "../telemetry/faults.js";
import { Metrics } from "../telemetry/metrics.js";
import type { TokenValidator } from "../validators/token-validator.js";
import type { Settings } from "../options/settings.js";
import { createFaults, debugLog } from "./create-faults.js";
import { createLimits } from "./create-limits.js";
import { followRevocations } from "./embedded.js";
import { createApiKeys, type ApiKeys } from "./validation/create-api-keys.js";
import { createOperations } from "./create-operations.js";
import { createSender, createStores } from "./create-sender.js";
import { createValidation, type Validation } from "./validation/create-validation.js";
import { createValidationContext } from "./validation/validation-context.js";

/** Wires checked options into the objects that do the work. */
export function createProtection(options: Settings): Protection {
  const { clock } = options;
  const dependencies = new Dependencies();
  const metrics = new Metrics(dependencies, () => protection.openSessions());
  const faults = createFaults(options, clock);
  const stores = createStores(options, clock, (operation) => metrics.storeFailed(operation));
  dependencies.store = stores.shared;
  const catalogue = new ServerCatalogue();
  const hasTool = (name: string) => catalogue.hasTool(name);
  const { budget, ...limits } = createLimits(options, clock, hasTool, stores.shared);
  const context = createValidationContext(options, clock, {
    dependencies,
    metrics,
    budget,
    store: stores.sealed,
    faults,
  });
  // With keys alone, or nothing, there is nothing to validate, to discover or to advertise.
  const hasTokens = options.enabled && options.authMode !== "api_key";
  const validation = hasTokens ? createValidation(context) : undefined;
  const apiKeys = options.enabled ? createApiKeys(context, validation) : undefined;
  const sender = createSender(options, stores.plain, clock);
  const policy = createPolicy(options, catalogue, faults);
  const server = new (options.enabled ? ResourceServer : OpenResourceServer)({
    validator: validation?.validator ?? NO_TOKENS,
    ...(apiKeys !== undefined && { apiKeys: apiKeys.access }),
    possession: sender.possession,
    revocations: sender.revocations,
    policy,
    targets: () => catalogue.targets(),
    resourceMetadata: validation && protectedResourceMetadataUrl(options.resource),
    scopePrefix: options.scopePrefix,
    credentialHeader: options.headerName.toLowerCase(),
    exposeToken: options.exposeToken,
    exposesReasons: options.exposeReasons !== undefined,
    clock,
  });
  const protection: Protection = new Protection({
    server,
    catalogue,
    documents: createDocuments(options, validation, () => ({
      ...metadataOf(options, policy.scopesSupported(catalogue.targets())),
      ...sender.metadata,
    })),
    cors: createCors(options, apiKeys, limits.quota),
    connections: sender.connections,
    apiKeyAnswerHeaders: apiKeys?.answerHeaders ?? {},
    maxBodyBytes: options.maxBodyBytes,
    ...limits,
    faults,
    debug: debugLog(),
    embedded: options.embedded,
    toolChallenges: options.toolChallenges === "result",
    ...createOperations(options, context, () => protection.openSessions()),
    warmUp: async () =>
      void (await Promise.allSettled(dependencies.keySets.map((set) => set.load()))),
    beforeStart: validation?.verifyAtStart ?? (() => Promise.resolve()),
  });
  followRevocations(options.embedded, protection, faults);
  return protection;
}

/** Stands where no access token is accepted; keys have validators of their own. */
const NO_TOKENS: TokenValidator = {
  validate: () => Promise.reject(new InvalidTokenError("access_tokens_off")),
};

function createPolicy(options: Settings, catalogue: ServerCatalogue, faults: Faults): ScopePolicy {
  return new (options.enabled ? ScopePolicy : OpenPolicy)(
    policyOptions(options.scopes, faults),
    (target) => catalogue.scopesOf(target),
    options.clock,
    (target) =>
      catalogue.guardsOf(target).map((guard) => faults.watch("canUse", guard, secretsOfToken)),
  );
}

/** The public documents; without access tokens there are none. */
function createDocuments(
  { resource, metadata, cors }: Settings,
  validation: Validation | undefined,
  load: () => ProtectedResourceMetadata,
): MetadataMiddleware {
  return new MetadataMiddleware({
    resource,
    metadata: validation && load,
    corsHeaders: cors ? PUBLIC_DOCUMENT_CORS : {},
    aliases: metadata.aliases,
    authorizationServerMetadata: metadata.mirrorAuthorizationServer
      ? validation?.authorizationServerMetadata
      : undefined,
  });
}

function createCors(
  options: Settings,
  apiKeys: ApiKeys | undefined,
  quota: RequestQuota | undefined,
): CorsPolicy {
  return new CorsPolicy({
    sendsHeaders: options.cors,
    allowedOrigins: options.allowedOrigins,
    resourceOrigin: new URL(options.resource).origin,
    extraHeaders: [options.headerName, apiKeys?.headerName].filter((name) => name !== undefined),
    extraExposedHeaders: [
      ...Object.keys(apiKeys?.answerHeaders ?? {}),
      ...(quota === undefined ? [] : ["RateLimit", "RateLimit-Policy"]),
    ],
  });
}

/** Reports what `authorize` throws. */
function policyOptions(scopes: ScopeSettings, faults: Faults): ScopeSettings {
  const { authorize } = scopes;
  if (authorize === undefined) return scopes;
  return { ...scopes, authorize: faults.watch("authorize", authorize, secretsOfToken) };
}

function secretsOfToken({ token = "" }: AccessToken): string[] {
  return [token];
}

function metadataOf(options: Settings, scopes: readonly string[]): ProtectedResourceMetadata {
  const { resourceName, documentation, policyUri, termsOfServiceUri } = options.metadata;
  const pageOf = (page: string) =>
    page.startsWith("/") ? new URL(page, options.resource).href : page;
  return {
    resource: options.resource,
    authorization_servers: options.authorizationServers,
    scopes_supported: scopes.map((scope) => publishedScope(scope, options.scopePrefix)),
    bearer_methods_supported: ["header"],
    ...(resourceName !== undefined && { resource_name: resourceName }),
    ...(documentation !== undefined && { resource_documentation: pageOf(documentation) }),
    ...(policyUri !== undefined && { resource_policy_uri: pageOf(policyUri) }),
    ...(termsOfServiceUri !== undefined && { resource_tos_uri: pageOf(termsOfServiceUri) }),
  };
}
