import { existsSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { chromium, type BrowserContext, type Page } from "playwright-core";
import type { AuthorizationServer } from "../../../src/authorization-server/index.js";
import { authorizationUrl, register, start, type AuthorizeOptions } from "./helpers.js";
import { temporaryFolder } from "../../support/temporary/folder.js";

const EXECUTABLE = "/usr/bin/chromium";
// Without these, Chromium looks for hosts that a closed network does not have.
const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const isInstalled = existsSync(EXECUTABLE);
if (!isInstalled && process.env["CI"] !== undefined) {
  // A silent skip in CI would look like a pass.
  throw new Error(`${EXECUTABLE} is missing: install the package chromium.`);
}
if (!isInstalled) {
  process.stderr.write(`Skipped: the pages in a browser, because ${EXECUTABLE} is missing.\n`);
}

(isInstalled ? describe : describe.skip)("the pages in Chromium, without JavaScript", () => {
  let server: AuthorizationServer;
  let application: Server;
  let redirectUri: string;
  let profile: string;
  let browser: BrowserContext;

  beforeAll(async () => {
    server = await start({
      autoApprove: undefined,
      accounts: [
        { id: "alice", name: "Alice Example", password: "correct horse" },
        { id: "bob", name: "Bob", email: "bob@example.com" },
      ],
    } as object);
    application = createServer((req, res) => {
      res.setHeader("content-type", "text/html");
      // The client goes on to a page of its own, as many do.
      if (req.url?.startsWith("/callback") === true) {
        res.writeHead(303, { location: `/done?${req.url.split("?")[1] ?? ""}` }).end();
      } else res.end("<title>Client</title><h1>Back at the client</h1>");
    });
    await new Promise<void>((resolve) => application.listen(0, "localhost", resolve));
    redirectUri = `http://localhost:${(application.address() as AddressInfo).port}/callback`;
    profile = temporaryFolder();
    browser = await chromium.launchPersistentContext(profile, {
      executablePath: EXECUTABLE,
      args: QUIET,
      javaScriptEnabled: false,
    });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    application?.close();
    application?.closeAllConnections();
    rmSync(profile, { recursive: true, force: true });
  });

  async function visit(options: AuthorizeOptions = {}): Promise<Page> {
    const client = await register(server, {
      redirect_uris: [redirectUri],
      client_name: "Notes for the desk",
    });
    const { authorizationUrl: url } = await authorizationUrl(server, client, {
      redirectUri,
      scope: "mcp:read mcp:write openid",
      ...options,
    });
    await browser.clearCookies();
    const page = await browser.newPage();
    await page.goto(url.href);
    return page;
  }

  it("signs in with a password, consents and ends at the client", async () => {
    const page = await visit();
    expect(await page.title()).toMatch(/^Sign in · /);
    // By their labels, as a screen reader finds them.
    await page.getByLabel("User name").fill("alice");
    await page.getByLabel("Password").fill("wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    expect(await page.getByRole("alert").textContent()).toContain("wrong");
    await page.getByLabel("Password").fill("correct horse");
    await page.keyboard.press("Enter");

    await page.getByRole("heading", { name: "calls itself “Notes for the desk”" }).waitFor();
    expect(await page.getByRole("listitem").allTextContents()).toEqual([
      expect.stringContaining("Read your notes"),
      expect.stringContaining("Change them"),
      expect.stringContaining("Know who you are"),
    ]);
    await page.getByRole("button", { name: "Allow" }).click();
    await page.getByRole("heading", { name: "Back at the client" }).waitFor();
    const query = new URL(page.url()).searchParams;
    expect(query.get("code")).toEqual(expect.any(String));
    expect(query.get("iss")).toBe(server.issuer);
    await page.close();
  });

  it("signs in with one click, and denies", async () => {
    const page = await visit();
    await page.getByRole("button", { name: "Bob" }).click();
    await page.getByRole("button", { name: "Deny" }).click();
    await page.getByRole("heading", { name: "Back at the client" }).waitFor();
    expect(new URL(page.url()).searchParams.get("error")).toBe("access_denied");
    await page.close();
  });

  it("shows the style that its own policy allows", async () => {
    const refused: string[] = [];
    const page = await browser.newPage();
    page.on("console", (message) => refused.push(message.text()));
    await page.goto(`${server.issuer}/interaction/unknown`);
    const box = await page.locator("main").boundingBox();
    expect(box?.width).toBeLessThan(500);
    expect(refused.filter((text) => text.includes("Content Security Policy"))).toEqual([]);
    await page.close();
  });
});
