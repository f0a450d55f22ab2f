export { OAuthAuthProvider } from "./oauth-auth-provider.js";
export type { MetadataOptions, OAuthAuthProviderOptions } from "./config/options/options.js";
export type {
  DPoPNonceOptions,
  DPoPOptions,
  MtlsOptions,
  RevocationOptions,
  SecretBytes,
  StoreEncryptionKey,
} from "./config/options/sender.js";
export type { JwsAlgorithm, JwtValidationOptions } from "./config/options/validation.js";
export type { CertificateEncoding, CertificateProxyOptions } from "./binding/certificate.js";
export type { DPoPMode } from "./binding/dpop.js";
export { tokenHash } from "./jose/token-hash.js";
export type { Revocation } from "./policy/revocation.js";
export { MemoryStore, type MemoryStoreOptions } from "./stores/memory-store.js";
export { StoreFullError, type Store } from "./stores/store.js";
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
export type { AuditSink, AuthEvent, AuthOutcome } from "./auth-event.js";
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
