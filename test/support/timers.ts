import { jest } from "@jest/globals";
import { turns } from "./turns.js";

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

/** Moves the held timers on, and lets what they set off reach the sockets. */
export async function passSeconds(seconds: number): Promise<void> {
  await jest.advanceTimersByTimeAsync(seconds * 1000);
  await turns(1);
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
    await turns(1);
    if (!over) await passSeconds(1);
  }
  return work;
}
