export { OAuthAuthProvider } from "./oauth-auth-provider.js";
export type { MetadataOptions, OAuthAuthProviderOptions } from "./config/options/options.js";
export type { ApiKeyOptions } from "./config/options/api-keys.js";
export type {
  HybridValidationOptions,
  IntrospectionOptions,
  IntrospectionValidationOptions,
} from "./config/options/introspection.js";
export type {
  CustomValidationOptions,
  JwsAlgorithm,
  JwtValidationOptions,
  StaticValidationOptions,
  ValidationOptions,
} from "./config/options/validation.js";
export type { SecretSource } from "./keys/rotating-secret.js";
export type { ApiKey } from "./validators/api-key-validator.js";
export type { CallbackResult, TokenCallback } from "./validators/callback-validator.js";
export type { Enrich } from "./validators/enrich.js";
export type { StaticToken } from "./validators/static-validator.js";
export { getAccessToken } from "./http/exchange.js";
export { hasScope, requireScopes } from "./http/tool-access.js";
export { mcpScopes, type McpScopeNames } from "./policy/mcp-scopes.js";
export type { Operation, OperationTarget, TargetType } from "./policy/operation.js";
export type {
  AnonymousOptions,
  AuthenticationOptions,
  Authorization,
  Authorize,
  ScopeOptions,
} from "./policy/scope-options.js";
export type { AuthenticationRequirement } from "./policy/authentication-strength.js";
export type { ScopeRequirement, ScopeTerm } from "./policy/scope-requirement.js";
export type { AccessToken, Confirmation } from "./access-token.js";
export type { AuditSink, AuthEvent, AuthEventKind, AuthOutcome } from "./auth-event.js";
export type { HealthReport, HealthStatus, IssuerHealth } from "./telemetry/health-report.js";
export type { RateLimitOptions, SessionOptions } from "./config/options/operations.js";
export { logAudit } from "./config/create-audit.js";
export {
  jsonLinesAudit,
  type JsonLinesAudit,
  type JsonLinesOptions,
} from "./telemetry/json-lines-audit.js";
export type { ClaimMapping } from "./validators/claims.js";
export type { Clock } from "./clock.js";
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
} from "./errors.js";
export type { TokenValidator } from "./validators/token-validator.js";
