import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createAuthorizationServer } from "../../../../src/authorization-server/index.js";
import { MemoryStorageEngine } from "../../../../src/authorization-server/storage/memory-storage.js";
import { removeExpiredRegularly } from "../../../../src/authorization-server/storage/upkeep.js";
import { holdTimers, passSeconds, releaseTimers } from "../../../support/timers.js";
import { turns } from "../../../support/turns.js";

beforeEach(holdTimers);
afterEach(releaseTimers);

/** A storage with so many expired records. */
function storageWith(expired: number) {
  const storage = {
    expired,
    fails: false,
    removeExpired(limit: number): Promise<number> {
      if (storage.fails) return Promise.reject(new Error("away"));
      const removed = Math.min(limit, storage.expired);
      storage.expired -= removed;
      return Promise.resolve(removed);
    },
  };
  return storage;
}

describe("expired records", () => {
  it("are removed at the start, however many, and every ten minutes", async () => {
    const storage = storageWith(2_345);
    const stop = removeExpiredRegularly(storage, () => undefined);
    await turns(1);
    expect(storage.expired).toBe(0);
    storage.expired = 10;
    await passSeconds(599);
    expect(storage.expired).toBe(10);
    await passSeconds(1);
    expect(storage.expired).toBe(0);
    await stop();
    storage.expired = 10;
    await passSeconds(1_200);
    expect(storage.expired).toBe(10);
  });

  it("are removed later when the storage does not answer", async () => {
    const storage = storageWith(10);
    const errors: unknown[] = [];
    storage.fails = true;
    const stop = removeExpiredRegularly(storage, (error) => errors.push(error));
    await passSeconds(600);
    expect(errors).toEqual([new Error("away"), new Error("away")]);
    storage.fails = false;
    await passSeconds(600);
    expect(storage.expired).toBe(0);
    await stop();
  });

  it("are removed by every authorization server, until it is closed", async () => {
    const engine = new MemoryStorageEngine();
    const key = { id: "test", secret: new Uint8Array(32) };
    const server = await createAuthorizationServer({
      issuer: "https://auth.example.com",
      resources: [{ resource: "https://mcp.example.com/mcp" }],
      accounts: [{ id: "alice" }],
      storage: { engine, keys: [key] },
    });
    const left = { id: "left", payload: "", indexes: {}, createdAt: 1, expiresAt: 2 };
    await engine.commit([{ put: { kind: "Session", ...left } }]);
    await passSeconds(600);
    expect(await engine.removeExpired(10)).toBe(0);
    await server.close();
    await engine.commit([{ put: { kind: "Session", ...left } }]);
    await passSeconds(600);
    expect(await engine.removeExpired(10)).toBe(1);
  });
});
