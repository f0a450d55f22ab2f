import { beforeEach, describe, expect, it } from "@jest/globals";
import {
  KEY_LEAD_SECONDS,
  KeyRing,
  type KeyRingParts,
} from "../../../../src/authorization-server/keys/key-ring.js";
import { MemoryStorageEngine } from "../../../../src/authorization-server/storage/memory-storage.js";
import { SealedStorage } from "../../../../src/authorization-server/storage/sealed-storage.js";

const DAY = 86_400;
const USED_FOR = 900;
/** Two rounds of reading and the clock skew that resource servers tolerate. */
const MARGIN = 240;
const START = 1_800_000_000;

describe("generated keys", () => {
  let now: number;
  let made: number;
  let records: SealedStorage;
  let engine: MemoryStorageEngine;
  const clock = () => now;
  const open = (changes: Partial<KeyRingParts<string>> = {}) =>
    KeyRing.open<string>({
      kind: "Test",
      records,
      clock,
      generate: () => Promise.resolve(`key ${++made}`),
      rotationSeconds: 90 * DAY,
      usedForSeconds: USED_FOR,
      ...changes,
    });

  beforeEach(async () => {
    now = START;
    made = 0;
    engine = new MemoryStorageEngine({ clock });
    const keys = [{ id: "1", secret: new Uint8Array(32) }];
    records = await SealedStorage.open({ engine, keys }, clock);
  });

  it("are generated once, and sign at once", async () => {
    expect((await open()).keys()).toEqual(["key 1"]);
    now += 30 * DAY;
    expect((await open()).keys()).toEqual(["key 1"]);
    expect(made).toBe(1);
  });

  it("are the same for processes that start concurrently", async () => {
    const rings = await Promise.all([open(), open(), open()]);
    expect(made).toBe(3);
    const [first] = rings.map((ring) => ring.keys());
    expect(first).toHaveLength(1);
    for (const ring of rings) expect(ring.keys()).toEqual(first);
  });

  it("of the faster process count, when two generate the first one", async () => {
    let finish = (): void => undefined;
    const generate = (): Promise<string> =>
      new Promise((resolve) => (finish = () => resolve("late")));
    const late = open({ generate });
    const first = await open();
    finish();
    expect(first.keys()).toEqual(["key 1"]);
    expect((await late).keys()).toEqual(["key 1"]);
    await first.refresh();
    expect(first.keys()).toEqual(["key 1"]);
  });

  it("are published for an hour before they sign", async () => {
    const ring = await open();
    expect(await ring.rotate()).toBe(START + KEY_LEAD_SECONDS);
    expect(ring.keys()).toEqual(["key 1", "key 2"]);
    now += KEY_LEAD_SECONDS - 1;
    expect(ring.keys()).toEqual(["key 1", "key 2"]);
    now += 1;
    expect(ring.keys()).toEqual(["key 2", "key 1"]);
  });

  it("verify until the last thing they signed has expired, and are then removed", async () => {
    const ring = await open();
    await ring.rotate();
    now += KEY_LEAD_SECONDS + USED_FOR + MARGIN;
    await ring.refresh();
    expect(ring.keys()).toEqual(["key 2", "key 1"]);
    now += 1;
    expect(ring.keys()).toEqual(["key 2"]);
    await ring.refresh();
    expect(await engine.count()).toMatchObject({ Test: 1 });
    expect((await open()).keys()).toEqual(["key 2"]);
  });

  it("verify for the longer time, if the lifetime was changed after they signed", async () => {
    await open({ usedForSeconds: 10 * DAY });
    const ring = await open();
    await ring.rotate();
    now += KEY_LEAD_SECONDS + 10 * DAY;
    await ring.refresh();
    expect(ring.keys()).toEqual(["key 2", "key 1"]);
  });

  it("are replaced when they reach their age", async () => {
    const ring = await open();
    now += 90 * DAY - 1;
    await ring.refresh();
    expect(ring.keys()).toEqual(["key 1"]);
    now += 1;
    await ring.refresh();
    expect(ring.keys()).toEqual(["key 1", "key 2"]);
    now += 90 * DAY;
    await ring.refresh();
    expect(ring.keys()).toEqual(["key 2"]);
    now += KEY_LEAD_SECONDS;
    await ring.refresh();
    expect(ring.keys()).toEqual(["key 2", "key 3"]);
  });

  it("are replaced by call only, without an age", async () => {
    const ring = await open({ rotationSeconds: undefined });
    now += 3_650 * DAY;
    await ring.refresh();
    expect(ring.keys()).toEqual(["key 1"]);
    await ring.rotate();
    expect(ring.keys()).toHaveLength(2);
  });

  it("are replaced once, when several processes or calls rotate concurrently", async () => {
    const [one, two] = [await open(), await open()];
    const times = await Promise.all([one.rotate(), two.rotate(), one.rotate()]);
    expect(new Set(times).size).toBe(1);
    now += KEY_LEAD_SECONDS;
    await Promise.all([one.refresh(), two.refresh()]);
    expect(one.keys()).toHaveLength(2);
    expect(two.keys()).toEqual(one.keys());
    expect(await one.rotate()).toBe(now + KEY_LEAD_SECONDS);
  });

  it("of another process are known after one refresh", async () => {
    const [one, two] = [await open(), await open()];
    await one.rotate();
    expect(two.keys()).toEqual(["key 1"]);
    await two.refresh();
    expect(two.keys()).toEqual(one.keys());
  });

  it("sign although the clock was set back", async () => {
    await open();
    now -= DAY;
    expect((await open()).keys()).toEqual(["key 1"]);
  });
});
