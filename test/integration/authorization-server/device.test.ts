import { describe, expect, it } from "@jest/globals";
import { decodeJwt } from "jose";
import { closedAfterEach, createBrowser, postForm, register, RESOURCE, start } from "./helpers.js";

const GRANT = "urn:ietf:params:oauth:grant-type:device_code";

const open = closedAfterEach();

async function world() {
  const server = await start({
    autoApprove: undefined,
    accounts: [{ id: "alice", name: "Alice" }, { id: "bob" }],
  } as object);
  open(server);
  const client = await register(server, {
    client_name: "Television",
    grant_types: [GRANT, "refresh_token"],
    redirect_uris: [],
    response_types: [],
  });
  const { client_id } = client.information;
  const begin = async () => {
    const form = { client_id, scope: "mcp:read", resource: RESOURCE };
    const { body } = await postForm(server, form, {}, "/device_authorization");
    return body as {
      device_code: string;
      user_code: string;
      verification_uri: string;
      verification_uri_complete: string;
    };
  };
  const poll = (device: { device_code: string }) =>
    postForm(server, { grant_type: GRANT, client_id, device_code: device.device_code });
  return { server, begin, poll };
}

type Browser = ReturnType<typeof createBrowser>;

/** Sends the form of the code page with its hidden fields. */
async function enter(browser: Browser, page: { url: URL; html: string }, code: string) {
  const xsrf = /name="xsrf"\s+value="([^"]*)"/.exec(page.html)?.[1] ?? "";
  return browser.submit(page, { xsrf, confirm: "yes", user_code: code });
}

const allow = async (browser: Browser, page: { url: URL; html: string }) =>
  browser.submit(await browser.submit(page, { action: "pick", account: "alice" }), {
    action: "allow",
  });

describe("a device", () => {
  it("gets tokens after the user entered its code, signed in and allowed", async () => {
    const { begin, poll } = await world();
    const device = await begin();
    expect((await poll(device)).body).toMatchObject({ error: "authorization_pending" });
    const browser = createBrowser();
    const input = await browser.visit(device.verification_uri);
    const login = await enter(browser, input, device.user_code.toLowerCase());
    const consent = await browser.submit(login, { action: "pick", account: "alice" });
    expect(consent.html).toContain("Television");
    expect(consent.html).toContain(`it shows the code ${device.user_code}`);
    expect(consent.html).not.toContain('name="remember"');
    expect((await poll(device)).body).toMatchObject({ error: "authorization_pending" });
    const done = await browser.submit(consent, { action: "allow" });
    expect(done.html).toContain("The device is connected");
    const { body } = await poll(device);
    expect(decodeJwt(String(body["access_token"]))).toMatchObject({
      sub: "alice",
      aud: RESOURCE,
      scope: "mcp:read",
    });
    expect((await poll(device)).body).toMatchObject({ error: "invalid_grant" });
  });

  it("gets access_denied when the user denies", async () => {
    const { begin, poll } = await world();
    const device = await begin();
    const browser = createBrowser();
    const login = await enter(
      browser,
      await browser.visit(device.verification_uri),
      device.user_code,
    );
    const done = await browser.submit(login, { action: "deny" });
    expect(done.html).toContain("The device was not connected");
    expect((await poll(device)).body).toMatchObject({ error: "access_denied" });
  });

  it("is asked for consent again although the user allowed it before", async () => {
    const { begin } = await world();
    const browser = createBrowser();
    const first = await begin();
    await allow(
      browser,
      await enter(browser, await browser.visit(first.verification_uri), first.user_code),
    );
    const second = await begin();
    const page = await enter(
      browser,
      await browser.visit(second.verification_uri),
      second.user_code,
    );
    expect(page.html).toContain('value="allow"');
  });

  it("has a link with its code, which the user must confirm, without a script", async () => {
    const { begin, poll } = await world();
    const device = await begin();
    const page = await createBrowser().visit(device.verification_uri_complete);
    expect(page.html).toContain(`value="${device.user_code}"`);
    expect(page.html).toContain("Continue only if your device shows this code.");
    expect(page.html).not.toMatch(/<script/);
    expect(page.headers.get("content-security-policy")).not.toMatch(/unsafe|script-src/);
    expect((await poll(device)).body).toMatchObject({ error: "authorization_pending" });
  });
});

describe("a code", () => {
  it("that no device has is refused, and guesses are limited", async () => {
    const { begin } = await world();
    const device = await begin();
    const browser = createBrowser();
    let page = await browser.visit(device.verification_uri);
    for (let guess = 0; guess < 20; guess += 1) {
      page = await enter(browser, page, "BBBB-BBBB");
      expect(page.html).toContain("No device has this code.");
    }
    expect((await enter(browser, page, "BBBB-BBBB")).status).toBe(429);
    expect((await enter(browser, page, device.user_code)).status).toBe(429);
  });

  it("that is right does not count as a guess", async () => {
    const { begin } = await world();
    for (let round = 0; round < 25; round += 1) {
      const { verification_uri: uri, user_code: code } = await begin();
      const browser = createBrowser();
      const login = await enter(browser, await browser.visit(uri), code);
      expect(login.html).toContain('value="pick"');
    }
  });

  it("works once", async () => {
    const { begin } = await world();
    const device = await begin();
    const browser = createBrowser();
    const page = await browser.visit(device.verification_uri);
    await allow(browser, await enter(browser, page, device.user_code));
    const again = await enter(
      browser,
      await browser.visit(device.verification_uri),
      device.user_code,
    );
    expect(again.html).toContain("This code has already been used.");
  });

  it("is not accepted from another site's form", async () => {
    const { begin } = await world();
    const device = await begin();
    const browser = createBrowser();
    const page = await browser.visit(device.verification_uri);
    const forged = await browser.submit(page, {
      xsrf: "x".repeat(48),
      confirm: "yes",
      user_code: device.user_code,
    });
    expect(forged.url.pathname).toBe("/device");
    expect(forged.html).not.toContain('value="pick"');
  });
});
