import { createServer, type IncomingMessage } from "node:http";
import express from "express";
import session from "express-session";
import { describe, expect, it } from "@jest/globals";
import {
  createAuthorizationServer,
  type AuthenticateContext,
  type AuthenticateResult,
  type AuthorizationServer,
} from "../../../src/authorization-server/index.js";
import { freePort } from "../../support/free-port.js";
import { blocksOf, runSnippet } from "../../support/run-snippet.js";
import { authorizationUrl, closedAfterEach, createBrowser, register, start } from "./helpers.js";

const open = closedAfterEach();

type Authenticate = (request: IncomingMessage, context: AuthenticateContext) => AuthenticateResult;

/** A server whose application answers what the test sets. */
async function world(answer: AuthenticateResult, options: object = {}) {
  const state = { answer, contexts: [] as AuthenticateContext[] };
  const authenticate: Authenticate = (_request, context) => {
    state.contexts.push(context);
    return state.answer;
  };
  const server = await start({
    autoApprove: undefined,
    accounts: { find: (id: string) => (id === "gone" ? undefined : { id, name: `User ${id}` }) },
    authenticate,
    ...options,
  } as object);
  open(server);
  const client = await register(server);
  const browser = createBrowser();
  const visit = async (query: Record<string, string> = {}) =>
    browser.visit(
      (await authorizationUrl(server, client, { scope: "openid mcp:read", query }))
        .authorizationUrl,
    );
  return { state, server, client, browser, visit };
}

const SIGN_IN = { signIn: "https://app.example.com/login" };
const isConsentOf = (id: string, { html }: { html: string }) =>
  html.includes('value="allow"') && html.includes(`<strong>User ${id}</strong>`);

describe("the application's own login", () => {
  it("continues as the account of the application's session, without a sign-in page", async () => {
    const { browser, visit } = await world({ accountId: "1" });
    const consent = await visit();
    expect(isConsentOf("1", consent)).toBe(true);
    expect(consent.html).not.toContain('value="switch"');
    const { url } = await browser.submit(consent, { action: "allow" });
    expect(url.searchParams.has("code")).toBe(true);
  });

  it("sends the browser to the application's sign-in page, and continues after it", async () => {
    const { state, browser, visit, server } = await world(SIGN_IN);
    expect((await visit()).url.href).toBe(SIGN_IN.signIn);
    const returnTo = state.contexts.at(-1)?.returnTo ?? "";
    expect(returnTo).toMatch(/^\/interaction\//);
    state.answer = { accountId: "1" };
    expect(isConsentOf("1", await browser.visit(new URL(returnTo, server.issuer)))).toBe(true);
  });

  it("ends a loop with a page that says why", async () => {
    const { state, browser, visit, server } = await world(SIGN_IN);
    await visit();
    const returnTo = state.contexts.at(-1)?.returnTo ?? "";
    const page = await browser.visit(new URL(returnTo, server.issuer));
    expect(page.status).toBe(401);
    expect(page.html).toContain("Allow cookies for this site");
  });

  it("notices that the user has signed out of the application", async () => {
    const { state, browser, visit } = await world({ accountId: "1" });
    await browser.submit(await visit(), { action: "allow" });
    state.answer = SIGN_IN;
    expect((await visit()).url.href).toBe(SIGN_IN.signIn);
  });

  it("notices a sign-out between the consent page and the click", async () => {
    const { state, browser, visit } = await world({ accountId: "1" });
    const consent = await visit();
    state.answer = SIGN_IN;
    const { url } = await browser.submit(consent, { action: "allow" });
    expect(url.searchParams.has("code")).toBe(false);
    expect(url.href).toBe(SIGN_IN.signIn);
  });

  it("starts again for another user: the first one's page gives no code", async () => {
    const { state, browser, visit } = await world({ accountId: "1" });
    const first = await visit();
    state.answer = { accountId: "2" };
    const second = await visit();
    expect(isConsentOf("2", second)).toBe(true);
    expect((await browser.submit(first, { action: "allow" })).status).toBe(400);
    const { url } = await browser.submit(second, { action: "allow" });
    expect(url.searchParams.has("code")).toBe(true);
  });

  it("asks for consent again when the user changed before the click", async () => {
    const { state, browser, visit } = await world({ accountId: "1" });
    const consent = await visit();
    state.answer = { accountId: "2" };
    const page = await browser.submit(consent, { action: "allow" });
    expect(page.url.searchParams.has("code")).toBe(false);
    expect(isConsentOf("2", page)).toBe(true);
  });

  it("accepts no form of the built-in sign-in page", async () => {
    const { browser, visit } = await world(SIGN_IN, {
      authenticate: () => ({ accountId: "gone" }),
    });
    const refused = await visit();
    expect(refused.status).toBe(403);
    expect(refused.html).toContain("Your account has no access here.");
    const answer = await browser.submit(refused, { action: "login", username: "1", password: "x" });
    expect(answer.status).toBe(403);
  });
});

describe("a new sign-in", () => {
  const now = () => Math.floor(Date.now() / 1000);

  it("that the client demands is passed to the application, and its time to the client", async () => {
    const { state, visit, browser, server } = await world({ accountId: "1", signedInAt: 1_000 });
    await browser.submit(await visit(), { action: "allow" });
    state.answer = SIGN_IN;
    expect((await visit({ prompt: "login" })).url.href).toBe(SIGN_IN.signIn);
    const { returnTo = "", signedInSince = 0 } = state.contexts.at(-1) ?? {};
    expect(signedInSince).toBeGreaterThan(now() - 60);
    state.answer = { accountId: "1", signedInAt: now() + 1 };
    expect(isConsentOf("1", await browser.visit(new URL(returnTo, server.issuer)))).toBe(true);
  });

  it.each<[string, Record<string, string>, AuthenticateResult]>([
    ["prompt=login, without a time", { prompt: "login" }, { accountId: "1" }],
    ["prompt=login, before", { prompt: "login" }, { accountId: "1", signedInAt: 1_000 }],
    ["max_age, before", { max_age: "60" }, { accountId: "1", signedInAt: 1_000 }],
  ])("that did not happen is login_required: %s", async (_, query, answer) => {
    const { visit, browser } = await world(answer);
    await browser.submit(await visit(), { action: "allow" });
    expect((await visit(query)).url.searchParams.get("error")).toBe("login_required");
  });

  it("is not needed within max_age", async () => {
    const { visit } = await world({ accountId: "1", signedInAt: now() });
    expect(isConsentOf("1", await visit({ max_age: "600" }))).toBe(true);
  });
});

describe("an error in authenticate", () => {
  it.each<[string, Authenticate]>([
    [
      "that it throws",
      () => {
        throw new Error("database is away");
      },
    ],
    ["that is a script", () => ({ signIn: "javascript:alert(1)" })],
    ["that is another host without a scheme", () => ({ signIn: "//evil.example.com" })],
    ["that is another host for a browser", () => ({ signIn: "/\\evil.example.com" })],
  ])("%s is a page that says to try again, and a line in the log", async (_, authenticate) => {
    const errors: Error[] = [];
    const { visit } = await world(SIGN_IN, { authenticate, onError: (e: Error) => errors.push(e) });
    const page = await visit();
    expect(page.status).toBe(503);
    expect(errors[0]?.message).toContain("authenticate");
  });
});

describe("the example with Express", () => {
  it("signs in, consents, signs out, and is asked to sign in again", async () => {
    const port = await freePort();
    const origin = `http://localhost:${port}`;
    const [code = ""] = blocksOf("docs/guides/own-login.md", "ts");
    const { app, authorizationServer } = (await runSnippet(
      code.replaceAll("http://localhost:3000", origin),
      { express, session, createAuthorizationServer },
      "{ app, authorizationServer }",
    )) as { app: express.Express; authorizationServer: AuthorizationServer };
    const http = createServer(app);
    await new Promise<void>((resolve) => http.listen(port, "localhost", resolve));
    open({
      close() {
        http.close();
        http.closeAllConnections();
        return authorizationServer.close();
      },
    });

    const client = await register(authorizationServer);
    const resource = "http://localhost:8080/mcp";
    const browser = createBrowser();
    const visit = async () => {
      const options = { resource, scope: "mcp:access" };
      return browser.visit(
        (await authorizationUrl(authorizationServer, client, options)).authorizationUrl,
      );
    };
    const login = await visit();
    expect(login.url.pathname).toBe("/login");
    const wrong = await browser.submit(login, { email: "ada@example.com", password: "wrong" });
    expect(wrong.status).toBe(401);
    const fields = { email: "ada@example.com", password: "correct horse battery" };
    const consent = await browser.submit(login, fields);
    expect(consent.html).toContain("<strong>Ada</strong>");
    const { url } = await browser.submit(consent, { action: "allow" });
    expect(url.searchParams.has("code")).toBe(true);

    await browser.visit(`${origin}/logout`, { method: "POST" });
    expect((await visit()).url.pathname).toBe("/login");
  });
});
