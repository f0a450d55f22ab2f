export { OAuthAuthProvider } from "./oauth-auth-provider.js";
export type { OAuthAuthProviderOptions } from "./options/options.js";
export type { HealthOptions, MetadataOptions } from "./options/server.js";
export type { ApiKeyOptions } from "./options/api-keys.js";
export type { IntrospectionOptions, TlsOptions } from "./options/introspection.js";
export type {
  AppScopes,
  ClaimMapping,
  CustomValidationOptions,
  HybridValidationOptions,
  IntrospectionValidationOptions,
  JwtValidationOptions,
  StaticValidationOptions,
  ValidationOptions,
} from "./options/validation.js";
export type { SecretSource } from "./keys/rotating-secret.js";
export type { ApiKey } from "./validators/api-keys/api-key-validator.js";
export { hashApiKey, hashedKeys } from "./validators/api-keys/hashed-keys.js";
export type { HashedKey, HashedKeysOptions } from "./validators/api-keys/hashed-keys.js";
export type { CallbackResult, TokenCallback } from "./validators/callback-validator.js";
export type { Enrich } from "./validators/enrich.js";
export type { StaticToken } from "./validators/static-validator.js";
export { optionsFromEnv } from "./options/environment/options-from-env.js";
export { resolveEnvironment } from "./options/resolve-environment.js";
export { auth0 } from "./providers/auth0.js";
export { authentik } from "./providers/authentik.js";
export { betterAuth } from "./providers/better-auth.js";
export { clerk } from "./providers/clerk.js";
export { cognito } from "./providers/cognito.js";
export { descope } from "./providers/descope.js";
export { entra, entraMultiTenant } from "./providers/entra.js";
export { fusionauth } from "./providers/fusionauth.js";
export { google } from "./providers/google.js";
export { hydra } from "./providers/hydra.js";
export { keycloak } from "./providers/keycloak.js";
export { logto } from "./providers/logto.js";
export { okta } from "./providers/okta.js";
export { pingone } from "./providers/pingone.js";
export type { Preset } from "./providers/preset.js";
export { propelauth } from "./providers/propelauth.js";
export { scalekit } from "./providers/scalekit.js";
export { stytch } from "./providers/stytch.js";
export { supabase } from "./providers/supabase.js";
export { workos } from "./providers/workos.js";
export { zitadel } from "./providers/zitadel.js";
export { decodeToken, type DecodedToken } from "./jose/decode-token.js";
export { tokenHash } from "./core/hashes.js";
export type {
  CertificateProxyOptions,
  DPoPNonceOptions,
  DPoPOptions,
  MtlsOptions,
  RevocationOptions,
  StoreEncryptionKey,
} from "./options/sender.js";
export type { Revocation } from "./revocation/revocation.js";
export { MemoryStore } from "./stores/memory-store.js";
export { StoreFullError, type Store } from "./stores/store.js";
export { getAccessToken } from "./framework/exchange.js";
export type { CanUse } from "./framework/tool-guard.js";
export { hasScope, requireScopes } from "./framework/tool-access.js";
export { mcpScopes } from "./policy/mcp-scopes.js";
export type { Operation, OperationTarget } from "./messages/operation.js";
export type { AnonymousOptions, AuthenticationOptions, ScopeOptions } from "./options/scopes.js";
export type { Authorization, Authorize } from "./policy/scope-options.js";
export type { AuthenticationRequirement } from "./policy/authentication-strength.js";
export type { OperationRequirement } from "./policy/requirements.js";
export type { ScopeRequirement } from "./policy/scope-requirement.js";
export type { AccessToken } from "./core/access-token.js";
export type { AuditSink, AuthEvent } from "./core/auth-event.js";
export type { ErrorContext, OnError } from "./core/on-error.js";
export type { HealthReport } from "./telemetry/health-report.js";
export type { RateLimitOptions, SessionOptions, TaskOptions } from "./options/limits.js";
export { logAudit } from "./options/log-audit.js";
export { jsonLinesAudit, type JsonLinesAudit } from "./telemetry/json-lines-audit.js";
export type { Clock } from "./core/clock.js";
export {
  ConfigurationError,
  ForbiddenError,
  InsufficientScopeError,
  InsufficientUserAuthenticationError,
  InvalidTokenError,
  OAuthError,
  RateLimitedError,
  UnavailableError,
} from "./core/errors.js";
export type { ErrorCode } from "./core/error-codes/error-codes.js";
export type { CustomReason, Reason } from "./core/reasons/reasons.js";
