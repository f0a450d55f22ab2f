import { randomBytes } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { ConfigurationError, MemoryStore, OAuthAuthProvider } from "../../../src/index.js";
import { createStores } from "../../../src/wiring/create-sender.js";
import { StoreFullError, type Store } from "../../../src/stores/store.js";

const secret = randomBytes(32).toString("base64url");
const make = (options: object) =>
  new OAuthAuthProvider({
    resource: "https://mcp.example.com/mcp",
    authorizationServers: ["https://auth.example.com"],
    verifyAtStart: "off",
    ...options,
  });

describe("options about senders that are right", () => {
  it.each<[string, object]>([
    ["a mode", { dpop: "required" }],
    ["a nonce secret as text", { dpop: { nonce: { secret } } }],
    ["padding that base64 tools leave", { dpop: { nonce: { secret: `${secret}=` } } }],
    ["nonce secrets as bytes", { dpop: { nonce: { secrets: [randomBytes(32), secret] } } }],
    ["algorithms", { dpop: { algorithms: ["ES256", "EdDSA"], proofMaxAgeSeconds: 60 } }],
    ["a proxy", { mtls: { proxy: { addresses: ["10.0.0.0/8"] }, required: true } }],
    ["a store", { store: new MemoryStore(), storeEncryptionKeys: [{ id: "2026", secret }] }],
    ["no cache of revocations", { revocation: { cacheSeconds: 0, onStoreFailure: "continue" } }],
  ])("are accepted: %s", (_name, options) => {
    expect(() => make(options)).not.toThrow();
  });
});

describe("options about senders that are wrong", () => {
  it.each<[string, object, RegExp]>([
    ["an unknown mode", { dpop: "on" }, /dpop/],
    ["a symmetric algorithm", { dpop: { algorithms: ["HS256"] } }, /dpop.algorithms/],
    ["no algorithm", { dpop: { algorithms: [] } }, /dpop.algorithms/],
    ["a nonce without a secret", { dpop: { nonce: {} } }, /ERR_OAUTH_DPOP_NONCE_SECRET/],
    ["two kinds of secret", { dpop: { nonce: { secret, secrets: [secret] } } }, /not both/],
    ["a short secret", { dpop: { nonce: { secret: secret.slice(2) } } }, /32 bytes/],
    [
      "a passphrase",
      { dpop: { nonce: { secret: "correct horse battery staple and more!" } } },
      /32/,
    ],
    ["a secret of blanks", { dpop: { nonce: { secret: " ".repeat(43) } } }, /32 bytes/],
    ["a proxy without addresses", { mtls: { proxy: { addresses: [] } } }, /ERR_OAUTH_CERTIFICATE/],
    ["every address", { mtls: { proxy: { addresses: ["0.0.0.0/0"] } } }, /ERR_OAUTH_CERTIFICATE/],
    ["a store that is still a promise", { store: Promise.resolve() }, /awaited/],
    ["a short key", { storeEncryptionKeys: [{ id: "a", secret: "abc" }] }, /STORE_KEY_LENGTH/],
    [
      "one id twice",
      {
        storeEncryptionKeys: [
          { id: "a", secret },
          { id: "a", secret },
        ],
      },
      /STORE_KEY_ID/,
    ],
    ["a long cache", { revocation: { cacheSeconds: 301 } }, /revocation.cacheSeconds/],
    ["a name that is nearly right", { dpop: { proofMaxAge: 3 } }, /dpop/],
  ])("are refused: %s", (_name, options, message) => {
    expect(() => make(options)).toThrow(ConfigurationError);
    expect(() => make(options)).toThrow(message);
  });

  it("are refused without repeating a secret", () => {
    const text = "my-secret-passphrase-for-nonces-and-more";
    for (const options of [
      { dpop: { nonce: { secret: text } } },
      { storeEncryptionKeys: [{ id: "a", secret: text }] },
    ]) {
      try {
        make(options);
      } catch (error) {
        expect(String(error)).not.toContain(text);
        continue;
      }
      throw new Error("accepted");
    }
  });
});

describe("values that hold claims", () => {
  it("are encrypted at rest, and readable through any of them", async () => {
    const store = new MemoryStore();
    const clock = () => Date.now() / 1000;
    const old = createStores({ store, storeEncryptionKeys: [{ id: "1", secret }] }, clock);
    await old.sealed!.set("introspection:a", "alice@example.com", 60);
    expect(await store.get("introspection:a")).not.toContain("alice");
    const keys = [
      { id: "2", secret: randomBytes(32) },
      { id: "1", secret },
    ];
    const rotated = createStores({ store, storeEncryptionKeys: keys }, clock);
    expect(await rotated.sealed!.get("introspection:a")).toBe("alice@example.com");
  });

  it("are never written in the clear: without keys there is nowhere to put them", () => {
    const { shared, sealed } = createStores({ store: new MemoryStore() }, () => 0);
    expect(shared).toBeDefined();
    expect(sealed).toBeUndefined();
  });

  it("stay in the caches of the process where there is no store to share", async () => {
    const { plain, shared, sealed } = createStores({}, () => 0);
    expect([shared, sealed]).toEqual([undefined, undefined]);
    expect(await plain.add("marker", "", 60)).toBe(true);
    expect(await plain.add("marker", "", 60)).toBe(false);
  });
});

describe("a call that a store does not answer", () => {
  const keys = [{ id: "1", secret }];
  const away = new Proxy({} as Store, {
    get: () => () => Promise.reject(new Error("away")),
  });

  it("is logged once, for any part that uses it", async () => {
    const told: string[] = [];
    const stores = createStores(
      { store: away, storeEncryptionKeys: keys },
      () => 0,
      (what) => told.push(what),
    );
    await expect(stores.plain.add("dpop:1", "", 60)).rejects.toThrow("away");
    await expect(stores.shared!.increment("failures:1", 60)).rejects.toThrow("away");
    await expect(stores.sealed!.get("introspection:1")).rejects.toThrow("away");
    expect(told).toEqual(["add", "increment", "get"]);
  });

  it("is told of a value that no key opens", async () => {
    const store = new MemoryStore();
    await store.set("introspection:1", "not sealed", 60);
    const told: string[] = [];
    const { sealed } = createStores(
      { store, storeEncryptionKeys: keys },
      () => 0,
      (what) => told.push(what),
    );
    await expect(sealed!.get("introspection:1")).rejects.toThrow();
    expect(told).toEqual(["get"]);
  });

  it("is told of the process's own memory when it is full", async () => {
    const told: string[] = [];
    const { plain } = createStores(
      {},
      () => 0,
      (what) => told.push(what),
    );
    const fill = async () => {
      // Namespaces are what there is the least room for.
      for (let i = 0; ; i++) await plain.add(`namespace-${i}:key`, "", 60);
    };
    await expect(fill()).rejects.toThrow(StoreFullError);
    expect(told).toEqual(["add"]);
  });
});
