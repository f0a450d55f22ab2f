export { authorizeWithoutBrowser } from "./authorize.js";
export { createDPoPClient, type DPoPClient, type DPoPProofOptions } from "./dpop-client.js";
export { fixedClock, type FixedClock } from "./fixed-clock.js";
export type {
  IntrospectionRequest,
  IssuerEndpoint,
  ListenOptions,
  TestIssuerServer,
} from "./issuer-server.js";
export type { Overrides } from "./compact-jws.js";
export { pageProblems } from "./pages/page-problems.js";
export {
  storeContract,
  type MakeStore,
  type StoreContractCase,
  type StoreUnderTest,
} from "./store-contract.js";
export {
  storageContract,
  type MakeStorage,
  type StorageContractCase,
  type StorageUnderTest,
} from "./storage-contract.js";
export { createTestIssuer, type TestIssuer, type TestIssuerOptions } from "./test-issuer.js";
export type { TestAlgorithm } from "./test-keys.js";
