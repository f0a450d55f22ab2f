/**
 * Runs `work` for at most `seconds`. When time is up the signal aborts and the
 * result rejects with what `onTimeout` makes, whether or not `work` listens.
 *
 * The timer keeps no process alive and goes away with the result.
 */
export async function withDeadline<T>(
  work: (signal: AbortSignal) => Promise<T>,
  seconds: number,
  onTimeout: () => Error,
): Promise<T> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      // Reject first: what the abort makes of `work` must not win the race.
      reject(onTimeout());
      controller.abort();
    }, seconds * 1000);
    timer.unref();
  });
  try {
    return await Promise.race([work(controller.signal), expiry]);
  } finally {
    clearTimeout(timer);
  }
}
