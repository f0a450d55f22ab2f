import { beforeEach, describe, expect, it, jest } from "@jest/globals";
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import { SealedStorage } from "../../../src/authorization-server/storage/sealed-storage.js";
import {
  createSqliteEngine,
  sqliteStorage,
} from "../../../src/authorization-server/storage/sqlite-storage.js";
import { StorageUnavailableError } from "../../../src/authorization-server/storage/storage.js";
import { storageContract } from "../../../src/testing/storage-contract.js";
import { temporaryFolder } from "../../support/temporary/folder.js";
import { setNodeEnv } from "../../support/node-env.js";

let folder: string;

beforeEach(() => {
  folder = temporaryFolder();
});

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

describe("storage in SQLite", () => {
  for (const { name, run } of storageContract) {
    it(name, () =>
      run((clock) => ({ engine: createSqliteEngine(join(folder, "auth.db"), { clock }) })),
    );
  }

  it("keeps everything when it is closed and opened again", async () => {
    const storage = sqliteStorage(join(folder, "auth.db"), {
      keys: [{ id: "k1", secret: randomBytes(32) }],
    });
    const first = await SealedStorage.open(storage);
    await first.commit([{ put: { kind: "Client", id: "c1", payload: { name: "Inspector" } } }]);
    await first.close();
    const second = await SealedStorage.open(storage);
    expect(await second.get("Client", "c1")).toMatchObject({ payload: { name: "Inspector" } });
    await second.close();
  });

  it("holds no id, token or cookie in any byte of its files", async () => {
    const path = join(folder, "auth.db");
    const storage = await SealedStorage.open(
      sqliteStorage(path, { keys: [{ id: "k1", secret: randomBytes(32) }] }),
    );
    const hidden = Array.from({ length: 5 }, () => randomBytes(24).toString("base64url"));
    const [id, grant, uid, account, cookie] = hidden as [string, string, string, string, string];
    const payload = { grantId: grant, uid, session: { cookie }, accountId: account };
    const indexes = { grant, uid, userCode: cookie, account, client: id };
    await storage.commit([{ put: { kind: "Interaction", id, payload, indexes } }]);
    const bytes = readdirSync(folder).map((name) => readFileSync(join(folder, name), "latin1"));
    expect(bytes.join("")).toContain("Interaction");
    for (const text of hidden) expect(bytes.some((file) => file.includes(text))).toBe(false);
    await storage.close();
  });

  it("uses WAL, and waits for the disk by default", async () => {
    // The pragma is per connection, so this test reads the engine's own statements.
    const exec = jest.spyOn(Database.prototype, "exec");
    for (const options of [{}, { synchronous: "normal" as const }]) {
      const engine = createSqliteEngine(join(folder, "auth.db"), options);
      await engine.open();
      await engine.close();
    }
    const statements = exec.mock.calls.flatMap(([text]) =>
      text.startsWith("pragma") ? [text] : [],
    );
    exec.mockRestore();
    const wal = "pragma journal_mode = wal";
    expect(statements).toEqual([
      wal,
      "pragma synchronous = full",
      wal,
      "pragma synchronous = normal",
    ]);
    const database = new Database(join(folder, "auth.db"));
    expect(database.pragma("journal_mode")).toEqual([{ journal_mode: "wal" }]);
    database.close();
  });

  it("is an outage when the file is damaged, with no value in the error", async () => {
    const path = join(folder, "auth.db");
    const engine = createSqliteEngine(path);
    await engine.open();
    const database = new Database(path);
    database.exec("drop table mcp_oauth_records");
    database.close();
    const error: unknown = await engine.get("RefreshToken", "hidden-id").catch((e: unknown) => e);
    expect(error).toBeInstanceOf(StorageUnavailableError);
    expect(`${String(error)} ${String((error as Error).cause)}`).not.toContain("hidden-id");
    await engine.close();
  });

  it("rejects every operation after it is closed", async () => {
    const engine = createSqliteEngine(join(folder, "auth.db"));
    await engine.open();
    await engine.close();
    await engine.close();
    await expect(engine.get("RefreshToken", "a")).rejects.toThrow(StorageUnavailableError);
  });

  it("refuses a schema that a newer version wrote, and leaves it as it is", async () => {
    const path = join(folder, "auth.db");
    const engine = createSqliteEngine(path);
    await engine.open();
    await engine.close();
    const database = new Database(path);
    database.exec("update mcp_oauth_schema set version = 99");
    await expect(createSqliteEngine(path).open()).rejects.toMatchObject({
      code: "ERR_OAUTH_STORAGE_SCHEMA",
      message: expect.stringContaining("schema version 99"),
    });
    expect(database.prepare("select version from mcp_oauth_schema").all()).toEqual([
      { version: 99 },
    ]);
    database.exec("update mcp_oauth_schema set version = 1");
    database.close();
    const again = createSqliteEngine(path);
    await again.open();
    await again.close();
  });
});

describe("the files of storage in SQLite", () => {
  it("are accessible to their owner only, including folders, with any umask", async () => {
    const before = process.umask(0);
    setNodeEnv("production");
    try {
      const path = join(folder, "new", "deep", "auth.db");
      const engine = createSqliteEngine(path);
      await engine.open();
      for (const name of ["auth.db", "auth.db-wal", "auth.db-shm"]) {
        expect([name, modeOf(join(folder, "new", "deep", name))]).toEqual([name, "600"]);
      }
      expect(modeOf(join(folder, "new"))).toBe("700");
      expect(modeOf(join(folder, "new", "deep"))).toBe("700");
      await engine.close();
    } finally {
      process.umask(before);
    }
  });

  it.each([
    ["a file that others may read", 0o644, 0o700, /chmod 600 .*auth\.db/],
    ["a file that its group may write", 0o620, 0o700, /chmod 600 .*auth\.db/],
    ["a folder that others may enter", 0o600, 0o711, /chmod 700 /],
  ])("are refused in production and accepted in development: %s", async (_, file, dir, cure) => {
    const place = join(folder, "data");
    const path = join(place, "auth.db");
    mkdirSync(place);
    const engine = createSqliteEngine(path);
    await engine.open();
    await engine.close();
    chmodSync(path, file);
    chmodSync(place, dir);
    setNodeEnv("production");
    await expect(createSqliteEngine(path).open()).rejects.toMatchObject({
      code: "ERR_OAUTH_STORAGE_FILE",
      message: expect.stringMatching(cure),
    });
    setNodeEnv("development");
    const inDevelopment = createSqliteEngine(path);
    await inDevelopment.open();
    await inDevelopment.close();
    chmodSync(path, 0o600);
    chmodSync(place, 0o700);
    setNodeEnv("production");
    const inProduction = createSqliteEngine(path);
    await inProduction.open();
    await inProduction.close();
  });

  it("cannot be created below a file: the error names the path", async () => {
    const engine = createSqliteEngine(join(folder, "auth.db"));
    await engine.open();
    await engine.close();
    const below = createSqliteEngine(join(folder, "auth.db", "deep", "auth.db"));
    await expect(below.open()).rejects.toMatchObject({ code: "ERR_OAUTH_STORAGE_FILE" });
    expect(existsSync(join(folder, "auth.db"))).toBe(true);
  });
});
