import type { Clock } from "../core/clock.js";

/** A {@link Clock} that stands still until it is told to move. */
export interface FixedClock extends Clock {
  /** Moves by `seconds`, backwards with a negative number. */
  advance(seconds: number): void;
}

/**
 * A clock for tests.
 *
 * @param start seconds since the epoch; default 2027-01-15T08:00:00Z
 */
export function fixedClock(start = 1_800_000_000): FixedClock {
  let now = start;
  return Object.assign(() => now, {
    advance(seconds: number) {
      now += seconds;
    },
  });
}
