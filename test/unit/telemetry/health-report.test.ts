import { describe, expect, it } from "@jest/globals";
import { InvalidTokenError, UnavailableError } from "../../../src/core/errors.js";
import { Health } from "../../../src/gate/answers/health.js";
import { MemoryStore } from "../../../src/stores/memory-store.js";
import type { Store } from "../../../src/stores/store.js";
import {
  Dependencies,
  storeProbe,
  watchIntrospection,
  type KeySetDependency,
} from "../../../src/telemetry/dependencies.js";
import { reportHealth } from "../../../src/telemetry/health-report.js";
import { fixedClock } from "../../../src/testing/fixed-clock.js";

const ISSUER = "https://auth.example.com";

function keySet(ageSeconds?: number, lastError?: string): KeySetDependency {
  const status = { ageSeconds, lastError, lastFetchAt: undefined, keyCount: 1, fetches: 1 };
  return { issuer: ISSUER, status: () => status, load: () => Promise.resolve() };
}

async function statusOf(setUp: (dependencies: Dependencies) => void, store?: boolean) {
  const dependencies = new Dependencies();
  setUp(dependencies);
  const probe = store === undefined ? undefined : () => Promise.resolve(store);
  const { status } = await reportHealth(dependencies, probe, 0);
  return status;
}

describe("a provider is", () => {
  it.each<[string, string, (dependencies: Dependencies) => void]>([
    ["ok", "with keys", ({ keySets }) => keySets.push(keySet(1))],
    ["degraded", "with old keys", ({ keySets }) => keySets.push(keySet(1, "jwks_unreachable"))],
    ["unavailable", "without keys", ({ keySets }) => keySets.push(keySet())],
    [
      "degraded",
      "while one issuer of two can be judged",
      ({ keySets }) => keySets.push(keySet(1), keySet()),
    ],
    [
      "degraded",
      "without keys, while local credentials are judged",
      (dependencies) => {
        dependencies.keySets.push(keySet());
        dependencies.hasLocalValidator = true;
      },
    ],
    ["ok", "when it has no dependencies", () => undefined],
  ])("%s %s", async (status, _when, setUp) => {
    expect(await statusOf(setUp)).toBe(status);
  });

  it("degraded, and ready, while its store is away", async () => {
    const withKeys = ({ keySets }: Dependencies) => void keySets.push(keySet(1));
    expect(await statusOf(withKeys, false)).toBe("degraded");
    expect(await statusOf(withKeys, true)).toBe("ok");
  });

  it("unavailable while the only introspection endpoint fails, and ok after it answered", async () => {
    let fails: Error | undefined = new UnavailableError("custom_introspection_unreachable");
    const watched = watchIntrospection(
      ISSUER,
      () => (fails === undefined ? Promise.resolve({}) : Promise.reject(fails)),
      () => undefined,
    );
    const withIntrospection = ({ introspections }: Dependencies) =>
      void introspections.push(watched);
    expect(await statusOf(withIntrospection)).toBe("ok");
    await expect(watched.introspect("token")).rejects.toThrow();
    expect(await statusOf(withIntrospection)).toBe("unavailable");
    // A verdict is an answer.
    fails = new InvalidTokenError("custom_inactive");
    await expect(watched.introspect("token")).rejects.toThrow();
    expect(await statusOf(withIntrospection)).toBe("ok");
  });
});

describe("a report", () => {
  it("is made once for everybody who asks meanwhile, and anew afterwards", async () => {
    let reports = 0;
    const health = new Health({
      path: "/health/oauth",
      report: async () => {
        reports++;
        await new Promise((resolve) => setImmediate(resolve));
        return { status: "ok", issuers: [], openSessions: 0 };
      },
    });
    await Promise.all(
      Array.from({ length: 50 }, () => Promise.resolve(health.answer("GET", "/health/oauth"))),
    );
    expect(reports).toBe(1);
    await health.report();
    expect(reports).toBe(2);
  });

  it("asks the store every five seconds at most, and tells when it is away", async () => {
    const clock = fixedClock();
    let calls = 0;
    let away = false;
    const memory = new MemoryStore({ clock });
    const store: Store = Object.assign(Object.create(memory) as Store, {
      get: () => {
        calls++;
        return away ? Promise.reject(new Error("away")) : Promise.resolve(undefined);
      },
    });
    const probe = storeProbe(store, clock);
    for (let i = 0; i < 10; i++) expect(await probe()).toBe(true);
    expect(calls).toBe(1);
    away = true;
    clock.advance(5);
    expect(await probe()).toBe(false);
    // A clock that was set back is no reason to believe an old answer.
    away = false;
    clock.advance(-1_000);
    expect(await probe()).toBe(true);
    expect(calls).toBe(3);
  });
});
