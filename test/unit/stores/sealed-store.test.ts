import { describe, expect, it } from "@jest/globals";
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { ConfigurationError } from "../../../src/core/errors.js";
import { MemoryStore } from "../../../src/stores/memory-store.js";
import { SealedStore } from "../../../src/stores/sealed-store.js";
import { SealedValueError } from "../../../src/stores/sealer.js";
import { storeContract } from "../../../src/testing/store-contract.js";

const key = (id: string) => ({ id, secret: randomBytes(32) });

describe("SealedStore keeps the store contract", () => {
  for (const { name, run } of storeContract) {
    it(name, () =>
      run(() => {
        let now = 1_000;
        const store = new SealedStore(new MemoryStore({ clock: () => now }), [key("k1")]);
        return { store, advance: (seconds) => void (now += seconds) };
      }),
    );
  }
});

describe("SealedStore", () => {
  const inner = () => new MemoryStore({ clock: () => 1_000 });

  it("writes nothing of the value into the store, and never the same text twice", async () => {
    const at = inner();
    const store = new SealedStore(at, [key("k1")]);
    await store.set("n:a", '{"sub":"alice"}', 60);
    const first = await at.get("n:a");
    await store.set("n:a", '{"sub":"alice"}', 60);
    expect(Buffer.from(first!.split(".")[2]!, "base64url").toString()).not.toContain("alice");
    expect(await at.get("n:a")).not.toBe(first);
  });

  it("opens with an older key after rotation, and seals with the first", async () => {
    const at = inner();
    const [old, fresh] = [key("old"), key("new")];
    await new SealedStore(at, [old]).set("n:a", "1", 60);
    const rotated = new SealedStore(at, [fresh, old]);
    expect(await rotated.get("n:a")).toBe("1");
    await rotated.add("n:b", "2", 60);
    expect(await new SealedStore(at, [fresh]).get("n:b")).toBe("2");
  });

  it("does not take a value without a known key for nothing there", async () => {
    const at = inner();
    await new SealedStore(at, [key("k1")]).set("n:a", "1", 60);
    await expect(new SealedStore(at, [key("k2")]).get("n:a")).rejects.toThrow(SealedValueError);
    await expect(new SealedStore(at, [key("k1")]).get("n:a")).rejects.toThrow(SealedValueError);
    await expect(new SealedStore(at, [key("k1")]).getMany(["n:x", "n:a"])).rejects.toThrow(
      SealedValueError,
    );
  });

  it("does not open a value that was moved to another key", async () => {
    const at = inner();
    const store = new SealedStore(at, [key("k1")]);
    await store.set("n:alice", "admin", 60);
    await at.set("n:mallory", (await at.get("n:alice"))!, 60);
    await expect(store.get("n:mallory")).rejects.toThrow(SealedValueError);
    expect(await store.get("n:alice")).toBe("admin");
  });

  it("does not open a value under another key id", async () => {
    const at = inner();
    const secret = randomBytes(32);
    const store = new SealedStore(at, [
      { id: "a", secret },
      { id: "b", secret },
    ]);
    await store.set("n:a", "1", 60);
    await at.set("n:a", (await at.get("n:a"))!.replace("1.a.", "1.b."), 60);
    await expect(store.get("n:a")).rejects.toThrow(SealedValueError);
  });

  it("notices any change of a sealed value", async () => {
    const at = inner();
    const store = new SealedStore(at, [key("k1")]);
    await store.set("n:a", "some value", 60);
    const sealed = (await at.get("n:a"))!;
    const bytes = Buffer.from(sealed.split(".")[2]!, "base64url");
    for (let i = 0; i < bytes.length; i++) {
      const changed = Buffer.from(bytes);
      changed[i]! ^= 1;
      await at.set("n:a", `1.k1.${changed.toString("base64url")}`, 60);
      await expect(store.get("n:a")).rejects.toThrow(SealedValueError);
    }
    await at.set("n:a", `1.k1.${bytes.subarray(0, -1).toString("base64url")}`, 60);
    await expect(store.get("n:a")).rejects.toThrow(SealedValueError);
    await at.set("n:a", sealed, 60);
    expect(await store.get("n:a")).toBe("some value");
  });

  it("answers foreign text with its own error only", async () => {
    const at = inner();
    const store = new SealedStore(at, [key("k1")]);
    const text = fc.oneof(
      fc.string(),
      fc.string().map((s) => `1.k1.${s}`),
      fc.uint8Array({ maxLength: 60 }).map((b) => `1.k1.${Buffer.from(b).toString("base64url")}`),
    );
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        await at.set("n:a", value, 60);
        await expect(store.get("n:a")).rejects.toThrow(SealedValueError);
      }),
    );
  });

  it("needs keys of 32 bytes with ids of their own", () => {
    const open = (...keys: { id: string; secret: Uint8Array }[]) => new SealedStore(inner(), keys);
    expect(() => open()).toThrow(ConfigurationError);
    expect(() => open({ id: "a", secret: randomBytes(31) })).toThrow(/32 bytes/);
    expect(() => open({ id: "a.b", secret: randomBytes(32) })).toThrow(ConfigurationError);
    expect(() => open(key("a"), key("a"))).toThrow(ConfigurationError);
    expect(() => open(key("a"), key("b"))).not.toThrow();
  });

  it("shows no key when printed", () => {
    const secret = Buffer.alloc(32, "s");
    const store = new SealedStore(inner(), [{ id: "a", secret }]);
    expect(JSON.stringify(store)).not.toContain("ssss");
  });
});
