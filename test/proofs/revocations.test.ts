import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { AccessToken } from "../../src/core/access-token.js";
import { UnavailableError } from "../../src/core/errors.js";
import type { Revocation } from "../../src/revocation/revocation.js";
import type { Store } from "../../src/stores/store.js";
import { fixedClock, type FixedClock } from "../../src/testing/fixed-clock.js";
import { Revocations } from "../support/resolved.js";
import { turns } from "../support/turns.js";
import { runs, SEED } from "./seeded.js";

/*
 * Revocations of two processes with one store, beside test/models/revocation.pml. Every call of
 * the store is served and answered when a step says so, so answers arrive late and in any order.
 */

const CACHE_SECONDS = 10;
const LENGTH = 60;
const TOKENS: readonly AccessToken[] = [
  ["alice", "one"],
  ["bob", "three"],
].map(([subject = "", tokenId = ""]) => ({
  ...{ issuer: "https://as.example", subject, tokenId, issuedAt: 1_700_000_000 },
  ...{ audience: [], scopes: [], claims: {} },
}));
const KINDS = [{ jti: "one" }, { subject: "alice" }] as const;

const concerns = (kind: (typeof KINDS)[number], { subject, tokenId }: AccessToken): boolean =>
  "jti" in kind ? kind.jti === tokenId : kind.subject === subject;

/** A call of the store: not served, then served, then answered. */
interface Call {
  readonly serve: () => void;
  readonly answer: () => void;
  isServed: boolean;
}

class SlowStore implements Pick<Store, "get" | "getMany" | "set"> {
  readonly #values = new Map<string, string>();
  readonly calls: Call[] = [];
  isDown = false;

  get = (key: string) => this.#later(() => this.#values.get(key));
  getMany = (keys: readonly string[]) =>
    this.#later(() => keys.map((key) => this.#values.get(key)));
  set = (key: string, value: string) => this.#later(() => void this.#values.set(key, value));

  #later<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      let finish = (): void => reject(new Error("never served"));
      this.calls.push({
        isServed: false,
        serve: () => {
          if (this.isDown) {
            finish = () => reject(new Error("away"));
            return;
          }
          const value = work();
          finish = () => resolve(value);
        },
        answer: () => finish(),
      });
    });
  }
}

/** A revocation, with when it was called at a process, and when the store had it. */
interface Made {
  readonly kind: (typeof KINDS)[number];
  readonly at: number;
  storedAt: number | undefined;
}

interface World {
  readonly clock: FixedClock;
  readonly store: SlowStore;
  readonly processes: readonly Revocations[];
  readonly made: Made[];
}

function start(): World {
  const clock = fixedClock();
  const store = new SlowStore();
  const options = {
    ...{ store: store as unknown as Store, clock },
    ...{ cacheSeconds: CACHE_SECONDS, isShared: true, onStoreFailure: "refuse" as const },
  };
  const processes = [new Revocations(options), new Revocations(options)];
  return { clock, store, processes, made: [] };
}

const ACTIONS = {
  revoke({ clock, processes, made }, [at = 0, which = 0], failed) {
    const kind = KINDS[which]!;
    const one: Made = { kind, at, storedAt: undefined };
    made.push(one);
    const revocation: Revocation = { ...kind, until: clock() + 100_000 };
    void processes[at]!.revoke(revocation).then(
      () => (one.storedAt = clock()),
      (error: unknown) => {
        if (!(error instanceof UnavailableError)) failed(String(error));
      },
    );
  },

  check({ clock, processes, made }, [at = 0, which = 0], failed) {
    const token = TOKENS[which]!;
    const begunAt = clock();
    const known = (one: Made) => concerns(one.kind, token);
    processes[at]!.isRevoked(token).then(
      (isRevoked) => {
        const relevant = made.filter(known);
        if (isRevoked && relevant.length === 0) failed("a token is refused that was not revoked");
        if (isRevoked) return;
        if (relevant.some((one) => one.at === at)) failed("the process forgot its own revocation");
        const isDue = ({ storedAt }: Made) =>
          storedAt !== undefined && begunAt >= storedAt + CACHE_SECONDS;
        if (relevant.some(isDue)) failed("another process's revocation is not seen in time");
      },
      (error) => {
        if (!(error instanceof UnavailableError)) failed(String(error));
      },
    );
  },

  serve({ store }, [n = 0]) {
    const waiting = store.calls.filter(({ isServed }) => !isServed);
    const call = waiting[n % Math.max(1, waiting.length)];
    if (call === undefined) return;
    call.isServed = true;
    call.serve();
  },

  answer({ store }, [n = 0]) {
    const served = store.calls.filter(({ isServed }) => isServed);
    const call = served[n % Math.max(1, served.length)];
    if (call === undefined) return;
    store.calls.splice(store.calls.indexOf(call), 1);
    call.answer();
  },

  /** Everything arrives that has not been served yet; answers on their way stay on it. */
  async hurry({ store }) {
    const late = new Set(store.calls.filter(({ isServed }) => isServed));
    for (;;) {
      const call = store.calls.find((one) => !late.has(one));
      if (call === undefined) return;
      store.calls.splice(store.calls.indexOf(call), 1);
      call.serve();
      call.answer();
      await turns(1);
    }
  },

  pass({ clock }, [seconds = 0]) {
    clock.advance(seconds);
  },

  break({ store }) {
    store.isDown = !store.isDown;
  },
} satisfies Record<
  string,
  (world: World, values: readonly number[], failed: (what: string) => void) => void | Promise<void>
>;

const step = (name: keyof typeof ACTIONS, ...tops: number[]) =>
  fc.tuple(...tops.map((top) => fc.nat({ max: top }))).map((values) => ({ name, values }));

const STEPS_OF_A_RUN = fc.array(
  fc.oneof(
    { weight: 2, arbitrary: step("revoke", 1, KINDS.length - 1) },
    { weight: 5, arbitrary: step("check", 1, TOKENS.length - 1) },
    { weight: 6, arbitrary: step("serve", 3) },
    { weight: 6, arbitrary: step("answer", 3) },
    { weight: 4, arbitrary: step("hurry") },
    { weight: 5, arbitrary: step("pass", 12) },
    { weight: 1, arbitrary: step("break") },
  ),
  { minLength: LENGTH, maxLength: LENGTH },
);

describe("the revocations of two processes", () => {
  it(`hold immediately here and in time elsewhere, in any order of the answers (seed ${SEED})`, async () => {
    await fc.assert(
      fc.asyncProperty(STEPS_OF_A_RUN, async (steps) => {
        const world = start();
        const failures: string[] = [];
        for (const { name, values } of steps) {
          await ACTIONS[name](world, values, (what) => failures.push(what));
          await turns(1);
          if (failures.length > 0) break;
        }
        expect(failures).toEqual([]);
      }),
      runs(LENGTH),
    );
  });
});
