import { jest } from "@jest/globals";

/**
 * Holds every timer of the code under test, so that a deadline is reached only
 * when the test says so. Sockets, processes and `Date` go on as usual: Node's
 * own timers are not touched.
 */
export function holdTimers(): void {
  jest.useFakeTimers({
    doNotFake: ["Date", "hrtime", "nextTick", "performance", "queueMicrotask", "setImmediate"],
  });
}

export function releaseTimers(): void {
  jest.useRealTimers();
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Moves the held timers on, and lets what they set off reach the sockets. */
export async function passSeconds(seconds: number): Promise<void> {
  await jest.advanceTimersByTimeAsync(seconds * 1000);
  await turn();
}

/**
 * Moves the held timers on, a second at a time and sockets in between, until
 * `work` is over. For work that only a deadline ends.
 */
export async function untilDeadline<T>(work: Promise<T>): Promise<T> {
  let over = false;
  const done = () => {
    over = true;
  };
  work.then(done, done);
  while (!over) {
    await turn();
    if (!over) await passSeconds(1);
  }
  return work;
}
