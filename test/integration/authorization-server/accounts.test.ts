import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import {
  accountsFile,
  type AuthorizationServerOptions,
} from "../../../src/authorization-server/index.js";
import { runCli } from "../../support/cli.js";
import { eventually } from "../../support/eventually.js";
import { setNodeEnv } from "../../support/node-env.js";
import { temporaryFolder } from "../../support/temporary/folder.js";
import {
  authorizationUrl,
  closedAfterEach,
  createBrowser,
  postForm,
  register,
  REDIRECT,
  start,
} from "./helpers.js";

const PASSWORD = "correct horse battery";

const closing = closedAfterEach();

async function serve(accounts: AuthorizationServerOptions["accounts"], options: object = {}) {
  const server = closing(await start({ autoApprove: undefined, accounts, ...options } as object));
  return { server, client: await register(server) };
}

type World = Awaited<ReturnType<typeof serve>>;

async function signIn({ server, client }: World, username: string, password = PASSWORD) {
  const browser = createBrowser();
  const { authorizationUrl: url, codeVerifier } = await authorizationUrl(server, client, {});
  const page = await browser.submit(await browser.visit(url), {
    action: "login",
    username,
    password,
  });
  return { browser, page, codeVerifier };
}

/** Tokens of an account that allowed everything. */
async function tokensOf(world: World, username: string) {
  const { browser, page, codeVerifier } = await signIn(world, username);
  const { url } = await browser.submit(page, { action: "allow" });
  const { body } = await postForm(world.server, {
    grant_type: "authorization_code",
    client_id: world.client.information.client_id,
    code: url.searchParams.get("code") ?? "",
    code_verifier: codeVerifier,
    redirect_uri: REDIRECT,
  });
  const refresh = () =>
    postForm(world.server, {
      grant_type: "refresh_token",
      client_id: world.client.information.client_id,
      refresh_token: String(body["refresh_token"]),
    });
  return { browser, refresh };
}

async function fileWith(...users: readonly string[]): Promise<string> {
  const path = join(temporaryFolder(), "accounts.json");
  for (const user of users) expect(await as("add-user", user, path)).toMatchObject({ status: 0 });
  return path;
}

const as = (command: string, id: string, path: string, ...more: string[]) =>
  runCli(["as", command, id, "--file", path, ...more], { stdin: `${PASSWORD}\n` });

describe("a file of accounts", () => {
  it("lets its accounts sign in, by id and by e-mail address", async () => {
    const path = await fileWith();
    await as("add-user", "alice", path, "--name", "Alice", "--email", "alice@example.com");
    const world = await serve(accountsFile(path));
    for (const name of ["alice", "alice@example.com"]) {
      expect((await signIn(world, name)).page.html).toMatch(/Signed in as <strong>Alice<\/strong>/);
    }
    expect((await signIn(world, "alice", "wrong password")).page.status).toBe(401);
    expect((await signIn(world, "mallory")).page.status).toBe(401);
  });

  it("contains hashes, and only its owner can read it", async () => {
    const path = await fileWith("alice");
    expect(readFileSync(path, "utf8")).toMatch(/"scrypt\$16\$8\$2\$/);
    expect(readFileSync(path, "utf8")).not.toContain(PASSWORD);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  it("that is changed disables an account: its session, refresh token and access tokens end", async () => {
    const path = await fileWith("alice", "bob");
    const world = await serve(accountsFile(path));
    const alice = await tokensOf(world, "alice");
    const bob = await tokensOf(world, "bob");
    const revoked: unknown[] = [];
    world.server.onRevoked((token) => revoked.push(token));

    expect(await as("disable", "alice", path)).toMatchObject({ status: 0 });
    expect((await alice.refresh()).body).toMatchObject({ error: "invalid_grant" });
    await eventually(() =>
      revoked.length === 1 ? Promise.resolve() : Promise.reject(new Error()),
    );
    const { authorizationUrl: url } = await authorizationUrl(world.server, world.client, {});
    expect((await alice.browser.visit(url)).html).toContain('type="password"');
    expect((await signIn(world, "alice")).page.status).toBe(401);

    expect((await bob.refresh()).status).toBe(200);
    expect((await bob.browser.visit(url)).html).toContain('value="allow"');
    await as("enable", "alice", path);
    expect((await signIn(world, "alice")).page.status).toBe(200);
  });

  it("that gets a new password ends what the old one opened", async () => {
    const path = await fileWith("alice");
    const world = await serve(accountsFile(path));
    const alice = await tokensOf(world, "alice");
    expect((await alice.refresh()).status).toBe(200);
    const again = await tokensOf(world, "alice");
    await runCli(["as", "set-password", "alice", "--file", path], {
      stdin: "another long password",
    });
    await signIn(world, "alice", "another long password");
    expect((await again.refresh()).body).toMatchObject({ error: "invalid_grant" });
  });

  it("that cannot be read is an outage: no sign-in works, and tokens stay", async () => {
    const path = await fileWith("alice");
    const world = await serve(accountsFile(path), { onError: () => undefined });
    const alice = await tokensOf(world, "alice");
    const good = readFileSync(path, "utf8");
    writeFileSync(path, "not json");
    expect((await alice.refresh()).status).toBe(503);
    expect((await signIn(world, "alice")).page.status).toBe(503);
    writeFileSync(path, good);
    expect((await alice.refresh()).status).toBe(200);
  });

  it.each([
    ["no JSON", "{", /is not JSON/],
    [
      "a password in the clear",
      '{"accounts":[{"id":"a","password":"secret-text"}]}',
      /set-password/,
    ],
    ["two accounts with one name", '{"accounts":[{"id":"a"},{"id":"b","email":"a"}]}', /not valid/],
    ["an unknown member", '{"accounts":[{"id":"a","passwort":"secret-text"}]}', /not valid/],
  ])("with %s is refused at the start, without its content", (_, content, message) => {
    const path = join(temporaryFolder(), "accounts.json");
    writeFileSync(path, content);
    expect(() => accountsFile(path)).toThrow(message);
    expect(() => accountsFile(path)).not.toThrow(/secret-text/);
  });

  it("that does not exist is refused with the command that creates it", () => {
    expect(() => accountsFile("/nowhere/accounts.json")).toThrow(/mcp-oauth as add-user/);
  });

  it("that others can read is refused in production", async () => {
    const path = await fileWith("alice");
    chmodSync(path, 0o644);
    expect(() => accountsFile(path)).not.toThrow();
    setNodeEnv("production");
    expect(() => accountsFile(path)).toThrow(/chmod 600/);
    chmodSync(path, 0o600);
    expect(() => accountsFile(path)).not.toThrow();
  });
});

describe("mcp-oauth as", () => {
  it("refuses a short password, a second account of one id, and an unknown one", async () => {
    const path = await fileWith("alice");
    const short = await runCli(["as", "add-user", "bob", "--file", path], { stdin: "short" });
    expect(short).toMatchObject({ status: 2, stderr: expect.stringContaining("15 to 1024") });
    const twice = await as("add-user", "alice", path);
    expect(twice).toMatchObject({ status: 2, stderr: expect.stringContaining("set-password") });
    expect((await as("disable", "mallory", path)).status).toBe(1);
    expect(JSON.parse(readFileSync(path, "utf8")).accounts).toHaveLength(1);
  });

  it("changes nothing while another process changes the file", async () => {
    const path = await fileWith("alice");
    writeFileSync(`${path}.lock`, "");
    const refused = await as("disable", "alice", path);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain(`${path}.lock`);
    expect(readFileSync(path, "utf8")).not.toContain("disabled");
  });
});

describe("revoke({ account })", () => {
  it("ends grants, tokens and sessions of one account, and of no other", async () => {
    const world = await serve([
      { id: "alice", password: PASSWORD },
      { id: "bob", password: PASSWORD },
    ]);
    const alice = await tokensOf(world, "alice");
    const bob = await tokensOf(world, "bob");
    const revoked: unknown[] = [];
    world.server.onRevoked((token) => revoked.push(token));
    await world.server.revoke({ account: "alice" });
    expect(revoked).toHaveLength(1);
    expect((await alice.refresh()).body).toMatchObject({ error: "invalid_grant" });
    expect((await bob.refresh()).status).toBe(200);
    const { authorizationUrl: url } = await authorizationUrl(world.server, world.client, {});
    expect((await alice.browser.visit(url)).html).toContain('type="password"');
  });
});

describe("the application's own accounts", () => {
  it("sign in with its functions", async () => {
    const world = await serve({
      findByLogin: (name) => Promise.resolve(name === "a@example.com" ? { id: "7" } : undefined),
      verify: (account, password) => account?.id === "7" && password === PASSWORD,
      find: (id) => (id === "7" ? { id, name: "Seven" } : undefined),
    });
    expect((await signIn(world, "a@example.com")).page.html).toContain("<strong>Seven</strong>");
    expect((await signIn(world, "b@example.com")).page.status).toBe(401);
  });

  it.each(["findByLogin", "verify", "find"])(
    "that fail in %s give an error page and a line in the log, and keep the request usable",
    async (name) => {
      const errors: Error[] = [];
      let fails = true;
      const failing = <T>(own: string, value: T): T => {
        if (fails && own === name) throw new Error("database is away");
        return value;
      };
      const world = await serve(
        {
          findByLogin: () => failing("findByLogin", { id: "7" }),
          verify: () => failing("verify", true),
          find: (id) => failing("find", { id }),
        },
        { onError: (error: Error) => errors.push(error) },
      );
      const { browser, page } = await signIn(world, "anyone");
      expect(page.status).toBe(503);
      expect(page.html).toContain("Wait a moment and try again.");
      expect(errors.map(({ message }) => message)).toContainEqual(
        expect.stringContaining(`accounts.${name}`),
      );
      fails = false;
      const again = await browser.visit(page.url);
      const consent = await browser.submit(again, {
        action: "login",
        username: "x",
        password: "x",
      });
      expect(consent.html).toContain('value="allow"');
    },
  );

  it("without the functions for a password are refused at the start", async () => {
    await expect(serve({ find: () => undefined })).rejects.toMatchObject({
      code: "ERR_OAUTH_ACCOUNTS",
    });
  });
});
