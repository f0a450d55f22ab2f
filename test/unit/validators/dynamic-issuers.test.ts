import { afterEach, describe, expect, it, jest } from "@jest/globals";
import { UnavailableError } from "../../../src/core/errors.js";
import {
  DynamicIssuers,
  type DynamicIssuersOptions,
} from "../../../src/validators/dynamic-issuers.js";
import { outcome } from "../../support/outcome.js";
import { requirement } from "../../support/requirement.js";
import { holdTimers, releaseTimers, untilDeadline } from "../../support/timers.js";

afterEach(releaseTimers);

interface Tenant {
  readonly audience: string;
}

const T = "https://t.example.com";

function createIssuers(options: Partial<DynamicIssuersOptions<Tenant>> = {}) {
  const time = { now: 1000 };
  const resolve = jest.fn(async (issuer: string): Promise<Tenant | undefined> =>
    issuer.startsWith(T) ? { audience: issuer } : undefined,
  );
  const create = jest.fn((issuer: string, tenant: Tenant) => ({
    validate: async () => ({ issuer, audience: [tenant.audience], scopes: [], claims: {} }),
  }));
  const issuers = new DynamicIssuers<Tenant>({
    resolve,
    create,
    clock: () => time.now,
    ...options,
  });
  return { issuers, resolve, create, time };
}

describe("DynamicIssuers", () => {
  it("builds a validator from the options of a tenant, once", async () => {
    const { issuers, resolve, create } = createIssuers();
    const validator = await issuers.lookup(T);
    expect(await validator?.validate("x")).toMatchObject({ issuer: T, audience: [T] });
    expect(await issuers.lookup(T)).toBe(validator);
    expect(resolve).toHaveBeenCalledTimes(1);
    expect(create).toHaveBeenCalledTimes(1);
  });

  it("refuses an unknown issuer and caches the refusal", async () => {
    const { issuers, resolve, time } = createIssuers();
    expect(await issuers.lookup("https://evil.example.com")).toBeUndefined();
    time.now += 29;
    expect(await issuers.lookup("https://evil.example.com")).toBeUndefined();
    expect(resolve).toHaveBeenCalledTimes(1);
    time.now += 1;
    await issuers.lookup("https://evil.example.com");
    expect(resolve).toHaveBeenCalledTimes(2);
  });

  it("takes null for no such tenant", async () => {
    const { issuers } = createIssuers({ resolve: () => null as never });
    expect(await issuers.lookup(T)).toBeUndefined();
  });

  it("notices a tenant that was removed, and one that came back", async () => {
    const known = new Set([T]);
    const tenant = { audience: T };
    const { issuers, time } = createIssuers({
      resolve: (issuer) => (known.has(issuer) ? tenant : undefined),
    });
    expect(await issuers.lookup(T)).toBeDefined();
    known.clear();
    time.now += 299;
    expect(await issuers.lookup(T)).toBeDefined();
    time.now += 1;
    expect(await issuers.lookup(T)).toBeUndefined();
    known.add(T);
    time.now += 30;
    expect(await issuers.lookup(T)).toBeDefined();
  });

  requirement(
    "outage",
    "goes on with the last answer while look-ups fail, for an hour at most",
    async () => {
      let isDown = false;
      const known = new Set([T]);
      const resolve = jest.fn((issuer: string) => {
        if (isDown) throw new Error("db down");
        return known.has(issuer) ? { audience: issuer } : undefined;
      });
      const { issuers, time } = createIssuers({ resolve });
      const first = await issuers.lookup(T);
      isDown = true;
      time.now += 300;
      expect(await issuers.lookup(T)).toBe(first);
      const calls = resolve.mock.calls.length;
      // Not asked for every request.
      for (let n = 0; n < 20; n += 1) expect(await issuers.lookup(T)).toBe(first);
      expect(resolve).toHaveBeenCalledTimes(calls);
      time.now += 3599;
      expect(await issuers.lookup(T)).toBe(first);
      time.now += 5;
      expect(await outcome(issuers.lookup(T))).toBe("UnavailableError issuer_lookup_failed");
      // Back again, it says that the tenant was removed meanwhile.
      isDown = false;
      known.clear();
      expect(await issuers.lookup(T)).toBeUndefined();
    },
  );

  it("keeps a validator, and its keys, while the options say the same", async () => {
    let tenant: { audience: string } = { audience: T };
    const { issuers, time } = createIssuers({ resolve: () => ({ ...tenant }) });
    const first = await issuers.lookup(T);
    time.now += 300;
    expect(await issuers.lookup(T)).toBe(first);

    tenant = { audience: "https://other.example.com" };
    time.now += 300;
    expect(await issuers.lookup(T)).not.toBe(first);
  });

  it("asks once for many concurrent requests", async () => {
    const { issuers, resolve } = createIssuers();
    await Promise.all(Array.from({ length: 1000 }, () => issuers.lookup(T)));
    expect(resolve).toHaveBeenCalledTimes(1);
  });

  it("[outage] is unavailable, and not unknown, when the function throws or hangs", async () => {
    const throwing = createIssuers({
      resolve: () => {
        throw new Error("db down");
      },
    });
    expect(await outcome(throwing.issuers.lookup(T))).toBe("UnavailableError issuer_lookup_failed");
    expect(throwing.issuers.size).toEqual({ tenants: 0, strangers: 0 });

    const away = createIssuers({
      resolve: async () => Promise.reject(new UnavailableError("custom_tenants_away")),
    });
    expect(await outcome(away.issuers.lookup(T))).toBe("UnavailableError custom_tenants_away");

    holdTimers();
    const hanging = createIssuers({ resolve: () => new Promise(() => undefined) });
    const answer = outcome(hanging.issuers.lookup(T));
    expect(await untilDeadline(answer)).toBe("UnavailableError issuer_lookup_timeout");
  });

  it("[outage] is unavailable when a tenant's options make no validator", async () => {
    const { issuers } = createIssuers({
      create: () => {
        throw new Error("bad options");
      },
    });
    expect(await outcome(issuers.lookup(T))).toBe("UnavailableError issuer_options_invalid");
  });

  it("stays bounded, and unknown issuers evict no tenant", async () => {
    const { issuers, create } = createIssuers({ maxEntries: 5 });
    await issuers.lookup(T);
    for (let n = 0; n < 10_050; n++) await issuers.lookup(`https://s${n}.example.com`);
    expect(issuers.size).toEqual({ tenants: 1, strangers: 10_000 });
    await issuers.lookup(T);
    expect(create).toHaveBeenCalledTimes(1);
    for (let n = 0; n < 10; n++) await issuers.lookup(`${T}/${n}`);
    expect(issuers.size.tenants).toBe(5);
  });

  it.each(["", "a b", "é", `https://t.example.com/${"x".repeat(600)}`, "x\ny"])(
    "does not look up an invalid issuer",
    async (issuer) => {
      const { issuers, resolve } = createIssuers();
      expect(await issuers.lookup(issuer)).toBeUndefined();
      expect(resolve).not.toHaveBeenCalled();
    },
  );
});
