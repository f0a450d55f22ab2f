import type { SealedStorage } from "./sealed-storage.js";

const PERIOD_SECONDS = 600;
/** Records removed in one step, so that no step holds up a request for long. */
const BATCH = 500;

/**
 * Removes expired records now and every ten minutes. Anonymous clients leave sessions and
 * interactions behind, which would otherwise fill the storage.
 *
 * @param onError receives failures; the next round tries again
 * @returns ends it; resolves when no removal is in progress
 */
export function removeExpiredRegularly(
  storage: Pick<SealedStorage, "removeExpired">,
  onError: (error: unknown) => void,
): () => Promise<void> {
  return repeat(
    PERIOD_SECONDS,
    async (isStopped) => {
      let removed = BATCH;
      while (removed === BATCH && !isStopped()) removed = await storage.removeExpired(BATCH);
    },
    onError,
  );
}

/**
 * Runs `work` now and every `seconds`; a round that takes longer is not started twice.
 *
 * @param onError receives failures; the next round tries again
 * @returns ends it; resolves when no round is in progress
 */
export function repeat(
  seconds: number,
  work: (isStopped: () => boolean) => Promise<void>,
  onError: (error: unknown) => void,
): () => Promise<void> {
  let isStopped = false;
  let round: Promise<void> | undefined;
  const start = (): void => {
    round ??= work(() => isStopped)
      .catch(onError)
      .finally(() => (round = undefined));
  };

  start();
  const timer = setInterval(start, seconds * 1000).unref();
  return async () => {
    isStopped = true;
    clearInterval(timer);
    await round;
  };
}
