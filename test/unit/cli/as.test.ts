import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "@jest/globals";
import { storageFromEnv } from "../../../src/authorization-server/index.js";
import { SealedStorage } from "../../../src/authorization-server/storage/sealed-storage.js";
import { runCli, type CliSetup } from "../../support/cli.js";
import { temporaryFolder } from "../../support/temporary/folder.js";

const NOW = Math.floor(Date.now() / 1000);
const HOSTILE = "Evil\u001b[2Jname\u202e";

describe("as", () => {
  let env: Record<string, string>;
  const as = (args: readonly string[], setup: CliSetup = {}) =>
    runCli(["as", ...args], { env, ...setup });
  const json = async (...args: string[]): Promise<unknown> => {
    const { status, stdout, stderr } = await as([...args, "--json"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    return JSON.parse(stdout);
  };

  beforeEach(async () => {
    env = {
      OAUTH_AS_STORAGE: `sqlite:${join(temporaryFolder(), "auth.db")}`,
      OAUTH_AS_STORAGE_KEYS: randomBytes(32).toString("base64"),
    };
    const storage = await SealedStorage.open(await storageFromEnv(env));
    for (const client of ["c1", "c2"]) {
      const name = client === "c1" ? HOSTILE : "Notes";
      const payload = {
        client_id: client,
        client_name: name,
        redirect_uris: Array.from({ length: 7 }, (_, index) => `https://app.example/${index}`),
      };
      await storage.commit([{ put: { kind: "Client", id: client, payload, indexes: { client } } }]);
    }
    for (const account of ["alice", "bob"]) {
      const id = `grant-of-${account}`;
      const indexes = { client: "c1", account };
      const resources = { "https://mcp.example.com/mcp": "notes:read" };
      const grant = { jti: id, accountId: account, clientId: "c1", iat: NOW, resources };
      const token = { jti: "hidden", accountId: account, clientId: "c1", grantId: id };
      await storage.commit([
        { put: { kind: "Grant", id, payload: grant, indexes, expiresAt: NOW + 900 } },
        {
          put: {
            kind: "RefreshToken",
            id: `secret-token-of-${account}`,
            payload: token,
            indexes: { ...indexes, grant: id },
            expiresAt: NOW + 900,
          },
        },
      ]);
    }
    await storage.close();
  });

  it("counts what the storage contains", async () => {
    expect(await json("stats")).toEqual({
      records: { Client: 2, Grant: 2, RefreshToken: 2 },
      storageKeys: ["default"],
    });
    expect((await as(["stats"])).stdout).toMatch(/^Client +2\nGrant +2\n/);
  });

  it("lists clients with the people who use them, bounded and printable", async () => {
    const { stdout } = await as(["clients"]);
    expect(stdout).toMatch(/2 people, registered \d{4}-\d\d-\d\d, /);
    expect(stdout).toMatch(/Evil\\u\{1b\}\[2Jname\\u\{202e\}/);
    expect(stdout).toMatch(/https:\/\/app\.example\/4, and 2 more/);
    for (const output of [stdout, (await as(["clients", "--json"])).stdout]) {
      expect(output).not.toContain("\u001b");
      expect(output).not.toContain("\u202e");
    }
  });

  it("lists a long list in pages", async () => {
    const first = (await json("grants", "--limit", "1")) as { items: object[]; next: string };
    expect(first.items).toHaveLength(1);
    expect((await as(["grants", "--limit", "1"])).stdout).toContain(`--after ${first.next}`);
    const second = (await json("grants", "--limit", "1", "--after", first.next)) as object;
    expect(second).not.toHaveProperty("next");
    expect(JSON.stringify([first, second])).not.toContain("secret-token");
  });

  it("revokes an account and says what that was", async () => {
    const result = { people: 1, grants: 1, sessions: 0, accessTokens: 0 };
    expect(await json("revoke", "--account", "alice", "--yes")).toEqual(result);
    expect(await json("stats")).toMatchObject({ records: { Client: 2, Grant: 1 } });
    const { stdout } = await as(["revoke", "--grant", "grant-of-bob", "--yes"]);
    expect(stdout).toBe("Revoked: 1 grant of 1 person with 0 access tokens and 0 sessions.\n");
  });

  it("revokes a client for all its people, and forgets it only if told", async () => {
    const { stdout } = await as(["revoke", "--client", "c1", "--yes"]);
    expect(stdout).toContain("2 grants of 2 people");
    expect(await json("stats")).toMatchObject({ records: { Client: 2 } });
    await as(["revoke", "--client", "c1", "--forget", "--yes"]);
    expect(await json("stats")).toMatchObject({ records: { Client: 1 } });
  });

  it("revokes nothing without --yes where it cannot ask, and says what it would", async () => {
    const { status, stderr, stdout } = await as(["revoke", "--client", "c1"]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain("Nothing was revoked. It would be: 2 grants of 2 people");
    expect(await json("stats")).toMatchObject({ records: { Grant: 2 } });
  });

  it.each([
    ["y", 0],
    ["n", 1],
  ])("asks at a terminal, and %j decides", async (answer, status) => {
    const run = await as(["revoke", "--account", "alice"], { terminal: true, stdin: answer });
    expect(run.status).toBe(status);
    expect(run.stdout).toContain("Revoke 1 grant of 1 person");
    expect(await json("stats")).toMatchObject({ records: { Grant: status === 0 ? 1 : 2 } });
  });

  it("rotates keys, cleans up and seals again", async () => {
    expect((await as(["keys", "rotate"])).stdout).toContain("There are no keys yet");
    expect(await json("cleanup")).toEqual({ removed: 0 });
    const old = `default=${env["OAUTH_AS_STORAGE_KEYS"]}`;
    env["OAUTH_AS_STORAGE_KEYS"] = `new=${randomBytes(32).toString("base64")},${old}`;
    expect(await json("stats")).toMatchObject({ storageKeys: ["new", "default"] });
    expect(await json("reseal")).toEqual({ resealed: 6, storageKeys: ["new"] });
  });

  it.each([
    [["revoke"], "exactly one"],
    [["revoke", "--client", "c1", "--account", "alice"], "exactly one"],
    [["stats", "--client", "c1"], "exactly one"],
    [["revoke", "--account", "alice", "--forget"], "--forget needs --client"],
    [["keys"], "mcp-oauth as keys rotate"],
    [["stats", "rotate"], "Use: mcp-oauth as stats"],
    [["grants", "--limit", "0"], "1 to 1000"],
    [["nope"], "Allowed choices are stats"],
  ])("refuses %j as called wrongly", async (args, message) => {
    const { status, stderr, stdout } = await as(args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain(message);
  });

  it("needs a storage outside of the process, and the right key", async () => {
    const none = await as(["stats"], { env: {} });
    expect(none).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("OAUTH_AS_STORAGE"),
    });
    const secret = randomBytes(32).toString("base64");
    const wrong = await as(["stats"], { env: { ...env, OAUTH_AS_STORAGE_KEYS: secret } });
    expect(wrong.status).toBe(1);
    expect(wrong.stderr).toContain("has changed");
    expect(wrong.stderr).not.toContain(secret);
  });
});
