import { drive } from "./load.mjs";
import { median, ratio } from "./measure.mjs";
import { startServer } from "./processes.mjs";

const FIRST_MS = 1000;

/**
 * Loads several servers in turn, round after round.
 *
 * @param subjects by name: `kind` and `options` of the server, `expected` status, and `requests`,
 *   which gets the server and gives a function for the next request's bytes
 * @param fresh start new processes for every round; otherwise one each for all rounds
 * @returns by name: `perSecond` and `cpuUs` per request, of every round, `firstCpuUs` of each
 *   process's first second, and `median` of all three
 */
export async function loadServers(
  subjects,
  { rounds = 5, ms = 1000, warmMs = 700, connections = 16, fresh = false },
) {
  const names = Object.keys(subjects);
  const results = Object.fromEntries(
    names.map((name) => [name, { perSecond: [], cpuUs: [], firstCpuUs: [] }]),
  );
  const running = {};
  const start = async (name) => {
    const { kind, options, requests } = subjects[name];
    const server = await startServer(kind, options);
    return { server, next: await requests(server), warm: false };
  };
  try {
    for (let round = 0; round < rounds; round++) {
      for (let turn = 0; turn < names.length; turn++) {
        const name = names[(round + turn) % names.length];
        const { expected } = subjects[name];
        const subject = (running[name] ??= await start(name));
        const { server, next } = subject;
        const measure = async (ms) => {
          const before = await server.cpu();
          const load = { ms, connections, expected };
          const { requests, seconds } = await drive(server.port, next, load);
          const cpu = (await server.cpu()) - before;
          return { perSecond: requests / seconds, cpuUs: cpu / requests };
        };
        if (!subject.warm) {
          const first = await measure(Math.min(warmMs, FIRST_MS));
          results[name].firstCpuUs.push(first.cpuUs);
          if (warmMs > FIRST_MS) await measure(warmMs - FIRST_MS);
          subject.warm = true;
        }
        const { perSecond, cpuUs } = await measure(ms);
        results[name].perSecond.push(perSecond);
        results[name].cpuUs.push(cpuUs);
        if (fresh) {
          await server.stop();
          delete running[name];
        }
      }
    }
  } finally {
    await Promise.all(Object.values(running).map(({ server }) => server.stop()));
  }
  for (const result of Object.values(results)) {
    result.median = Object.fromEntries(
      Object.entries(result).map(([figure, values]) => [figure, median(values)]),
    );
  }
  return results;
}

/** One request for every call, or `list` in turn. */
export function inTurn(list) {
  let next = 0;
  return () => list[next++ % list.length];
}

/**
 * Requests that `server` answers for each that `base` answers, per second of CPU time: what a busy
 * server of one core can do, even where the client or a noisy machine is what limits requests a second.
 */
export function capacity(server, base) {
  return ratio(base.cpuUs, server.cpuUs);
}
