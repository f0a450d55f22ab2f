/*
 * Measurements in one process. Times are CPU times of the process, in microseconds: they do not
 * depend on other load on the machine.
 */

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** CPU microseconds that one of `count` calls took. */
async function timeOf(run, count) {
  const before = process.cpuUsage();
  await run(count);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

/**
 * Runs every subject in every round, in turns that start elsewhere each time, so that neither a
 * noisy moment nor the order favours one of them.
 *
 * @param subjects `{ name: async (count) => { …count calls… } }`
 * @returns by name: `us`, the median per call, and `all` rounds
 */
export async function interleave(subjects, { rounds = 11, roundMs = 120 } = {}) {
  const names = Object.keys(subjects);
  const counts = {};
  const all = {};
  for (const name of names) {
    await subjects[name](200);
    const us = Math.max(0.05, await timeOf(subjects[name], 500));
    counts[name] = Math.max(20, Math.ceil((roundMs * 1000) / us));
    // Once for the compiler, not counted.
    await subjects[name](counts[name]);
    all[name] = [];
  }
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length];
      all[name].push(await timeOf(subjects[name], counts[name]));
    }
  }
  return Object.fromEntries(names.map((name) => [name, { us: median(all[name]), all: all[name] }]));
}

/** Median over the rounds of `a` divided by `b`: both of one round, seconds apart. */
export function ratio(a, b) {
  return median(a.map((value, round) => value / b[round]));
}

/** `count` calls of something synchronous, taking `inputs` in turn. */
export function loop(inputs, call) {
  let next = 0;
  return (count) => {
    for (let i = 0; i < count; i++) call(inputs[next++ % inputs.length]);
  };
}

/** The same for something that returns a promise; one call after the other. */
export function asyncLoop(inputs, call) {
  let next = 0;
  return async (count) => {
    for (let i = 0; i < count; i++) await call(inputs[next++ % inputs.length]);
  };
}

const round = (value, digits) => value.toFixed(digits);

export const us = (value) => `${round(value, value < 10 ? 2 : value < 100 ? 1 : 0)} µs`;
export const times = (value) => round(value, 2);
