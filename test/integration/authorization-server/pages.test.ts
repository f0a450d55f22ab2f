import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { decodeJwt } from "jose";
import { exchangeAuthorization } from "@modelcontextprotocol/sdk/client/auth.js";
import type { AuthorizationServer } from "../../../src/authorization-server/index.js";
import {
  authorizationUrl,
  createBrowser,
  open,
  REDIRECT,
  register,
  RESOURCE,
  start,
  type AuthorizeOptions,
  type TestClient,
} from "./helpers.js";

let server: AuthorizationServer;
let client: TestClient;
beforeAll(async () => {
  server = await start({
    autoApprove: undefined,
    accounts: [
      { id: "alice", name: "Alice", password: "correct horse" },
      { id: "bob", name: "Bob <b>", email: "bob@example.com" },
    ],
  } as object);
  client = await register(server);
});
afterAll(() => server.close());

type Browser = ReturnType<typeof createBrowser>;

async function visit(options: AuthorizeOptions = {}, browser = createBrowser(), as = client) {
  const { authorizationUrl: url, codeVerifier } = await authorizationUrl(server, as, options);
  return { browser, page: await browser.visit(url), codeVerifier };
}

/** Signed in as Bob, on the consent page. */
async function visitConsent(options: AuthorizeOptions = {}, browser?: Browser, as?: TestClient) {
  const login = await visit(options, browser, as);
  const page = await login.browser.submit(login.page, { action: "pick", account: "bob" });
  return { ...login, page };
}

describe("the login page", () => {
  it("names the client and offers what the accounts need", async () => {
    const { page } = await visit();
    expect(page.status).toBe(200);
    expect(page.html).toContain("Test client");
    expect(page.html).toContain('type="password"');
    expect(page.html).toContain('name="account" value="bob"');
    expect(page.html).not.toContain('value="alice"');
  });

  it("accepts the right password and refuses a wrong one", async () => {
    const { browser, page } = await visit();
    const fields = { action: "login", username: "alice", password: "wrong" };
    const refused = await browser.submit(page, fields);
    expect(refused.status).toBe(401);
    expect(refused.html).toContain("User name or password is wrong.");
    expect(refused.html).toContain('value="alice"');
    expect(refused.html).not.toContain('value="wrong"');
    const accepted = await browser.submit(refused, { ...fields, password: "correct horse" });
    expect(accepted.html).toContain("Signed in as <strong>Alice</strong>");
  });

  it("does not let an account with a password be picked", async () => {
    const { browser, page } = await visit();
    const answer = await browser.submit(page, { action: "pick", account: "alice" });
    expect(answer.status).toBe(401);
  });

  it("does not skip ahead to the consent", async () => {
    const { browser, page } = await visit();
    expect((await browser.submit(page, { action: "allow" })).status).toBe(400);
  });

  it("can be cancelled", async () => {
    const { browser, page } = await visit();
    const { url } = await browser.submit(page, { action: "deny" });
    expect(url.href.startsWith(REDIRECT)).toBe(true);
    expect(url.searchParams.get("error")).toBe("access_denied");
    expect(url.searchParams.get("state")).toBe("state-1");
  });
});

describe("the consent page", () => {
  it("says who wants what for which resource", async () => {
    const { page } = await visitConsent({ scope: "mcp:read openid" });
    for (const text of [
      "Test client",
      "Read your notes",
      "mcp:read",
      RESOURCE,
      "Know who you are",
    ]) {
      expect(page.html).toContain(text);
    }
    expect(page.html).not.toContain("mcp:write");
    expect(page.html).toContain("127.0.0.1:53682");
  });

  it("gives a code once it is allowed", async () => {
    const { browser, page, codeVerifier } = await visitConsent();
    const { url } = await browser.submit(page, { action: "allow" });
    expect(url.href.startsWith(`${REDIRECT}?`)).toBe(true);
    const tokens = await exchangeAuthorization(server.issuer, {
      metadata: client.metadata,
      clientInformation: client.information,
      authorizationCode: url.searchParams.get("code") ?? "",
      codeVerifier,
      redirectUri: REDIRECT,
      resource: new URL(RESOURCE),
    });
    expect(decodeJwt(tokens.access_token)).toMatchObject({ sub: "bob", scope: "mcp:read" });
  });

  it("gives none once it is denied", async () => {
    const { browser, page } = await visitConsent();
    const { url } = await browser.submit(page, { action: "deny" });
    expect(url.searchParams.get("error")).toBe("access_denied");
    expect(url.searchParams.has("code")).toBe(false);
  });

  it("is shown again for more scopes, and to a native client every time", async () => {
    const { browser, page } = await visitConsent();
    await browser.submit(page, { action: "allow" });
    const more = await visit({ scope: "mcp:read mcp:write" }, browser);
    expect(more.page.html).toContain("Change them");
    const again = await visit({}, browser);
    expect(again.page.html).toContain("Read your notes");
  });

  it("lets another user sign in", async () => {
    const { browser, page } = await visitConsent();
    const login = await browser.submit(page, { action: "switch" });
    expect(login.html).toContain('type="password"');
    const fields = { action: "login", username: "alice", password: "correct horse" };
    const consent = await browser.submit(login, fields);
    expect(consent.html).toContain("Signed in as <strong>Alice</strong>");
    const { url } = await browser.submit(consent, { action: "allow" });
    expect(url.searchParams.get("state")).toBe("state-1");
    expect(url.searchParams.has("code")).toBe(true);
  });

  it("does not understand other actions", async () => {
    const { browser, page } = await visitConsent();
    for (const action of ["", "login", "ALLOW"]) {
      expect((await browser.submit(page, { action })).status).toBe(400);
    }
  });
});

describe("a form that is not ours", () => {
  it("is refused when another origin sent it, the port included", async () => {
    const { browser, page } = await visitConsent();
    for (const origin of ["https://evil.example.com", "http://127.0.0.1:1", "null"]) {
      const answer = await browser.submit(page, { action: "allow" }, { origin });
      expect(answer.status).toBe(403);
    }
    expect((await browser.submit(page, { action: "allow" })).url.searchParams.has("code")).toBe(
      true,
    );
  });

  it("is refused without the cookie of the interaction", async () => {
    const { page } = await visitConsent();
    const answer = await createBrowser().submit(page, { action: "allow" });
    expect(answer.status).toBe(400);
  });

  it("is refused with the cookie of another interaction", async () => {
    const victim = await visitConsent();
    const attacker = await visitConsent();
    const cookies = [...attacker.browser.jar.values()]
      .filter(({ name }) => name.includes("_interaction_"))
      .map(({ name, value }) => `${name}=${value}`);
    const response = await fetch(victim.page.url, {
      method: "POST",
      redirect: "manual",
      headers: { cookie: cookies.join("; "), origin: victim.page.url.origin },
      body: new URLSearchParams({ action: "allow" }),
    });
    expect(response.status).toBe(400);
  });

  it("is refused when it is too large", async () => {
    const { browser, page } = await visit();
    const fields = { action: "login", username: "x".repeat(9000), password: "x" };
    expect((await browser.submit(page, fields)).status).toBe(413);
  });
});

describe("text in a page that a client controls", () => {
  const attack = `<img src=x onerror=alert(1)>"'&\u202e</strong><script>alert(2)</script>`;

  it("stays text: the client's name, on both pages", async () => {
    const evil = await register(server, { client_name: attack });
    const login = await visit({}, createBrowser(), evil);
    const consent = await visitConsent({}, createBrowser(), evil);
    for (const { page } of [login, consent]) {
      expect(page.html).toContain(
        "&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;&lt;/strong&gt;",
      );
      expect(page.html).not.toMatch(/<img|<script|\u202e/);
    }
  });

  it("stays text: an account's name and what was typed as user name", async () => {
    const { browser, page } = await visit();
    expect(page.html).toContain("Bob &lt;b&gt;");
    const fields = { action: "login", username: attack, password: "x" };
    const refused = await browser.submit(page, fields);
    expect(refused.html).toContain('value="&lt;img');
    expect(refused.html).not.toMatch(/<img|<script/);
  });

  it("stays text: an error on the way", async () => {
    const url = new URL(`${server.issuer}/authorize`);
    url.searchParams.set("client_id", attack);
    url.searchParams.set("state", attack);
    const response = await fetch(url, { headers: { accept: "text/html" } });
    const html = await response.text();
    expect(response.status).toBe(400);
    expect(html).toContain("This did not work");
    expect(html).not.toMatch(/<img|<script/);
  });

  it("is cut where it would push the rest out of sight", async () => {
    const long = await register(server, { client_name: "y".repeat(5000) });
    const { page } = await visitConsent({}, createBrowser(), long);
    expect(/y+…/.exec(page.html)?.[0]).toHaveLength(301);
  });
});

describe("the headers of a page", () => {
  it("allow no script, no frame, no foreign style, and no storing", async () => {
    const { page } = await visitConsent();
    const policy = page.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("base-uri 'none'");
    expect(policy).not.toMatch(/unsafe|script-src/);
    expect(page.headers.get("x-frame-options")).toBe("DENY");
    expect(page.headers.get("cache-control")).toBe("no-store");
    expect(page.headers.get("x-content-type-options")).toBe("nosniff");
  });

  it("let the form lead to the client's own scheme, and to no other", async () => {
    const redirectUri = "cursor://callback";
    const app = await register(server, { redirect_uris: [redirectUri] });
    const { page } = await visit({ redirectUri }, createBrowser(), app);
    expect(page.headers.get("content-security-policy")).toContain("cursor:");
    const other = await visit();
    expect(other.page.headers.get("content-security-policy")).not.toContain("cursor:");
  });

  it("keep the cookies from scripts and from other sites", async () => {
    const { authorizationUrl: url } = await authorizationUrl(server, client, {});
    const response = await fetch(url, { redirect: "manual" });
    const cookies = response.headers.getSetCookie();
    expect(cookies.length).toBeGreaterThan(0);
    for (const cookie of cookies) expect(cookie).toMatch(/; samesite=lax; httponly/i);
  });
});

describe("an interaction", () => {
  it("that is unknown shows a page that says so", async () => {
    const { status, text } = await open(new URL(`${server.issuer}/interaction/unknown`));
    expect(status).toBe(400);
    expect(text).toContain("has expired or belongs to another browser");
  });

  it("takes GET and POST only", async () => {
    const { page } = await visit();
    expect((await fetch(page.url, { method: "DELETE" })).status).toBe(405);
  });
});
