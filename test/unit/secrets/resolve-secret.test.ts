import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { SecretResolver } from "../../../src/secrets/resolve-secret.js";
import { startSecretManager } from "../../support/secret-manager.js";
import { temporaryFolder } from "../../support/temporary/folder.js";

const VERSION = "projects/p/secrets/oauth/versions/latest";

let folder: string;
let manager: Awaited<ReturnType<typeof startSecretManager>>;
beforeAll(async () => {
  folder = temporaryFolder();
  manager = await startSecretManager();
});
afterAll(async () => {
  await manager.close();
});

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe("SecretResolver", () => {
  it("takes a secret as it stands", () => {
    expect(new SecretResolver({ env: {} }).resolve("hunter2", "S")).toBe("hunter2");
  });

  it("takes a secret from another variable", () => {
    const resolver = new SecretResolver({ env: { OTHER: "hunter2" } });
    expect(resolver.resolve("env:OTHER", "S")).toBe("hunter2");
  });

  it.each([undefined, ""])("names both variables where the other one is %j", (other) => {
    const resolver = new SecretResolver({ env: { OTHER: other } });
    expect(() => resolver.resolve("env:OTHER", "S")).toThrow(/S refers to OTHER, which is not set/);
  });

  it("follows a mounted secret within seconds", async () => {
    let now = 1_000;
    const path = join(folder, "secret");
    writeFileSync(path, "one\n");
    const resolver = new SecretResolver({ env: {}, clock: () => now });
    const secret = resolver.resolve(`file:${path}`, "S") as () => Promise<string>;
    const source = resolver.source(`file:${path}`, "S") as () => Promise<string>;
    expect(await secret()).toBe("one");

    writeFileSync(`${path}.next`, "two\n");
    renameSync(`${path}.next`, path);
    expect(await source()).toBe("two");
    now += 6;
    expect(await secret()).toBe("two");
    expect(inspect(secret, { depth: 9, showHidden: true })).not.toContain("two");
  });

  it("finds a mounted secret that is not there at start", () => {
    const resolver = new SecretResolver({ env: {} });
    expect(() => resolver.resolve(`file:${folder}/none`, "S")).toThrow(
      /S refers to the file.*ENOENT/,
    );
  });

  it("fetches from Google once per five minutes, for all callers", async () => {
    let now = 1_000;
    manager.answers.set(VERSION, { secret: "one" });
    const resolver = new SecretResolver({
      env: {},
      google: manager.clientOptions,
      clock: () => now,
    });
    const secret = resolver.resolve(`gcp-secret-manager:${VERSION}`, "S") as () => Promise<string>;
    const before = manager.requests.length;
    await Promise.all(Array.from({ length: 100 }, () => secret()));
    expect(manager.requests.length - before).toBe(1);

    manager.answers.set(VERSION, { secret: "two" });
    now += 200;
    await secret();
    await settle();
    expect(manager.requests.length - before).toBe(1);
    now += 101;
    expect(await secret()).toBe("two");
  });
});
