import { describe, expect, it } from "@jest/globals";
import type { AuthorizationServer } from "../../../src/authorization-server/index.js";
import {
  authorizationUrl,
  closedAfterEach,
  createBrowser,
  postForm,
  register,
  REDIRECT,
  start,
} from "./helpers.js";

const open = closedAfterEach();

async function world(options: object = {}) {
  const server = await start({
    autoApprove: undefined,
    accounts: [
      { id: "alice", name: "Alice", password: "correct horse" },
      { id: "bob", name: "Bob" },
      { id: "carol", name: "Carol" },
    ],
    ...options,
  } as object);
  return open(server);
}

type Browser = ReturnType<typeof createBrowser>;

/** Connects a new client as Bob, and returns a function that refreshes its tokens. */
async function connect(
  server: AuthorizationServer,
  name: string,
  browser: Browser,
  account = "bob",
) {
  const client = await register(server, { client_name: name });
  const { authorizationUrl: url, codeVerifier } = await authorizationUrl(server, client, {});
  let page = await browser.visit(url);
  if (page.html.includes('value="pick"')) {
    page = await browser.submit(page, { action: "pick", account });
  }
  const done = await browser.submit(page, { action: "allow" });
  const { body } = await postForm(server, {
    grant_type: "authorization_code",
    client_id: client.information.client_id,
    code: done.url.searchParams.get("code") ?? "",
    code_verifier: codeVerifier,
    redirect_uri: REDIRECT,
  });
  const refresh = () =>
    postForm(server, {
      grant_type: "refresh_token",
      client_id: client.information.client_id,
      refresh_token: String(body["refresh_token"]),
    });
  return { id: client.information.client_id, refresh };
}

const visit = (server: AuthorizationServer, browser: Browser) =>
  browser.visit(`${server.issuer}/connected-apps`);

describe("the page of connected applications", () => {
  it("asks for a sign-in, and shows an account without applications that there are none", async () => {
    const server = await world();
    const browser = createBrowser();
    const login = await visit(server, browser);
    expect(login.html).toContain('type="password"');
    const fields = { action: "login", username: "alice" };
    expect((await browser.submit(login, { ...fields, password: "wrong" })).status).toBe(401);
    const page = await browser.submit(login, { ...fields, password: "correct horse" });
    expect(page.html).toContain("No application has access to your account.");
    expect(page.html).toContain("<strong>Alice</strong>");
  });

  it("shows each application of the account with its scopes, and none of another account", async () => {
    const server = await world();
    const browser = createBrowser();
    await connect(server, "First app", browser);
    await connect(server, "Second <app>", browser);
    const page = await visit(server, browser);
    expect(page.status).toBe(200);
    for (const text of ["First app", "Second &lt;app&gt;", "Read your notes", "mcp:read"]) {
      expect(page.html).toContain(text);
    }
    expect(page.html).toMatch(/Access since <time datetime="20/);
    expect(page.html).toMatch(/last used <time datetime="20/);
    const other = createBrowser();
    await connect(server, "Third app", other, "carol");
    const foreign = await visit(server, other);
    expect(foreign.html).toContain("Third app");
    expect(foreign.html).not.toContain("First app");
    expect((await visit(server, browser)).html).not.toContain("Third app");
  });

  it("revokes one application, and leaves the others", async () => {
    const server = await world();
    const browser = createBrowser();
    const first = await connect(server, "First app", browser);
    const second = await connect(server, "Second app", browser);
    const revoked: unknown[] = [];
    server.onRevoked((token) => revoked.push(token));
    const page = await visit(server, browser);
    const after = await browser.submit(page, { action: "revoke", client: first.id });
    expect(after.html).not.toContain("First app");
    expect(after.html).toContain("Second app");
    expect(revoked).toHaveLength(1);
    expect((await first.refresh()).body).toMatchObject({ error: "invalid_grant" });
    expect((await second.refresh()).status).toBe(200);
  });

  it("revokes nothing of another account", async () => {
    const server = await world({
      accounts: [{ id: "bob" }, { id: "eve" }],
    });
    const victim = await connect(server, "Shared app", createBrowser(), "bob");
    const browser = createBrowser();
    await connect(server, "Own app", browser, "eve");
    await browser.submit(await visit(server, browser), { action: "revoke", client: victim.id });
    expect((await victim.refresh()).status).toBe(200);
  });

  it("signs out of this browser, and keeps the applications", async () => {
    const server = await world();
    const browser = createBrowser();
    const app = await connect(server, "First app", browser);
    const done = await browser.submit(await visit(server, browser), { action: "sign_out" });
    expect(done.html).toContain("You are signed out");
    expect((await visit(server, browser)).html).toContain('type="password"');
    expect((await app.refresh()).status).toBe(200);
  });

  it("signs out everywhere: other browsers and all applications", async () => {
    const server = await world();
    const [here, there] = [createBrowser(), createBrowser()];
    const first = await connect(server, "First app", here);
    const second = await connect(server, "Second app", there);
    await here.submit(await visit(server, here), { action: "sign_out_everywhere" });
    for (const { refresh } of [first, second]) {
      expect((await refresh()).body).toMatchObject({ error: "invalid_grant" });
    }
    expect((await visit(server, there)).html).toContain('type="password"');
  });
});

describe("a form of the page of connected applications", () => {
  it.each(["revoke", "sign_out", "sign_out_everywhere"])(
    "does nothing without the token of this browser: %s",
    async (action) => {
      const server = await world();
      const browser = createBrowser();
      const app = await connect(server, "First app", browser);
      const page = await visit(server, browser);
      const stolen = await visit(server, createBrowser());
      for (const html of ["", stolen.html]) {
        await browser.submit({ url: page.url, html }, { action, client: app.id });
      }
      expect((await visit(server, browser)).html).toContain("First app");
      expect((await app.refresh()).status).toBe(200);
    },
  );

  it("does nothing when another site sent it", async () => {
    const server = await world();
    const browser = createBrowser();
    const app = await connect(server, "First app", browser);
    const page = await visit(server, browser);
    const fields = { action: "revoke", client: app.id };
    const foreign = await browser.submit(page, fields, { origin: "https://evil.example.com" });
    expect(foreign.status).toBe(403);
    expect((await app.refresh()).status).toBe(200);
  });

  it("of a sign-in cannot be sent from another browser (login CSRF)", async () => {
    const server = await world();
    const attacker = await visit(server, createBrowser());
    const victim = createBrowser();
    await visit(server, victim);
    await victim.submit(attacker, { action: "pick", account: "bob" });
    expect((await visit(server, victim)).html).toContain('type="password"');
  });

  it("gives the session a new id at sign-in, so that a fixed one is of no use", async () => {
    const active = new Set(["7", "8"]);
    const find = (id: string) => (active.has(id) ? { id, name: `User ${id}` } : undefined);
    const server = await world({ accounts: { find, findByLogin: find, verify: () => true } });
    const browser = createBrowser();
    const sessionOf = () =>
      [...browser.jar.values()].find(({ name }) => /^mcp_as_[\w]{8}$/.test(name))?.value;
    const signInAs = async (username: string) => {
      const fields = { action: "login", username, password: "right" };
      const page = await browser.submit(await visit(server, browser), fields);
      expect(page.html).toContain(`<strong>User ${username}</strong>`);
      return sessionOf();
    };
    const first = await signInAs("7");
    expect(first).toBeDefined();
    // The session stays, and its account can no longer sign in.
    active.delete("7");
    expect(await signInAs("8")).not.toBe(first);
  });
});

describe("with the application's own login", () => {
  it("the page shows the account of the application's session", async () => {
    let answer: object = { accountId: "7" };
    const server = await world({
      accounts: { find: (id: string) => (id === "7" ? { id, name: "Seven" } : undefined) },
      authenticate: () => answer,
    });
    const browser = createBrowser();
    expect((await visit(server, browser)).html).toContain("<strong>Seven</strong>");
    answer = { signIn: "https://app.example.com/login" };
    expect((await visit(server, browser)).url.href).toBe("https://app.example.com/login");
    const looped = await browser.visit(`${server.issuer}/connected-apps?returned=1`);
    expect(looped.status).toBe(403);
  });
});
