import { describe, expect, it } from "@jest/globals";
import { createMemoryAdapter } from "../../../src/authorization-server/memory-adapter.js";

describe("the memory adapter", () => {
  it("keeps models apart and finds what it stored", async () => {
    const adapter = createMemoryAdapter();
    await adapter("Session").upsert("1", { uid: "u" }, 60);
    expect(await adapter("Session").find("1")).toEqual({ uid: "u" });
    expect(await adapter("Session").findByUid("u")).toEqual({ uid: "u" });
    expect(await adapter("Session").findByUid("v")).toBeUndefined();
    expect(await adapter("AccessToken").find("1")).toBeUndefined();
    await adapter("Session").destroy("1");
    expect(await adapter("Session").find("1")).toBeUndefined();
  });

  it("marks what was used, and tolerates what is gone", async () => {
    const codes = createMemoryAdapter()("AuthorizationCode");
    await codes.upsert("1", {}, 60);
    await codes.consume("1");
    await codes.consume("2");
    expect(await codes.find("1")).toEqual({ consumed: expect.any(Number) });
  });

  it("revokes all of one grant and nothing of another", async () => {
    const tokens = createMemoryAdapter()("RefreshToken");
    await tokens.upsert("1", { grantId: "a" }, 60);
    await tokens.upsert("2", { grantId: "a" }, 60);
    await tokens.upsert("3", { grantId: "b" }, 60);
    await tokens.revokeByGrantId("a");
    expect([await tokens.find("1"), await tokens.find("2")]).toEqual([undefined, undefined]);
    expect(await tokens.find("3")).toEqual({ grantId: "b" });
  });

  it("is bounded, and a flood of clients pushes out clients only", async () => {
    const adapter = createMemoryAdapter();
    await adapter("Session").upsert("s", {}, 60);
    for (let i = 0; i <= 1000; i += 1) await adapter("Client").upsert(`c${i}`, { client_id: "" });
    expect(await adapter("Client").find("c0")).toBeUndefined();
    expect(await adapter("Client").find("c1000")).toBeDefined();
    expect(await adapter("Session").find("s")).toBeDefined();
  });
});
