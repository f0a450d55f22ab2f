import { execFileSync } from "node:child_process";
import { chmodSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { checkFileSecret, readFileSecret } from "../../../src/secrets/file-secret.js";
import { temporaryFolder } from "../../support/temporary/folder.js";

let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
});

function mount(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe("a mounted secret", () => {
  it.each<[string, string, string]>([
    ["as it is", "hunter2", "hunter2"],
    ["without the line end", "hunter2\n", "hunter2"],
    ["without a Windows line end", "hunter2\r\n", "hunter2"],
    ["without more than one line end", "hunter2\n\n", "hunter2\n"],
    ["with the spaces that belong to it", " hunter2 ", " hunter2 "],
    ["of the largest size", "x".repeat(65_536), "x".repeat(65_536)],
  ])("is read %s", async (_name, content, secret) => {
    const path = mount("secret", content);
    expect(() => checkFileSecret(path, "S")).not.toThrow();
    await expect(readFileSecret(path)).resolves.toBe(secret);
  });

  it("is read anew when the mount was replaced", async () => {
    const path = mount("rotating", "one\n");
    expect(await readFileSecret(path)).toBe("one");
    renameSync(mount("next", "two\n"), path);
    expect(await readFileSecret(path)).toBe("two");
  });

  it.each<[string, () => string, string, RegExp]>([
    [
      "is not there",
      () => join(folder, "none"),
      "secret_file_unreadable",
      /cannot be read.*ENOENT/,
    ],
    ["is a folder", () => folder, "secret_file_unreadable", /is no file/],
    ["is empty", () => mount("empty", ""), "secret_empty", /is empty/],
    ["is only a line end", () => mount("line", "\n"), "secret_empty", /is empty/],
    [
      "is too large",
      () => mount("large", "x".repeat(65_537)),
      "secret_too_large",
      /more than 65536 bytes/,
    ],
    [
      "is a pipe without a writer",
      () => {
        const path = join(folder, "pipe");
        execFileSync("mkfifo", [path]);
        return path;
      },
      "secret_file_unreadable",
      /is no file/,
    ],
  ])("that %s is an outage, and at start a named error", async (_name, make, reason, message) => {
    const path = make();
    await expect(readFileSecret(path)).rejects.toMatchObject({ name: "UnavailableError", reason });
    expect(() => checkFileSecret(path, "OAUTH_CLIENT_SECRET")).toThrow(message);
    expect(() => checkFileSecret(path, "OAUTH_CLIENT_SECRET")).toThrow(/OAUTH_CLIENT_SECRET/);
  });

  (process.getuid?.() === 0 ? it.skip : it)("that may not be read is named too", () => {
    const path = mount("forbidden", "x");
    chmodSync(path, 0);
    expect(() => checkFileSecret(path, "S")).toThrow(/EACCES/);
  });
});
