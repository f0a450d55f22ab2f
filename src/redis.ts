/** Entry point `mcp-framework-oauth/redis`. */
export { createRedisStore, RedisStore, RedisStoreError } from "./stores/redis-store.js";
export type { RedisClient, RedisStoreOptions } from "./stores/redis-store.js";
