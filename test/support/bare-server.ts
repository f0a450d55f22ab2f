import type { FrameworkServer } from "../../src/framework/internals.js";

/** A server of the framework without tools and transports. */
export const bareServer = {
  toolsMap: new Map(),
  resourcesMap: new Map(),
  promptsMap: new Map(),
  transportConfigs: [],
  bindings: [],
  _roots: [],
  ensureInitialized: () => Promise.resolve(),
} as unknown as FrameworkServer;
