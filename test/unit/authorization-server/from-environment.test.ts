import { join } from "node:path";
import { writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import {
  createAuthorizationServerFromEnv,
  storageFromEnv,
} from "../../../src/authorization-server/index.js";
import { SealedStorage } from "../../../src/authorization-server/storage/sealed-storage.js";
import { temporaryFolder } from "../../support/temporary/folder.js";

const secret = () => randomBytes(32).toString("base64");
const accounts = [{ id: "alice" }];

describe("storageFromEnv", () => {
  it("is the memory when nothing is set", async () => {
    const { keys } = await storageFromEnv({});
    expect(keys).toEqual([{ id: "memory", secret: expect.any(Uint8Array) }]);
  });

  it("opens a SQLite file with the key of a mounted secret", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "key"), `${secret()}\n`);
    const storage = await storageFromEnv({
      OAUTH_AS_STORAGE: `sqlite:${join(folder, "auth.db")}`,
      OAUTH_AS_STORAGE_KEYS: `file:${join(folder, "key")}`,
    });
    expect(storage.keys.map(({ id }) => id)).toEqual(["default"]);
    const opened = await SealedStorage.open(storage);
    await opened.commit([{ put: { kind: "Client", id: "c", payload: { a: 1 } } }]);
    expect(await opened.get("Client", "c")).toMatchObject({ payload: { a: 1 } });
    await opened.close();
  });

  it("reads several keys, the current one first", async () => {
    const [current, old] = [secret(), secret()];
    const { keys } = await storageFromEnv({
      OAUTH_AS_STORAGE: "sqlite:auth.db",
      OAUTH_AS_STORAGE_KEYS: `2026-12=${current}, default=${old}`,
    });
    expect(keys).toEqual([
      { id: "2026-12", secret: current },
      { id: "default", secret: old },
    ]);
  });

  it.each(["postgres://u:p@db/auth", "postgresql://u:p@db/auth", "rediss://:p@redis:6379"])(
    "accepts %s without connecting",
    async (url) => {
      const env = { OAUTH_AS_STORAGE: "env:DATABASE", OAUTH_AS_STORAGE_KEYS: secret() };
      const { engine } = await storageFromEnv({ ...env, DATABASE: url });
      expect(engine).toBeDefined();
    },
  );

  it.each([
    [{ OAUTH_AS_STORAGE: "sqlite:auth.db" }, "OAUTH_AS_STORAGE_KEYS is not set"],
    [{ OAUTH_AS_STORAGE_KEYS: secret() }, "OAUTH_AS_STORAGE is not set"],
    [{ OAUTH_AS_STORAGE: "mysql://u:hidden@db", OAUTH_AS_STORAGE_KEYS: secret() }, "sqlite:"],
    [
      { OAUTH_AS_STORAGE: "sqlite:a.db", OAUTH_AS_STORAGE_KEYS: `hidden ${secret()}` },
      "entry 1 of several must be id=key",
    ],
  ])("refuses %j without quoting a secret", async (env, message) => {
    const error: unknown = await storageFromEnv(env).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain(message);
    expect(String(error)).not.toContain("hidden");
  });
});

describe("createAuthorizationServerFromEnv", () => {
  it("needs only the resource: the issuer is its origin", async () => {
    const env = { OAUTH_RESOURCE: "https://mcp.example.com/mcp", OAUTH_AS_SCOPES: "notes:read" };
    const server = await createAuthorizationServerFromEnv(env, { accounts });
    const metadata = await server.request(
      "https://mcp.example.com/.well-known/oauth-authorization-server",
    );
    expect(await metadata.json()).toMatchObject({
      issuer: "https://mcp.example.com",
      scopes_supported: expect.arrayContaining(["notes:read"]),
      protected_resources: ["https://mcp.example.com/mcp"],
    });
    await server.close();
  });

  it("prefers the options in code", async () => {
    const server = await createAuthorizationServerFromEnv(
      { OAUTH_AS_ISSUER: "https://a.example.com" },
      {
        accounts,
        issuer: "https://b.example.com",
        resources: [{ resource: "https://mcp.example.com/mcp" }],
      },
    );
    expect(server.issuer).toBe("https://b.example.com");
    await server.close();
  });

  it("names the variable that is missing", async () => {
    await expect(createAuthorizationServerFromEnv({}, { accounts })).rejects.toThrow(
      "OAUTH_RESOURCE is not set",
    );
  });
});
