import { drive } from "./load.mjs";
import { median, ratio } from "./measure.mjs";
import { startServer } from "./processes.mjs";

/**
 * Loads several servers in turn, round after round.
 *
 * @param subjects by name: `kind` and `options` of the server, `expected` status, and `requests`,
 *   which gets the server and gives a function for the next request's bytes
 * @param fresh start new processes for every round; otherwise one each for all rounds
 * @returns by name: `perSecond` and `cpuUs` per request, of every round, and `median` of both
 */
export async function loadServers(
  subjects,
  { rounds = 5, ms = 1000, warmMs = 700, connections = 16, fresh = false },
) {
  const names = Object.keys(subjects);
  const results = Object.fromEntries(names.map((name) => [name, { perSecond: [], cpuUs: [] }]));
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
        if (!subject.warm) await drive(server.port, next, { ms: warmMs, connections, expected });
        subject.warm = true;
        const before = await server.cpu();
        const { requests, seconds } = await drive(server.port, next, { ms, connections, expected });
        const cpu = (await server.cpu()) - before;
        results[name].perSecond.push(requests / seconds);
        results[name].cpuUs.push(cpu / requests);
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
    result.median = { perSecond: median(result.perSecond), cpuUs: median(result.cpuUs) };
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
