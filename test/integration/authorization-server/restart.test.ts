import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { describe, expect, it } from "@jest/globals";
import { sqliteStorage } from "../../../src/authorization-server/index.js";
import { temporaryFolder } from "../../support/temporary/folder.js";
import { postForm, register, signIn, start } from "./helpers.js";

describe("a backup of SQLite", () => {
  it("that is taken while the server runs has everything, and needs the keys", async () => {
    const folder = temporaryFolder();
    const [file, copy] = [join(folder, "auth.db"), join(folder, "copy.db")];
    const keys = [{ id: "1", secret: Buffer.alloc(32, 7) }];
    const first = await start({ storage: sqliteStorage(file, { keys }) });
    const client = await register(first);
    const { refresh_token: token = "" } = await signIn(first, client);
    // What the guide's `sqlite3 auth.db "VACUUM INTO …"` does.
    new Database(file).exec(`vacuum into '${copy}'`);
    await first.close();

    const form = {
      grant_type: "refresh_token",
      refresh_token: token,
      client_id: client.information.client_id,
    };
    const restored = await start({ storage: sqliteStorage(copy, { keys }) });
    expect((await postForm(restored, form)).status).toBe(200);
    await restored.close();
    const other = [{ id: "1", secret: Buffer.alloc(32, 8) }];
    await expect(start({ storage: sqliteStorage(copy, { keys: other }) })).rejects.toMatchObject({
      code: "ERR_OAUTH_STORAGE_KEY",
    });
  });
});

describe("a restart", () => {
  it("with SQLite loses no client and no refresh token", async () => {
    const folder = mkdtempSync(join(tmpdir(), "as-restart-"));
    const storage = () =>
      sqliteStorage(join(folder, "auth.db"), {
        keys: [{ id: "1", secret: Buffer.alloc(32, 7) }],
      });
    try {
      const first = await start({ storage: storage() });
      const client = await register(first);
      const { refresh_token: token = "" } = await signIn(first, client);
      await first.close();
      const second = await start({ storage: storage() });
      const form = {
        grant_type: "refresh_token",
        refresh_token: token,
        client_id: client.information.client_id,
      };
      expect((await postForm(second, form)).status).toBe(200);
      expect((await postForm(second, { ...form, refresh_token: "unknown" })).status).toBe(400);
      await second.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
