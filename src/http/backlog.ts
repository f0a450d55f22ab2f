import type { ServerResponse } from "node:http";

export const MAX_BACKLOG_BYTES = 8 * 1024 * 1024;

/**
 * Cuts off an SSE stream whose client does not read: the SDK's transport writes
 * on without waiting, and what is not read stays in memory.
 *
 * Does not see what HTTP Stream queues before it writes; see `framework/isolation/stream-queues.ts`.
 */
export function limitBacklog(res: ServerResponse, maxBytes = MAX_BACKLOG_BYTES): void {
  const write = res.write.bind(res) as (...chunk: unknown[]) => boolean;
  res.write = ((...chunk: unknown[]) => {
    if (res.writableLength <= maxBytes) return write(...chunk);
    res.destroy();
    return false;
  }) as typeof res.write;
}
