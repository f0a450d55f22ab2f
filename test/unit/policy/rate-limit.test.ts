import { describe, expect, it } from "@jest/globals";
import {
  InsufficientScopeError,
  InvalidDPoPProofError,
  InvalidRequestError,
  InvalidTokenError,
  MalformedMessageError,
  MissingCredentialError,
  UnavailableError,
  UseDPoPNonceError,
} from "../../../src/core/errors.js";
import { AddressLimit, countsAsFailure } from "../../../src/policy/rate-limit.js";
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

async function consume(instance: AddressLimit, address: string, times: number): Promise<number> {
  let refused = 0;
  for (let i = 0; i < times; i++) {
    if ((await instance.consume(address)) !== undefined) refused++;
  }
  return refused;
}

describe("AddressLimit", () => {
  it("refuses what exceeds its points within a window, and says how long it lasts", async () => {
    const { clock, instance } = limit();
    clock.advance(20);
    expect(await consume(instance, "192.0.2.1", 3)).toBe(0);
    expect(await instance.consume("192.0.2.1")).toBe(40);
    clock.advance(40);
    expect(await instance.consume("192.0.2.1")).toBeUndefined();
  });

  it("counts addresses apart", async () => {
    const { instance } = limit();
    expect(await consume(instance, "192.0.2.1", 5)).toBe(2);
    expect(await consume(instance, "192.0.2.2", 3)).toBe(0);
  });

  it("counts the addresses of one IPv6 /64 together", async () => {
    const { instance } = limit();
    expect(await consume(instance, "2001:db8::1", 3)).toBe(0);
    expect(await consume(instance, "2001:db8::2", 1)).toBe(1);
    expect(await consume(instance, "2001:db8:0:1::2", 1)).toBe(0);
  });

  it("tells without counting", async () => {
    const { instance } = limit();
    await consume(instance, "192.0.2.1", 3);
    for (let i = 0; i < 9; i++) expect(await instance.check("192.0.2.1")).toBeUndefined();
    await consume(instance, "192.0.2.1", 1);
    expect(await instance.check("192.0.2.1")).toEqual(expect.any(Number));
    expect(await instance.check("192.0.2.2")).toBeUndefined();
  });

  it("lets addresses beyond its room share buckets, so that a flood costs no memory", async () => {
    const { instance } = limit({ maxAddresses: 2 });
    expect(await consume(instance, "192.0.2.1", 1)).toBe(0);
    expect(await consume(instance, "192.0.2.2", 1)).toBe(0);
    let refused = 0;
    // 256 buckets with 3 points each.
    for (let i = 0; i < 1_000; i++) {
      refused += await consume(instance, `198.51.${i >> 8}.${i & 255}`, 1);
    }
    expect(refused).toBeGreaterThanOrEqual(1_000 - 256 * 3);
    expect(await consume(instance, "192.0.2.1", 2)).toBe(0);
  });

  it("has its room again in the next window", async () => {
    const { clock, instance } = limit({ maxAddresses: 1_000 });
    const once = async (network: number) => {
      let refused = 0;
      for (let i = 0; i < 1_000; i++) {
        refused += await consume(instance, `198.${network}.${i >> 8}.${i & 255}`, 1);
      }
      return refused;
    };
    expect(await once(51)).toBe(0);
    clock.advance(60);
    expect(await once(52)).toBe(0);
    // A window that has no room left: four or so to a bucket of three points.
    expect(await once(53)).toBeGreaterThan(0);
  });

  it("counts for all processes with one store together", async () => {
    const clock = fixedClock();
    const store = new MemoryStore({ clock });
    const one = limit({ clock, store }).instance;
    const two = limit({ clock, store }).instance;
    expect(await consume(one, "192.0.2.1", 2)).toBe(0);
    expect(await consume(two, "192.0.2.1", 1)).toBe(0);
    expect(await consume(two, "192.0.2.1", 1)).toBe(1);
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
    expect(await consume(instance, "192.0.2.1", 100)).toBe(97);
    expect(calls).toBe(3);
  });
});

describe("a failure that counts", () => {
  it.each([
    new InvalidTokenError("signature_invalid"),
    new InvalidRequestError("credential_malformed"),
    new InvalidDPoPProofError("dpop_signature_invalid"),
  ])("is $reason", (error) => {
    expect(countsAsFailure(error)).toBe(true);
  });

  it.each([
    new MissingCredentialError("credential_missing"),
    new InvalidTokenError("expired"),
    new UseDPoPNonceError("dpop_nonce_missing"),
    new UnavailableError("jwks_unreachable"),
    new InsufficientScopeError("scope_insufficient", []),
    new MalformedMessageError("body_not_json"),
  ])("is not $reason", (error) => {
    expect(countsAsFailure(error)).toBe(false);
  });
});
