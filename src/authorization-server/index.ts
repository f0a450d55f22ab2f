export {
  createAuthorizationServer,
  type AuthorizationServer,
} from "./create-authorization-server.js";
export type {
  Account,
  ApprovalRequest,
  AuthorizationServerOptions,
  ProtectedResource,
  TokenAlgorithm,
} from "./options.js";
