import { randomBytes } from "node:crypto";
import { afterEach, describe, expect, it } from "@jest/globals";
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, type JSONWebKeySet } from "jose";
import {
  createAuthorizationServer,
  type AuthorizationServer,
} from "../../../src/authorization-server/index.js";
import { KEY_LEAD_SECONDS } from "../../../src/authorization-server/keys/key-ring.js";
import { MemoryStorageEngine } from "../../../src/authorization-server/storage/memory-storage.js";
import { eventually } from "../../support/eventually.js";
import {
  authorizationUrl,
  createBrowser,
  RESOURCE,
  register,
  signIn,
  stage,
  type Stage,
} from "./helpers.js";

/** RSA keys take a moment, so these servers sign with the generated ES256 key. */
const GENERATED = {
  resources: [
    { resource: RESOURCE, scopes: { "mcp:read": "Read" }, tokenAlgorithm: "ES256" as const },
  ],
};

/** On the consent page, which a client without a verified redirect URI always gets. */
const SIGNED_IN = "Signed in as <strong>";

const OPTIONS = { ...GENERATED, keys: undefined };

async function keySet(server: AuthorizationServer): Promise<JSONWebKeySet> {
  return (await fetch(`${server.url}/jwks`)).json() as Promise<JSONWebKeySet>;
}

const kidOf = (token: string) => decodeProtectedHeader(token).kid;

async function verifies(server: AuthorizationServer, token: string): Promise<boolean> {
  const keys = createLocalJWKSet(await keySet(server));
  return jwtVerify(token, keys).then(
    () => true,
    () => false,
  );
}

async function accessToken({ server }: Stage): Promise<string> {
  return (await signIn(server, await register(server))).access_token;
}

describe("the keys of an authorization server", () => {
  const open: AuthorizationServer[] = [];
  const started = async (...args: Parameters<typeof stage>): Promise<Stage> => {
    const staged = await stage(...args);
    open.push(staged.server);
    return staged;
  };
  afterEach(async () => {
    await Promise.all(open.splice(0).map((server) => server.close()));
  });

  it("rotate without refusing a token: published, then signing, then only verifying", async () => {
    const staged = await started({ ...OPTIONS });
    const { server, keys } = staged;
    const before = await accessToken(staged);
    const { signingKeysFrom } = await server.rotateKeys();
    expect(signingKeysFrom).toBeDefined();
    const published = await keySet(server);
    expect(published.keys).toHaveLength(6);
    expect(kidOf(await accessToken(staged))).toBe(kidOf(before));

    staged.advance(KEY_LEAD_SECONDS + 1);
    await keys.refresh();
    const after = await accessToken(staged);
    expect(kidOf(after)).not.toBe(kidOf(before));
    expect(published.keys.map(({ kid }) => kid)).toContain(kidOf(after));
    expect(await verifies(server, before)).toBe(true);
    expect(await verifies(server, after)).toBe(true);

    staged.advance(2 * KEY_LEAD_SECONDS);
    await keys.refresh();
    expect(await verifies(server, before)).toBe(false);
    expect((await keySet(server)).keys).toHaveLength(3);
  });

  it("publish no private member", async () => {
    const { server } = await started({ ...OPTIONS });
    for (const key of (await keySet(server)).keys) {
      expect(Object.keys(key)).not.toEqual(expect.arrayContaining(["d"]));
      expect(key).not.toHaveProperty("p");
    }
  });

  it("rotate once they are 90 days old", async () => {
    const staged = await started({ ...OPTIONS });
    staged.advance(90 * 86_400 - 10);
    await staged.keys.refresh();
    expect((await keySet(staged.server)).keys).toHaveLength(3);
    staged.advance(20);
    await staged.keys.refresh();
    expect((await keySet(staged.server)).keys).toHaveLength(6);
  });

  it("in the option `keys` stay, and only the cookie key rotates", async () => {
    const staged = await started();
    const before = await keySet(staged.server);
    const rotation = await staged.server.rotateKeys();
    expect(Object.keys(rotation)).toEqual(["cookieKeyFrom"]);
    expect(await keySet(staged.server)).toEqual(before);
    expect(before.keys).toHaveLength(1);
  });

  it("of cookies rotate without signing a browser out", async () => {
    const staged = await started({ ...OPTIONS, autoApprove: undefined });
    const { server, keys } = staged;
    const client = await register(server);
    const browser = createBrowser();
    const visit = async () =>
      browser.visit((await authorizationUrl(server, client, {})).authorizationUrl);
    const login = await visit();
    const consent = await browser.submit(login, { action: "pick", account: "alice" });
    const done = await browser.submit(consent, { action: "allow" });
    expect(done.url.searchParams.get("code")).toBeTruthy();

    const { cookieKeyFrom } = await server.rotateKeys();
    expect(cookieKeyFrom).toBeGreaterThan(0);
    const jar = new Map(browser.jar);
    staged.advance(KEY_LEAD_SECONDS + 1);
    await keys.refresh();
    // Signed by the old key, then by the new one.
    for (let visits = 0; visits < 2; visits++) {
      expect((await visit()).html).toContain(SIGNED_IN);
    }
    const signaturesIn = (cookies: typeof jar) =>
      [...cookies].filter(([, { name }]) => name.endsWith(".sig"));
    const signatures = signaturesIn(browser.jar);
    expect(signatures.length).toBeGreaterThan(0);
    expect(Object.fromEntries(signatures)).not.toEqual(Object.fromEntries(signaturesIn(jar)));
    // The neighbour: a forged session asks for a new sign-in.
    for (const [place, cookie] of signatures) {
      browser.jar.set(place, { ...cookie, value: "forged" });
    }
    expect((await visit()).html).not.toContain(SIGNED_IN);
  });

  it("are the same after a restart, which ends no session", async () => {
    const storage = {
      engine: new MemoryStorageEngine(),
      keys: [{ id: "1", secret: randomBytes(32) }],
    };
    const create = (issuer: string) =>
      createAuthorizationServer({
        ...GENERATED,
        issuer,
        accounts: [{ id: "alice" }],
        storage,
      });
    const first = await create("http://127.0.0.1:0");
    const port = Number(new URL(first.issuer).port);
    const client = await register(first);
    const browser = createBrowser();
    const visit = async (server: AuthorizationServer) =>
      browser.visit((await authorizationUrl(server, client, {})).authorizationUrl);
    const login = await visit(first);
    const consent = await browser.submit(login, { action: "pick", account: "alice" });
    await browser.submit(consent, { action: "allow" });
    const jwks = await keySet(first);
    await first.close();

    const second = await create(first.issuer);
    open.push(second);
    await second.listen(port);
    // The test's own connections to the first server are still open.
    expect(await eventually(() => keySet(second))).toEqual(jwks);
    expect((await visit(second)).html).toContain(SIGNED_IN);
  });
});
