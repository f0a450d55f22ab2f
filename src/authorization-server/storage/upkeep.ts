import type { SealedStorage } from "./sealed-storage.js";

const PERIOD_SECONDS = 600;
/** Records removed in one step, so that no step holds up a request for long. */
const BATCH = 500;

/**
 * Removes expired records now and every ten minutes. Anonymous clients leave sessions and
 * interactions behind, which would otherwise fill the storage.
 *
 * @param onError receives failures; the next round tries again
 * @returns ends it; resolves when no removal is under way
 */
export function removeExpiredRegularly(
  storage: Pick<SealedStorage, "removeExpired">,
  onError: (error: unknown) => void,
): () => Promise<void> {
  let isStopped = false;
  let round: Promise<void> | undefined;

  const removeAll = async (): Promise<void> => {
    let removed = BATCH;
    while (removed === BATCH && !isStopped) removed = await storage.removeExpired(BATCH);
  };
  const start = (): void => {
    round ??= removeAll()
      .catch(onError)
      .finally(() => (round = undefined));
  };

  start();
  const timer = setInterval(start, PERIOD_SECONDS * 1000).unref();
  return async () => {
    isStopped = true;
    clearInterval(timer);
    await round;
  };
}
