/**
 * Seconds since the epoch, fractions allowed. Passed in wherever time matters,
 * so that a test can stand still or jump.
 */
export type Clock = () => number;

/** The machine's own clock. */
export const systemClock: Clock = () => Date.now() / 1000;
