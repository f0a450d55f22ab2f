export {
  createAuthorizationServer,
  type AuthorizationServer,
} from "./create-authorization-server.js";
export type { ClientOptions, RegistrationOptions, StaticClient } from "./clients/client-options.js";
export type { ClientDescription, ClientPolicy } from "./clients/client-policy.js";
export type { TrafficOptions } from "./http/limited-listener.js";
export { createAuthorizationServerFromEnv, storageFromEnv } from "./from-environment.js";
export type {
  ApprovalRequest,
  AuthorizationServerOptions,
  ProtectedResource,
  TokenAlgorithm,
} from "./options.js";
export type { KeyRotation } from "./keys/server-keys.js";
export type { Account } from "./people/accounts/account.js";
export type { AccountSource } from "./people/accounts/account-source.js";
export { accountsFile } from "./people/accounts/accounts-file.js";
export type { Organization, OrganizationsFunction } from "./people/accounts/organizations.js";
export type { ClaimsFunction, ClaimsRequest } from "./people/claims/claims-function.js";
export type {
  AuthenticateContext,
  AuthenticateFunction,
  AuthenticateResult,
} from "./people/sign-in/own-login.js";
export { html, type Html } from "./people/pages/html.js";
export type { Language, Messages } from "./people/pages/messages/messages.js";
export type { PageOptions } from "./people/pages/pages.js";
export type { Theme } from "./people/pages/theme.js";
export type {
  AppsView,
  ClientView,
  ConsentView,
  DeviceView,
  DoneView,
  ErrorView,
  FormView,
  PageName,
  PageRenderer,
  PageRenderers,
  PageViews,
  ScopeView,
  SignInView,
  Site,
} from "./people/pages/views.js";
export type {
  GrantedAccess,
  Maintenance,
  ListPage,
  PageRequest,
  RegisteredClient,
  RevocationResult,
  RevocationTarget,
  StorageStatistics,
} from "./upkeep/maintenance.js";
export { openMaintenance } from "./upkeep/open-maintenance.js";
export { memoryStorage } from "./storage/memory-storage.js";
export {
  postgresStorage,
  type PostgresClient,
  type PostgresPool,
  type PostgresStorageOptions,
} from "./storage/postgres-storage.js";
export { redisStorage, type RedisStorageOptions } from "./storage/redis-storage.js";
export { sqliteStorage, type SqliteStorageOptions } from "./storage/sqlite-storage.js";
export type { AuthorizationServerStorage, StorageKey } from "./storage/storage-keys.js";
export {
  StorageUnavailableError,
  type RecordName,
  type RecordPage,
  type StorageChange,
  type StorageEngine,
  type StorageIndex,
  type StoredRecord,
} from "./storage/storage.js";
