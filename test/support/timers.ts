import { jest } from "@jest/globals";
import { turns } from "./turns.js";

/**
 * Holds every timer of the code under test, so that a deadline is reached only
 * when the test advances them. Sockets, processes and `Date` work as usual: Node's
 * own timers are not touched.
 */
export function holdTimers(): void {
  jest.useFakeTimers({
    doNotFake: ["Date", "hrtime", "nextTick", "performance", "queueMicrotask", "setImmediate"],
  });
}

/** The same with `Date`. */
export function holdTime(): void {
  jest.useFakeTimers({
    doNotFake: ["hrtime", "nextTick", "performance", "queueMicrotask", "setImmediate"],
    now: Date.now(),
  });
}

export function releaseTimers(): void {
  jest.useRealTimers();
}

/** Advances the held timers, and lets their effects reach the sockets. */
export async function passSeconds(seconds: number): Promise<void> {
  await jest.advanceTimersByTimeAsync(seconds * 1000);
  await turns(1);
}

/**
 * Advances the held timers by one second at a time, with sockets in between, until
 * `work` has finished. For work that only a deadline ends.
 */
export async function untilDeadline<T>(work: Promise<T>): Promise<T> {
  let over = false;
  const done = () => {
    over = true;
  };
  work.then(done, done);
  while (!over) {
    await turns(1);
    if (!over) await passSeconds(1);
  }
  return work;
}
