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
  JwsAlgorithm,
  JwtValidationOptions,
  StaticValidationOptions,
  ValidationOptions,
} from "./options/validation.js";
export type { SecretSource } from "./keys/rotating-secret.js";
export type { ApiKey } from "./validators/api-keys/api-key-validator.js";
export type { CallbackResult, TokenCallback } from "./validators/callback-validator.js";
export type { Enrich } from "./validators/enrich.js";
export type { StaticToken } from "./validators/static-validator.js";
export type { Environment } from "./options/environment/environment-reader.js";
export { optionsFromEnv } from "./options/environment/options-from-env.js";
export { auth0, type Auth0PresetOptions } from "./providers/auth0.js";
export { authentik, type AuthentikPresetOptions } from "./providers/authentik.js";
export { betterAuth, type BetterAuthPresetOptions } from "./providers/better-auth.js";
export { clerk, type ClerkPresetOptions } from "./providers/clerk.js";
export { cognito, type CognitoPresetOptions } from "./providers/cognito.js";
export { descope, type DescopePresetOptions } from "./providers/descope.js";
export {
  entra,
  entraMultiTenant,
  type EntraMultiTenantPresetOptions,
  type EntraPresetOptions,
} from "./providers/entra.js";
export { fusionauth, type FusionAuthPresetOptions } from "./providers/fusionauth.js";
export { google, type GooglePresetOptions } from "./providers/google.js";
export { hydra, type HydraPresetOptions } from "./providers/hydra.js";
export { keycloak, type KeycloakPresetOptions } from "./providers/keycloak.js";
export { logto, type LogtoPresetOptions } from "./providers/logto.js";
export { okta, type OktaPresetOptions } from "./providers/okta.js";
export type { Preset } from "./providers/preset.js";
export { scalekit, type ScalekitPresetOptions } from "./providers/scalekit.js";
export { stytch, type StytchPresetOptions } from "./providers/stytch.js";
export { supabase, type SupabasePresetOptions } from "./providers/supabase.js";
export { workos, type WorkosPresetOptions } from "./providers/workos.js";
export { zitadel, type ZitadelPresetOptions } from "./providers/zitadel.js";
export { decodeToken, type DecodedToken } from "./jose/decode-token.js";
export { tokenHash } from "./core/hashes.js";
export type { CertificateEncoding } from "./binding/certificate.js";
export type { DPoPMode } from "./binding/dpop.js";
export type {
  CertificateProxyOptions,
  DPoPNonceOptions,
  DPoPOptions,
  MtlsOptions,
  RevocationOptions,
  StoreEncryptionKey,
} from "./options/sender.js";
export type { SecretBytes } from "./options/values.js";
export type { Revocation } from "./revocation/revocation.js";
export { MemoryStore, type MemoryStoreOptions } from "./stores/memory-store.js";
export { StoreFullError, type Store } from "./stores/store.js";
export { getAccessToken } from "./framework/exchange.js";
export { hasScope, requireScopes } from "./framework/tool-access.js";
export { mcpScopes, type McpScopeNames } from "./policy/mcp-scopes.js";
export type { Operation, OperationTarget, TargetType } from "./messages/operation.js";
export type { AnonymousOptions, AuthenticationOptions, ScopeOptions } from "./options/scopes.js";
export type { Authorization, Authorize } from "./policy/scope-options.js";
export type { AuthenticationRequirement } from "./policy/authentication-strength.js";
export type { OperationRequirement } from "./policy/requirements.js";
export type { ScopeRequirement, ScopeTerm } from "./policy/scope-requirement.js";
export type { AccessToken, Confirmation } from "./core/access-token.js";
export type {
  AuditSink,
  AuthEvent,
  AuthEventKind,
  AuthOutcome,
  RevokedThing,
} from "./core/auth-event.js";
export type { ErrorContext, ErrorSource, OnError } from "./core/on-error.js";
export type { HealthReport, HealthStatus, IssuerHealth } from "./telemetry/health-report.js";
export type { RateLimitOptions, SessionOptions } from "./options/limits.js";
export { logAudit } from "./options/log-audit.js";
export {
  jsonLinesAudit,
  type JsonLinesAudit,
  type JsonLinesOptions,
} from "./telemetry/json-lines-audit.js";
export type { Clock } from "./core/clock.js";
export {
  ConfigurationError,
  ForbiddenError,
  InsufficientScopeError,
  InsufficientUserAuthenticationError,
  InvalidDPoPProofError,
  InvalidRequestError,
  InvalidTokenError,
  MalformedMessageError,
  MissingCredentialError,
  OAuthError,
  PayloadTooLargeError,
  RateLimitedError,
  SessionNotFoundError,
  UnavailableError,
  UseDPoPNonceError,
  type WireErrorCode,
} from "./core/errors.js";
export type { ErrorCode } from "./core/error-codes/error-codes.js";
export type { CustomReason, Reason } from "./core/reasons/reasons.js";
export type { TokenValidator } from "./validators/token-validator.js";
