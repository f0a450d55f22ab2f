/** Limits for MCP tasks of guarded requests. */
export interface TaskLimits {
  /** Tasks of one user over all clients; anonymous clients count as one user. */
  readonly maxPerUser: number;
  /** Longest life of a task that a client may ask for. */
  readonly maxTtlSeconds: number;
}

/**
 * The time to live for a task, in milliseconds as MCP has it; `undefined` takes
 * mcp-framework's default.
 */
export function clampTtl(ttl: number | undefined, { maxTtlSeconds }: TaskLimits) {
  if (ttl === undefined || ttl === null) return undefined;
  const longest = maxTtlSeconds * 1000;
  // Also for NaN, which would make a task that never ends.
  return ttl <= longest ? ttl : longest;
}
