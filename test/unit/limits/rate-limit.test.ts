import { describe, expect, it } from "@jest/globals";
import { AddressLimit } from "../../../src/limits/rate-limit.js";
import { MemoryStore } from "../../../src/stores/memory-store.js";
import { fixedClock } from "../../../src/testing/fixed-clock.js";

function limit(options: Partial<ConstructorParameters<typeof AddressLimit>[0]> = {}) {
  const clock = fixedClock();
  const instance = new AddressLimit({
    name: "failures",
    points: 3,
    windowSeconds: 60,
    clock,
    ...options,
  });
  return { clock, instance };
}

function consume(instance: AddressLimit, address: string, times: number): number {
  let refused = 0;
  for (let i = 0; i < times; i++) {
    if (instance.consume(address) !== undefined) refused++;
  }
  return refused;
}

describe("AddressLimit", () => {
  it("refuses what exceeds its points within a window, and says how long it lasts", () => {
    const { clock, instance } = limit();
    clock.advance(20);
    expect(consume(instance, "192.0.2.1", 3)).toBe(0);
    expect(instance.consume("192.0.2.1")).toBe(40);
    clock.advance(40);
    expect(instance.consume("192.0.2.1")).toBeUndefined();
  });

  it("counts addresses apart", () => {
    const { instance } = limit();
    expect(consume(instance, "192.0.2.1", 5)).toBe(2);
    expect(consume(instance, "192.0.2.2", 3)).toBe(0);
  });

  it("counts the addresses of one IPv6 /64 together", () => {
    const { instance } = limit();
    expect(consume(instance, "2001:db8::1", 3)).toBe(0);
    expect(consume(instance, "2001:db8::2", 1)).toBe(1);
    expect(consume(instance, "2001:db8:0:1::2", 1)).toBe(0);
  });

  it("tells without counting", () => {
    const { instance } = limit();
    consume(instance, "192.0.2.1", 2);
    for (let i = 0; i < 9; i++) expect(instance.left("192.0.2.1")).toBe(1);
    consume(instance, "192.0.2.1", 2);
    expect(instance.left("192.0.2.1")).toBe(-1);
    expect(instance.left("192.0.2.2")).toBe(3);
    expect(instance.left(undefined)).toBe(3);
  });

  it("lets addresses beyond its room share buckets, so that a flood costs no memory", () => {
    const { instance } = limit({ maxAddresses: 2 });
    expect(consume(instance, "192.0.2.1", 1)).toBe(0);
    expect(consume(instance, "192.0.2.2", 1)).toBe(0);
    let refused = 0;
    // 256 buckets with 3 points each.
    for (let i = 0; i < 1_000; i++) {
      refused += consume(instance, `198.51.${i >> 8}.${i & 255}`, 1);
    }
    expect(refused).toBeGreaterThanOrEqual(1_000 - 256 * 3);
    expect(consume(instance, "192.0.2.1", 2)).toBe(0);
  });

  it("has its room again in the next window", () => {
    const { clock, instance } = limit({ maxAddresses: 1_000 });
    const once = (network: number) => {
      let refused = 0;
      for (let i = 0; i < 1_000; i++) {
        refused += consume(instance, `198.${network}.${i >> 8}.${i & 255}`, 1);
      }
      return refused;
    };
    expect(once(51)).toBe(0);
    clock.advance(60);
    expect(once(52)).toBe(0);
    // A window that has no room left: four or so to a bucket of three points.
    expect(once(53)).toBeGreaterThan(0);
  });

  it("counts for all processes with one store together", async () => {
    const clock = fixedClock();
    const store = new MemoryStore({ clock });
    const one = limit({ clock, store }).instance;
    const two = limit({ clock, store }).instance;
    await one.share("192.0.2.1");
    await one.share("192.0.2.1");
    expect(two.left("192.0.2.1")).toBe(3);
    await two.share("192.0.2.1");
    expect(two.left("192.0.2.1")).toBe(0);
    clock.advance(60);
    expect(two.left("192.0.2.1")).toBe(3);
  });

  it("counts for itself while the store is away, and leaves the store alone in a flood", async () => {
    let calls = 0;
    const store = {
      increment: () => {
        calls++;
        return Promise.reject(new Error("away"));
      },
    } as never;
    const { instance } = limit({ store });
    for (let n = 0; n < 100; n++) await instance.share("192.0.2.1");
    expect(instance.left("192.0.2.1")).toBe(-97);
    expect(calls).toBe(3);
  });
});
