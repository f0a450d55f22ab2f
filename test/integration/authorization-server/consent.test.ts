import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { AuthorizationServer } from "../../../src/authorization-server/index.js";
import {
  authorizationUrl,
  createBrowser,
  OPAQUE,
  register,
  stage,
  start,
  tokenIn,
  type AuthorizeOptions,
  type Stage,
  type TestClient,
} from "./helpers.js";

const SITE = "https://app.example.com/cb";
const ACCOUNTS = {
  autoApprove: undefined,
  accounts: [{ id: "alice", name: "Alice" }, { id: "bob" }],
} as object;

let staged: Stage;
let server: AuthorizationServer;
/** A client on the web, for which a consent can be remembered. */
let web: TestClient;
beforeAll(async () => {
  staged = await stage(ACCOUNTS);
  server = staged.server;
  web = await register(server, { redirect_uris: [SITE, "https://other.example.com/cb"] });
});
afterAll(() => server.close());

type Browser = ReturnType<typeof createBrowser>;
type Visited = Awaited<ReturnType<Browser["visit"]>>;

/** Opens the authorization URL as a browser does whose user typed the address. */
async function visit(
  browser: Browser,
  options: AuthorizeOptions = {},
  site = "none",
  as = web,
): Promise<Visited> {
  const { authorizationUrl: url } = await authorizationUrl(server, as, {
    redirectUri: SITE,
    ...options,
  });
  return browser.visit(url, site === "" ? {} : { headers: { "sec-fetch-site": site } });
}

const signIn = async (browser: Browser, options: AuthorizeOptions = {}, as = web) =>
  browser.submit(await visit(browser, options, "none", as), { action: "pick", account: "alice" });

/** A browser in which Alice has let the client be remembered. */
async function remembering(options: AuthorizeOptions = {}): Promise<Browser> {
  const browser = createBrowser();
  const consent = await signIn(browser, options);
  const { url } = await browser.submit(consent, { action: "allow", remember: "yes" });
  expect(url.searchParams.has("code")).toBe(true);
  return browser;
}

const hasCode = ({ url }: Visited) => url.searchParams.has("code");
const asks = ({ html }: Visited) => html.includes('value="allow"');

describe("a remembered consent", () => {
  it("answers the same request of the same browser without a page", async () => {
    expect(hasCode(await visit(await remembering()))).toBe(true);
  });

  it("is a choice: without it the page is shown again", async () => {
    const browser = createBrowser();
    await browser.submit(await signIn(browser), { action: "allow" });
    expect(asks(await visit(browser))).toBe(true);
  });

  it("is forgotten when the user allows again without the choice", async () => {
    const browser = await remembering();
    await browser.submit(await visit(browser, {}, "cross-site"), { action: "allow" });
    expect(asks(await visit(browser))).toBe(true);
  });

  it.each(["cross-site", "same-site", ""])(
    "does not answer a navigation that another site may have started: %j",
    async (site) => {
      const browser = await remembering();
      expect(asks(await visit(browser, {}, site))).toBe(true);
    },
  );

  it.each<[string, AuthorizeOptions]>([
    ["other scopes", { scope: "mcp:read mcp:write" }],
    ["another resource", { resource: OPAQUE }],
    ["identity", { scope: "mcp:read openid" }],
    ["another redirect host", { redirectUri: "https://other.example.com/cb" }],
  ])("does not answer a request for %s", async (_, options) => {
    expect(asks(await visit(await remembering(), options))).toBe(true);
  });

  it("does not answer another client", async () => {
    const other = await register(server, { redirect_uris: [SITE] });
    expect(asks(await visit(await remembering(), {}, "none", other))).toBe(true);
  });

  it("does not answer the same client for another account", async () => {
    const browser = await remembering();
    const consent = await visit(browser, {}, "cross-site");
    const login = await browser.submit(consent, { action: "switch" });
    const page = await browser.submit(login, { action: "pick", account: "bob" });
    expect(page.html).toMatch(/<strong>bob<\/strong>/);
    expect(asks(page)).toBe(true);
  });

  it("does not answer after a sign-in, which another site may have begun", async () => {
    const browser = await remembering();
    const login = await visit(browser, { query: { prompt: "login" } }, "cross-site");
    expect(asks(await browser.submit(login, { action: "pick", account: "alice" }))).toBe(true);
  });

  it("is not offered to an application on the device, and not used for one", async () => {
    const native = await register(server);
    const options = { redirectUri: "http://127.0.0.1:53682/callback" };
    const browser = createBrowser();
    const consent = await signIn(browser, options, native);
    expect(consent.html).not.toContain('name="remember"');
    await browser.submit(consent, { action: "allow", remember: "yes" });
    expect(asks(await visit(browser, options, "none", native))).toBe(true);
  });

  it("is not offered when it is turned off", async () => {
    const strict = await start({ ...ACCOUNTS, rememberConsentSeconds: 0 });
    try {
      const client = await register(strict, { redirect_uris: [SITE] });
      const { authorizationUrl: url } = await authorizationUrl(strict, client, {
        redirectUri: SITE,
      });
      const browser = createBrowser();
      const login = await browser.visit(url);
      const consent = await browser.submit(login, { action: "pick", account: "alice" });
      expect(asks(consent)).toBe(true);
      expect(consent.html).not.toContain('name="remember"');
    } finally {
      await strict.close();
    }
  });

  it("ends after the time that the page named", async () => {
    const brief = await stage({ ...ACCOUNTS, rememberConsentSeconds: 600 });
    try {
      const client = await register(brief.server, { redirect_uris: [SITE] });
      const browser = createBrowser();
      const open = async () => {
        const options = { redirectUri: SITE };
        const { authorizationUrl: url } = await authorizationUrl(brief.server, client, options);
        return browser.visit(url, { headers: { "sec-fetch-site": "none" } });
      };
      const consent = await browser.submit(await open(), { action: "pick", account: "alice" });
      expect(consent.html).toContain("for 1 days");
      await browser.submit(consent, { action: "allow", remember: "yes" });
      brief.advance(598);
      expect(hasCode(await open())).toBe(true);
      brief.advance(3);
      expect(asks(await open())).toBe(true);
    } finally {
      await brief.server.close();
    }
  });
});

describe("prompt=none", () => {
  const silent = { query: { prompt: "none" } };
  const errorOf = ({ url }: Visited) => url.searchParams.get("error");

  it("answers what is remembered, and consent_required otherwise", async () => {
    const browser = await remembering();
    expect(hasCode(await visit(browser, silent))).toBe(true);
    expect(errorOf(await visit(browser, silent, "cross-site"))).toBe("consent_required");
    const more = { ...silent, scope: "mcp:read mcp:write" };
    expect(errorOf(await visit(browser, more))).toBe("consent_required");
  });

  it("answers consent_required to an application on the device, and login_required without a session", async () => {
    const native = await register(server);
    const options = { redirectUri: "http://127.0.0.1:53682/callback" };
    const browser = await remembering();
    const answer = await visit(browser, { ...options, ...silent }, "none", native);
    expect(errorOf(answer)).toBe("consent_required");
    const unknown = await visit(createBrowser(), { ...options, ...silent }, "none", native);
    expect(errorOf(unknown)).toBe("login_required");
  });
});

describe("a request that began in one browser", () => {
  /** Cookies that an attacker on a sibling domain can set in the victim's browser. */
  const toss = (from: Browser, to: Browser) => {
    for (const [place, cookie] of from.jar) {
      if (!cookie.name.startsWith("mcp_as_browser")) to.jar.set(place, cookie);
    }
  };

  it("does not show its page in another browser, even with its cookies", async () => {
    const attacker = createBrowser();
    const victim = createBrowser();
    await visit(victim);
    const consent = await signIn(attacker);
    toss(attacker, victim);
    const stolen = await victim.visit(consent.url);
    expect(stolen.status).toBe(400);
    expect(stolen.html).toContain("belongs to another browser");
    expect((await attacker.visit(consent.url)).status).toBe(200);
  });

  it("is not allowed by another browser, even with the form", async () => {
    const attacker = createBrowser();
    const victim = createBrowser();
    await visit(victim);
    const consent = await signIn(attacker);
    toss(attacker, victim);
    expect((await victim.submit(consent, { action: "allow" })).status).toBe(400);
  });

  it("does not end in another browser, where the attacker would be signed in", async () => {
    const allowed = async () => {
      const attacker = createBrowser();
      const consent = await signIn(attacker);
      const response = await fetch(consent.url, {
        method: "POST",
        redirect: "manual",
        headers: { cookie: attacker.cookiesFor(consent.url), origin: consent.url.origin },
        body: new URLSearchParams({ action: "allow", ...tokenIn(consent.html) }),
      });
      const back = response.headers.get("location") ?? "";
      expect(back).toContain("/authorize/");
      return { attacker, back };
    };
    const own = await allowed();
    expect(hasCode(await own.attacker.visit(own.back))).toBe(true);
    const { attacker, back } = await allowed();
    const victim = createBrowser();
    await visit(victim);
    toss(attacker, victim);
    const refused = await victim.visit(back);
    expect(refused.status).toBe(400);
    expect(refused.html).toContain("This did not work");
  });

  it("is refused with two cookies of the browser, one of which someone else set", async () => {
    const browser = createBrowser();
    const consent = await signIn(browser);
    const names = [...browser.jar.values()].map(({ name }) => name);
    const name = names.find((name) => name.startsWith("mcp_as_browser")) ?? "";
    const response = await fetch(consent.url, {
      headers: { cookie: `${browser.cookiesFor(consent.url)}; ${name}=${"x".repeat(43)}` },
    });
    expect(response.status).toBe(400);
  });
});

describe("a form", () => {
  it.each(["pick", "allow"])("without the token of its page does nothing: %s", async (action) => {
    const browser = createBrowser();
    const page = action === "pick" ? await visit(browser) : await signIn(browser);
    const answer = await browser.submit(page, { action, account: "alice", form_token: "" });
    expect(hasCode(answer)).toBe(false);
    expect(answer.url.href).toBe(page.url.href);
  });

  it("of a sign-in does not work for a consent, nor that of another request", async () => {
    const browser = createBrowser();
    const login = await visit(browser);
    const consent = await browser.submit(login, { action: "pick", account: "alice" });
    const mixed = await browser.submit(consent, { action: "allow", ...tokenIn(login.html) });
    expect(mixed.status).toBe(409);
    expect(hasCode(await browser.submit(consent, { action: "allow" }))).toBe(true);
  });

  it("counts only for what its page showed: a client with a new name is shown again", async () => {
    const client = await register(server, { redirect_uris: [SITE], client_name: "Old name" });
    const browser = createBrowser();
    const consent = await signIn(browser, {}, client);
    const { Client } = server.provider as unknown as {
      Client: { adapter: { upsert(id: string, payload: object): Promise<void> } };
    };
    const renamed = { ...client.information, client_name: "New name" };
    await Client.adapter.upsert(client.information.client_id, renamed);
    const changed = await browser.submit(consent, { action: "allow" });
    expect(changed.status).toBe(409);
    expect(changed.html).toContain("The request has changed");
    expect(changed.html).toContain("“New name”");
    expect(hasCode(await browser.submit(changed, { action: "allow" }))).toBe(true);
  });
});

describe("an impatient user", () => {
  it("can load the page twice and then allow", async () => {
    const browser = createBrowser();
    const consent = await signIn(browser);
    await browser.visit(consent.url);
    const second = await browser.visit(consent.url);
    expect(second.html).toBe(consent.html);
    expect(hasCode(await browser.submit(consent, { action: "allow" }))).toBe(true);
  });

  it("who goes back to an answered page reads that it was answered", async () => {
    const browser = createBrowser();
    const login = await visit(browser);
    const consent = await browser.submit(login, { action: "pick", account: "alice" });
    await browser.submit(consent, { action: "allow" });
    for (const page of [login, consent]) {
      const again = await browser.visit(page.url);
      expect(again.status).toBe(409);
      expect(again.html).toContain("You have already answered this request.");
    }
    const twice = await browser.submit(consent, { action: "allow" });
    expect(twice.status).toBe(409);
  });

  it("can use two tabs: each ends with a code", async () => {
    const browser = createBrowser();
    const one = await visit(browser);
    const other = await visit(browser, { scope: "mcp:write" });
    const consent = await browser.submit(one, { action: "pick", account: "alice" });
    const otherConsent = await browser.submit(other, { action: "pick", account: "alice" });
    expect(hasCode(await browser.submit(consent, { action: "allow" }))).toBe(true);
    expect(hasCode(await browser.submit(otherConsent, { action: "allow" }))).toBe(true);
  });

  it("who signs in as another person in a second tab starts again in the first", async () => {
    const browser = createBrowser();
    const one = await visit(browser);
    const other = await visit(browser);
    const consent = await browser.submit(one, { action: "pick", account: "alice" });
    const otherConsent = await browser.submit(other, { action: "pick", account: "bob" });
    expect((await browser.submit(consent, { action: "allow" })).status).toBe(400);
    expect(otherConsent.html).toMatch(/<strong>bob<\/strong>/);
    expect(hasCode(await browser.submit(otherConsent, { action: "allow" }))).toBe(true);
  });
});

describe("the consent page", () => {
  it("names the verified domain of a client with a metadata document", async () => {
    const id = "https://client.example.com/client.json";
    const redirectUri = "https://client.example.com/cb";
    const document = {
      client_id: id,
      client_name: "Notes app",
      redirect_uris: [redirectUri],
      token_endpoint_auth_method: "none",
    };
    const other = await start({
      ...ACCOUNTS,
      fetch: () => Promise.resolve(Response.json(document)),
    });
    try {
      const { metadata } = await register(other);
      const client = { metadata, information: { ...web.information, client_id: id } };
      const { authorizationUrl: url } = await authorizationUrl(other, client, { redirectUri });
      const browser = createBrowser();
      const login = await browser.visit(url);
      const consent = await browser.submit(login, { action: "pick", account: "alice" });
      expect(consent.html).toContain("Allow Notes app to do this for you?");
      expect(consent.html).toContain("client.example.com (verified)");
    } finally {
      await other.close();
    }
  });

  it("says that an unverified client chose its own name, and where the answer goes", async () => {
    const { html } = await signIn(createBrowser());
    expect(html).toContain("an application that calls itself “Test client”");
    expect(html).toContain("Not verified.");
    expect(html).toContain("app.example.com");
  });

  it("is in German for a client that sends ui_locales", async () => {
    const browser = createBrowser();
    const login = await visit(browser, { query: { ui_locales: "de-CH en" } });
    expect(login.html).toContain('<html lang="de">');
    expect(login.html).toContain("Anmelden");
  });
});

describe("the cookies", () => {
  it("have the prefixes __Host- and __Secure- on https, so that no sibling domain can set them", async () => {
    const secure = await start({ ...ACCOUNTS, issuer: "https://auth.example.com" });
    try {
      const address = await secure.listen(0);
      const registration = await fetch(`${address}/register`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ redirect_uris: [SITE], token_endpoint_auth_method: "none" }),
      });
      const { client_id: id } = (await registration.json()) as { client_id: string };
      const query = new URLSearchParams({
        client_id: id,
        redirect_uri: SITE,
        response_type: "code",
        code_challenge: "x".repeat(43),
        code_challenge_method: "S256",
      });
      const response = await fetch(`${address}/authorize?${query.toString()}`, {
        redirect: "manual",
      });
      const cookies = response.headers.getSetCookie();
      expect(cookies.some((cookie) => /^__Host-mcp_as_browser_/.test(cookie))).toBe(true);
      expect(cookies.length).toBeGreaterThan(3);
      for (const cookie of cookies) {
        expect(cookie).toMatch(/^__(Host|Secure)-mcp_as_/);
        expect(cookie).toMatch(/; secure/i);
        expect(cookie).not.toMatch(/domain=/i);
        if (cookie.startsWith("__Host-")) expect(cookie).toMatch(/; path=\/;/);
      }
    } finally {
      await secure.close();
    }
  });
});
