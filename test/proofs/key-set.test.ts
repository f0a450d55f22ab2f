import { generateKeyPairSync } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import fc from "fast-check";
import { InvalidTokenError, UnavailableError } from "../../src/core/errors.js";
import type { RemoteJwks as RemoteKeys } from "../../src/keys/remote-jwks.js";
import { OutboundError } from "../../src/net/outbound-fetch.js";
import { RemoteJwks } from "../support/resolved.js";
import { runs, SEED } from "./seeded.js";

/*
 * The key set of an issuer beside test/models/key-set.pml: requests with known, new and forged key
 * ids while the issuer rotates, empties its set, is away, and answers when a step says so.
 */

beforeEach(() => void jest.useFakeTimers({ now: 1_800_000_000_000 }));
afterEach(() => void jest.useRealTimers());

const LENGTH = 60;
const COOLDOWN_SECONDS = 5;
const DEADLINE_SECONDS = 15;
/** Requests of one address that may wait for the next fetch, while none is running. */
const MAX_WAITING_OF_BLOCK = 8;
const POOL = ["a", "b", "c"].map((kid) => ({
  ...generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" }),
  kid,
}));

interface Fetch {
  readonly kids: readonly string[] | undefined;
  readonly startedAt: number;
  readonly answer: () => void;
}

class World {
  readonly source: RemoteKeys;
  published: readonly string[] = ["a"];
  isAway = false;
  waiting = 0;
  readonly running: Fetch[] = [];
  readonly failures: string[] = [];
  /** The newest set that counts, and when its fetch began. */
  newest: { readonly kids: readonly string[]; readonly startedAt: number } | undefined;
  #lastStart = -Infinity;
  #emptySince: number | undefined;

  constructor() {
    this.source = new RemoteJwks({
      jwksUri: "https://idp.example/jwks",
      fetch: () => this.#fetch(),
      random: () => 0.5,
    });
  }

  get now(): number {
    return Date.now() / 1000;
  }

  fail(what: string): void {
    this.failures.push(what);
  }

  #fetch(): Promise<Response> {
    const { now } = this;
    if (now - this.#lastStart < COOLDOWN_SECONDS) this.fail("two fetches without a pause");
    this.#lastStart = now;
    return new Promise((resolve, reject) => {
      const kids = this.isAway ? undefined : this.published;
      const keys = POOL.filter(({ kid }) => kids?.includes(kid));
      this.running.push({
        ...{ kids, startedAt: now },
        answer: () => {
          if (kids === undefined) return reject(new OutboundError("network", "away"));
          // Later, the fetch has already failed.
          if (this.now - now < DEADLINE_SECONDS) this.#note(kids, now);
          resolve(new Response(JSON.stringify({ keys })));
        },
      });
    });
  }

  /** An empty set counts when it is seen again, five seconds later. */
  #note(kids: readonly string[], startedAt: number): void {
    if (kids.length > 0) {
      this.#emptySince = undefined;
      this.newest = { kids, startedAt };
      return;
    }
    this.#emptySince ??= this.now;
    if (this.now - this.#emptySince >= 5) this.newest = { kids, startedAt };
  }

  request(kid: string): void {
    const cameAt = this.now;
    const isKnown = this.newest?.kids.includes(kid) ?? false;
    this.waiting += 1;
    let isDone = false;
    const end = (check: () => void): void => {
      isDone = true;
      this.waiting -= 1;
      check();
    };
    this.source.getKeys({ alg: "ES256", kid }, [], "192.0.2.1").then(
      () =>
        end(() => {
          if (!(this.newest?.kids.includes(kid) ?? false)) this.fail(`accepted ${kid}`);
        }),
      (error: unknown) =>
        end(() => {
          if (error instanceof UnavailableError) return;
          if (!(error instanceof InvalidTokenError)) return this.fail(String(error));
          const { newest } = this;
          if (newest === undefined || newest.startedAt < cameAt)
            this.fail(`refused ${kid} blindly`);
          if (newest?.kids.includes(kid)) this.fail(`refused ${kid}, which is published`);
        }),
    );
    this.#expectSoon(isKnown, kid, () => isDone);
  }

  readonly #soon: (() => void)[] = [];

  #expectSoon(isKnown: boolean, kid: string, isDone: () => boolean): void {
    if (isKnown) this.#soon.push(() => !isDone() && this.fail(`kept ${kid} waiting`));
  }

  async settle(): Promise<void> {
    await jest.advanceTimersByTimeAsync(0);
    for (const check of this.#soon.splice(0)) check();
    const areMany = this.waiting > MAX_WAITING_OF_BLOCK;
    if (areMany && this.running.length === 0) this.fail("too many requests wait");
  }
}

const ACTIONS = {
  request: (world, n) => world.request(["a", "b", "c", "forged"][n % 4]!),
  answer: (world) => world.running.shift()?.answer(),
  publish: (world, n) => void (world.published = [["a"], ["a", "b"], ["b"], ["c"], []][n % 5]!),
  away: (world) => void (world.isAway = !world.isAway),
  pass: async (_, n) => void (await jest.advanceTimersByTimeAsync(n * 1000)),
} satisfies Record<string, (world: World, n: number) => void | Promise<void>>;

const step = (name: keyof typeof ACTIONS, max: number) => fc.nat({ max }).map((n) => ({ name, n }));

const STEPS_OF_A_RUN = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: step("request", 3) },
    { weight: 6, arbitrary: step("answer", 0) },
    { weight: 3, arbitrary: step("publish", 4) },
    { weight: 1, arbitrary: step("away", 0) },
    { weight: 6, arbitrary: step("pass", 6) },
  ),
  { minLength: LENGTH, maxLength: LENGTH },
);

describe("the key set of an issuer", () => {
  it(`behaves like its model, in any order of steps (seed ${SEED})`, async () => {
    await fc.assert(
      fc.asyncProperty(STEPS_OF_A_RUN, async (steps) => {
        const world = new World();
        for (const { name, n } of steps) {
          await ACTIONS[name](world, n);
          await world.settle();
          if (world.failures.length > 0) break;
        }
        expect(world.failures).toEqual([]);
      }),
      runs(LENGTH),
    );
  });
});
