import { describe, expect, it } from "@jest/globals";
import { MemoryStorageEngine } from "../../../../src/authorization-server/storage/memory-storage.js";
import { storageContract } from "../../../../src/testing/storage-contract.js";

describe("storage in memory", () => {
  for (const { name, run } of storageContract) {
    it(name, () => run((clock) => ({ engine: new MemoryStorageEngine({ clock }) })));
  }

  it("is bounded, and a flood of clients evicts only clients", async () => {
    const engine = new MemoryStorageEngine();
    const record = (kind: string, id: string) => ({
      put: { kind, id, payload: "", indexes: {}, createdAt: 0 },
    });
    await engine.commit([record("Session", "s")]);
    for (let i = 0; i <= 1000; i += 1) await engine.commit([record("Client", `c${i}`)]);
    expect(await engine.get("Client", "c0")).toBeUndefined();
    expect(await engine.get("Client", "c1000")).toBeDefined();
    expect(await engine.get("Session", "s")).toBeDefined();
  });
});
