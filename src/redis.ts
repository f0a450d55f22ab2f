/** Entry point `mcp-framework-oauth/redis`. */
export { RedisStoreError, type RedisClient } from "./stores/redis-commands.js";
export { createRedisStore, RedisStore, type RedisStoreOptions } from "./stores/redis-store.js";
