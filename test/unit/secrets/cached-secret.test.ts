import { inspect } from "node:util";
import { describe, expect, it } from "@jest/globals";
import { CachedSecret, type CachedSecretOptions } from "../../../src/secrets/cached-secret.js";

/** A secret store and a clock, both in the test's hand. */
function setUp(options: Partial<CachedSecretOptions> = {}) {
  const store = { value: "first", reads: 0, down: undefined as Error | undefined };
  let now = 1_000;
  const secret = new CachedSecret({
    read: () => {
      store.reads += 1;
      return store.down === undefined ? Promise.resolve(store.value) : Promise.reject(store.down);
    },
    clock: () => now,
    random: () => 0,
    ...options,
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return {
    store,
    secret,
    pass: async (seconds: number) => {
      now += seconds;
      // The renewal in the background starts with a question, and ends with the next turn.
      await secret.current().catch(() => undefined);
      await settle();
    },
  };
}

describe("a secret that may rotate", () => {
  it("is read once for a thousand callers", async () => {
    const { secret, store } = setUp();
    await Promise.all(Array.from({ length: 1_000 }, () => secret.current()));
    expect(store.reads).toBe(1);
  });

  it("is not read again before its time", async () => {
    const { secret, store, pass } = setUp({ ttlSeconds: 300 });
    await secret.current();
    await pass(200);
    expect(store.reads).toBe(1);
  });

  it("is replaced without a restart", async () => {
    const { secret, store, pass } = setUp({ ttlSeconds: 300 });
    expect(await secret.current()).toBe("first");
    store.value = "second";
    await pass(300);
    expect(await secret.current()).toBe("second");
  });

  it("outlives an outage of its store for a bounded time", async () => {
    const { secret, store, pass } = setUp({ ttlSeconds: 300, maxStaleSeconds: 3600 });
    await secret.current();
    store.down = new Error("gone");
    await pass(3_900);
    expect(await secret.current()).toBe("first");
    await pass(1);
    await expect(secret.current()).rejects.toMatchObject({
      name: "UnavailableError",
      reason: "secret_unavailable",
    });
    store.down = undefined;
    await pass(60);
    expect(await secret.current()).toBe("first");
  });

  it.each<[string, unknown, string]>([
    ["nothing", undefined, "secret_empty"],
    ["an empty text", "", "secret_empty"],
    ["a number", 7, "secret_empty"],
  ])("is not taken to be %s", async (_name, value, reason) => {
    const { secret } = setUp({ read: () => Promise.resolve(value as string) });
    await expect(secret.current()).rejects.toMatchObject({ name: "UnavailableError", reason });
  });

  it("shows in no error and no print", async () => {
    const { secret, store } = setUp();
    await secret.current();
    expect(inspect(secret, { depth: 9, showHidden: true })).not.toContain("first");
    expect(JSON.stringify(secret)).not.toContain("first");

    const failing = setUp();
    failing.store.down = new Error("cannot parse hunter2");
    const error: unknown = await failing.secret.current().catch((thrown: unknown) => thrown);
    expect(inspect(error, { depth: 9 })).not.toContain("hunter2");
    expect(store.reads).toBe(1);
  });
});
