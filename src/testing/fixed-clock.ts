import type { Clock } from "../core/clock.js";

/** A {@link Clock} that stands still until it is told to move. */
export interface FixedClock extends Clock {
  /** Moves by `seconds`, backwards with a negative number. */
  advance(seconds: number): void;
}

/**
 * A clock for tests.
 *
 * @example
 * ```ts
 * import { createTestIssuer, fixedClock } from "mcp-framework-oauth/testing";
 *
 * const clock = fixedClock();
 * const token = await createTestIssuer({ clock }).sign();
 * clock.advance(301);
 * ```
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
