import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { RateLimitedError } from "../../src/core/errors.js";
import type { NewSession, SessionOpening } from "../../src/sessions/session.js";
import { fixedClock, type FixedClock } from "../../src/testing/fixed-clock.js";
import { SessionRegistry } from "../support/resolved.js";
import { runs, SEED } from "./seeded.js";

/*
 * The registry of sessions beside a model of it: test/models/session-claim.pml with more
 * sessions, and with the limits.
 */

const LIMITS = { max: 8, maxPerUser: 3, idleSeconds: 30 };
const USERS = ["alice", "bob", "carol"];
const ADDRESSES = ["192.0.2.1", "192.0.2.2", "192.0.2.3"];
const LENGTH = 100;

/** One open session, as the model knows it. */
interface Known {
  owner: string | undefined;
  readonly address: string | undefined;
  uses: number;
  idleSince: number;
}

interface Model {
  readonly open: Map<string, Known>;
}

interface Real {
  readonly registry: SessionRegistry;
  readonly clock: FixedClock;
  readonly openings: Map<string, SessionOpening>;
  readonly releases: Map<string, (() => void)[]>;
  readonly ended: Set<string>;
  next: number;
}

function start(): { model: Model; real: Real } {
  const clock = fixedClock();
  const ended = new Set<string>();
  const registry = new SessionRegistry({ ...LIMITS, clock }, ({ id }) => ended.add(id));
  const real = { registry, clock, openings: new Map(), releases: new Map(), ended, next: 0 };
  return { model: { open: new Map() }, real };
}

function newSession(real: Real, principal: string | undefined, isClaimable: boolean): NewSession {
  const id = `session-${++real.next}`;
  return {
    id,
    principal,
    ...(isClaimable && { claimed: () => undefined }),
    transport: { send: () => Promise.resolve(), close: () => Promise.resolve() },
  };
}

/** What ended since the last step must have been idle. */
function noteEnded(model: Model, real: Real): void {
  for (const id of real.ended) {
    const known = model.open.get(id);
    if (known === undefined) continue;
    if (known.uses > 0) throw new Error(`${id} was evicted while a request used it.`);
    model.open.delete(id);
  }
  real.ended.clear();
}

function agree({ open }: Model, { registry }: Real): void {
  const all = [...open.values()];
  const count = (isCounted: (known: Known) => boolean) => all.filter(isCounted).length;
  const owners = [...registry.all()].map(({ id, principal }) => `${id} ${principal}`).join();
  const held = {
    owners,
    isWithinMax: all.length <= LIMITS.max,
    isWithinShare: count(({ owner }) => owner === undefined) <= LIMITS.max / 2,
    isWithinUser: USERS.every((user) => count(({ owner }) => owner === user) <= LIMITS.maxPerUser),
  };
  const right = {
    owners: [...open].map(([id, { owner }]) => `${id} ${owner}`).join(),
    ...{ isWithinMax: true, isWithinShare: true, isWithinUser: true },
  };
  // `expect` is slow, and this runs after every step.
  if (JSON.stringify(held) !== JSON.stringify(right)) expect(held).toEqual(right);
}

class Step implements fc.Command<Model, Real> {
  constructor(
    readonly name: string,
    readonly values: readonly number[],
    readonly take: (model: Model, real: Real, values: readonly number[]) => void,
  ) {}
  check = () => true;
  run(model: Model, real: Real): void {
    this.take(model, real, this.values);
    noteEnded(model, real);
    agree(model, real);
  }
  toString = () => `${this.name}(${this.values.join(", ")})`;
}

const idOf = ({ open }: Model, n: number): string | undefined =>
  [...open.keys()][n % Math.max(1, open.size)];

function opens(model: Model, real: Real, [who = 0, isClaimable = 0]: readonly number[]): void {
  const owner = USERS[who];
  const address = owner === undefined ? ADDRESSES[who % ADDRESSES.length] : undefined;
  let opening: SessionOpening;
  try {
    opening = real.registry.open(
      owner === undefined ? { strangerFrom: address } : { principal: owner },
    );
  } catch (error) {
    expect(error).toBeInstanceOf(RateLimitedError);
    // Refused only where no session may be evicted for this client: its own first.
    const own = [...model.open.values()].filter((known) =>
      owner === undefined ? known.address === address && !known.owner : known.owner === owner,
    );
    expect(own.filter(({ uses }) => uses === 0)).toEqual([]);
    return;
  }
  const session = newSession(real, owner, owner === undefined && isClaimable === 1);
  real.registry.add(session, opening);
  noteEnded(model, real);
  model.open.set(session.id, { owner, address, uses: 1, idleSince: real.clock() });
  real.releases.set(session.id, [() => opening.release()]);
}

function uses(model: Model, real: Real, [n = 0]: readonly number[]): void {
  const id = idOf(model, n);
  if (id === undefined) return;
  real.releases.get(id)?.push(real.registry.use(id));
  model.open.get(id)!.uses += 1;
}

function releases(model: Model, real: Real, [n = 0]: readonly number[]): void {
  const id = idOf(model, n);
  const release = id === undefined ? undefined : real.releases.get(id)?.pop();
  if (id === undefined || release === undefined) return;
  const known = model.open.get(id)!;
  known.uses -= 1;
  known.idleSince = real.clock();
  release();
  // Twice is the same as once.
  release();
}

/** A request of `who` that names a session: found, allowed, claimed. */
function claims(model: Model, real: Real, [n = 0, who = 0]: readonly number[]): void {
  const id = idOf(model, n);
  if (id === undefined) return;
  const principal = USERS[who];
  const known = model.open.get(id)!;
  const session = real.registry.find(id, principal);
  const canClaim = known.owner === undefined && real.registry.get(id)?.claimed !== undefined;
  expect(session !== undefined).toBe(known.owner === principal || canClaim);
  if (session === undefined) return;
  try {
    expect(real.registry.claim(session, principal, undefined)).toBe(true);
  } catch (error) {
    // The user holds as many sessions as allowed, and uses them all.
    expect(error).toBeInstanceOf(RateLimitedError);
    const own = [...model.open.values()].filter(({ owner }) => owner === principal);
    expect(own.map((one) => one.uses > 0)).toEqual(Array(LIMITS.maxPerUser).fill(true));
    return;
  }
  if (known.owner === principal) return;
  known.owner = principal;
  known.idleSince = real.clock();
}

function passes(_: Model, real: Real, [seconds = 0]: readonly number[]): void {
  real.clock.advance(seconds);
  real.registry.sweep();
}

function deletes(model: Model, real: Real, [n = 0]: readonly number[]): void {
  const id = idOf(model, n);
  if (id === undefined) return;
  real.registry.delete(id);
  model.open.delete(id);
}

const numbers = (...tops: number[]) => fc.tuple(...tops.map((top) => fc.nat({ max: top })));
const step = (name: string, values: fc.Arbitrary<number[]>, take: Step["take"]) =>
  values.map((chosen) => new Step(name, chosen, take));

const COMMANDS = [
  step("open", numbers(5, 1), opens),
  step("open", numbers(5, 1), opens),
  step("use", numbers(9), uses),
  step("release", numbers(9), releases),
  step("release", numbers(9), releases),
  step("claim", numbers(9, 3), claims),
  step("pass", numbers(20), passes),
  step("delete", numbers(9), deletes),
];

describe("the registry of sessions", () => {
  it(`behaves like its model, in any order of steps (seed ${SEED})`, () => {
    fc.assert(
      fc.property(fc.commands(COMMANDS, { maxCommands: LENGTH, size: "max" }), (commands) => {
        const setup = start();
        try {
          fc.modelRun(() => setup, commands);
        } finally {
          setup.real.registry.closeAll();
        }
      }),
      runs(LENGTH),
    );
  });
});
