import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { sqliteStorage } from "../../../src/authorization-server/index.js";
import { postForm, register, signIn, start } from "./helpers.js";

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
