import { setTimeout as sleep } from "node:timers/promises";

/**
 * Repeats `attempt` until it succeeds. For servers that send no event when they
 * are ready: other processes, and listeners that mcp-framework opens.
 *
 * Has no deadline, so that a busy machine cannot fail the test; the limit of the
 * test ends a hang.
 *
 * @param isTransient errors for which another attempt makes sense; others reject
 */
export async function eventually<T>(
  attempt: () => Promise<T>,
  isTransient: (error: unknown) => boolean = () => true,
): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isTransient(error)) throw error;
      await sleep(20);
    }
  }
}
