import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  createAuthorizationServer,
  openMaintenance,
  type AuthorizationServer,
} from "../../../src/authorization-server/index.js";
import type { RevokedToken } from "../../../src/core/embedded-authorization-server.js";
import { MemoryStorageEngine } from "../../../src/authorization-server/storage/memory-storage.js";
import { holdTimers, passSeconds, releaseTimers } from "../../support/timers.js";
import {
  createBrowser,
  authorizationUrl,
  postForm,
  register,
  RESOURCE,
  signIn,
  stage,
  type Stage,
} from "./helpers.js";

let staged: Stage;
let revoked: RevokedToken[];
/** The account that the next sign-in approves. */
let person: string;

beforeEach(async () => {
  person = "alice";
  revoked = [];
  staged = await stage({ autoApprove: () => person });
  staged.server.onRevoked((token) => revoked.push(token));
});
afterEach(() => staged.server.close());

type Client = Awaited<ReturnType<typeof register>>;

async function refreshStatus(client: Client, token: string | undefined): Promise<number> {
  const form = {
    grant_type: "refresh_token",
    refresh_token: token ?? "",
    client_id: client.information.client_id,
  };
  return (await postForm(staged.server, form)).status;
}

async function signInAs(name: string, client: Client) {
  person = name;
  return signIn(staged.server, client, { scope: "openid mcp:read" });
}

describe("the upkeep of an authorization server", () => {
  it("lists registered clients with the number of people who use each", async () => {
    const shared = await register(staged.server, { client_name: "Shared" });
    await register(staged.server, { client_name: "Unused" });
    await signInAs("alice", shared);
    await signInAs("alice", shared);
    await signInAs("bob", shared);
    const { items, next } = await staged.server.clients();
    expect(next).toBeUndefined();
    expect(Object.fromEntries(items.map(({ name, people }) => [name, people]))).toEqual({
      Shared: 2,
      Unused: 0,
    });
    expect(items.find(({ name }) => name === "Shared")).toMatchObject({
      clientId: shared.information.client_id,
      redirectUris: shared.information.redirect_uris,
      registeredAt: expect.any(Number),
    });
  });

  it("lists grants with their scopes, in pages", async () => {
    const client = await register(staged.server);
    await signInAs("alice", client);
    await signInAs("bob", client);
    const first = await staged.server.grants({ limit: 1 });
    const second = await staged.server.grants({ limit: 1, after: first.next ?? "" });
    expect(second.next).toBeUndefined();
    const items = [...first.items, ...second.items];
    expect(items.map(({ accountId }) => accountId).sort()).toEqual(["alice", "bob"]);
    expect(items[0]).toMatchObject({
      clientId: client.information.client_id,
      scopes: { [RESOURCE]: "mcp:read", openid: "openid" },
    });
    await expect(staged.server.grants({ limit: 0 })).rejects.toThrow("from 1 to 1000");
  });

  it("revokes a client for all people, says how many, and keeps its registration", async () => {
    const client = await register(staged.server);
    const other = await register(staged.server, { client_name: "Other" });
    const alice = await signInAs("alice", client);
    const bob = await signInAs("bob", client);
    const bystander = await signInAs("bob", other);
    const target = { client: client.information.client_id };
    const affected = await staged.server.affectedBy(target);
    const result = await staged.server.revoke(target);
    expect(result).toEqual(affected);
    expect(result).toMatchObject({ people: 2, grants: 2, accessTokens: 2 });
    expect(revoked).toHaveLength(2);
    expect(await refreshStatus(client, alice.refresh_token)).toBe(400);
    expect(await refreshStatus(client, bob.refresh_token)).toBe(400);
    expect(await refreshStatus(other, bystander.refresh_token)).toBe(200);
    expect((await signInAs("alice", client)).access_token).toBeDefined();
  });

  it("forgets a client, which must register again", async () => {
    const client = await register(staged.server);
    await signInAs("alice", client);
    await staged.server.revoke({ client: client.information.client_id, forget: true });
    expect((await staged.server.clients()).items).toEqual([]);
    await expect(signInAs("alice", client)).rejects.toThrow();
  });

  it("revokes an account at every client, and ends its sessions", async () => {
    const one = await register(staged.server);
    const two = await register(staged.server, { client_name: "Two" });
    const tokens = [await signInAs("alice", one), await signInAs("alice", two)];
    const bob = await signInAs("bob", one);
    expect(await staged.server.revoke({ account: "alice" })).toMatchObject({
      people: 1,
      grants: 2,
      accessTokens: 2,
    });
    expect(await refreshStatus(one, tokens[0]?.refresh_token)).toBe(400);
    expect(await refreshStatus(two, tokens[1]?.refresh_token)).toBe(400);
    expect(await refreshStatus(one, bob.refresh_token)).toBe(200);
    expect((await staged.server.grants()).items).toHaveLength(1);
  });

  it("signs the browsers of a revoked account out", async () => {
    const pages = await stage({ autoApprove: undefined });
    try {
      const client = await register(pages.server);
      const browser = createBrowser();
      const visit = async () =>
        browser.visit((await authorizationUrl(pages.server, client, {})).authorizationUrl);
      await browser.submit(await visit(), { action: "pick", account: "alice" });
      expect((await visit()).html).toContain("Signed in as");
      expect(await pages.server.revoke({ account: "alice" })).toMatchObject({ sessions: 1 });
      expect((await visit()).html).not.toContain("Signed in as");
    } finally {
      await pages.server.close();
    }
  });

  it("revokes one grant", async () => {
    const client = await register(staged.server);
    const gone = await signInAs("alice", client);
    const { items } = await staged.server.grants();
    const kept = await signInAs("bob", client);
    const [grant] = items;
    const target = { grant: grant?.grantId ?? "" };
    const result = { people: 1, grants: 1, sessions: 0, accessTokens: 1 };
    expect(await staged.server.affectedBy(target)).toEqual(result);
    expect(await staged.server.revoke(target)).toEqual(result);
    expect(await refreshStatus(client, gone.refresh_token)).toBe(400);
    expect(await refreshStatus(client, kept.refresh_token)).toBe(200);
    const nothing = { people: 0, grants: 0, sessions: 0, accessTokens: 0 };
    expect(await staged.server.revoke(target)).toEqual(nothing);
    expect(await staged.server.revoke({ account: "carol" })).toEqual(nothing);
  });

  it("removes what has expired, and counts what is left", async () => {
    const client = await register(staged.server);
    await signInAs("alice", client);
    const { records, storageKeys } = await staged.server.stats();
    expect(records).toMatchObject({ Client: 1, Grant: 1, RefreshToken: 1 });
    expect(storageKeys).toEqual(["test"]);
    staged.advance(40 * 86_400);
    expect(await staged.server.cleanup()).toBeGreaterThan(0);
    expect(await staged.server.cleanup()).toBe(0);
    expect((await staged.server.stats()).records).toEqual({ Client: 1, CookieKey: 1 });
  });
});

describe("upkeep beside the running server", () => {
  beforeEach(holdTimers);
  afterEach(releaseTimers);

  it("reaches the resource servers of the server's process within ten seconds", async () => {
    const storage = {
      engine: new MemoryStorageEngine(),
      keys: [{ id: "1", secret: randomBytes(32) }],
    };
    const server: AuthorizationServer = await createAuthorizationServer({
      issuer: "http://127.0.0.1:0",
      resources: [{ resource: RESOURCE, scopes: { "mcp:read": "Read" }, tokenAlgorithm: "ES256" }],
      accounts: [{ id: "alice" }],
      autoApprove: true,
      storage,
    });
    const told: RevokedToken[] = [];
    server.onRevoked((token) => told.push(token));
    const client = await register(server);
    await signIn(server, client);

    const beside = await openMaintenance(storage);
    expect(await beside.revoke({ account: "alice" })).toMatchObject({ accessTokens: 1 });
    expect(told).toEqual([]);
    await passSeconds(10);
    expect(told).toEqual([{ jti: expect.any(String), until: expect.any(Number) }]);
    await passSeconds(10);
    expect(told).toHaveLength(1);

    const rotation = await beside.rotateKeys();
    expect(Object.keys(rotation).sort()).toEqual(["cookieKeyFrom", "signingKeysFrom"]);
    await passSeconds(60);
    const keySet = (await (await server.request(`${server.issuer}/jwks`)).json()) as {
      keys: unknown[];
    };
    expect(keySet.keys).toHaveLength(6);
    await beside.close();
    await server.close();
  });

  it("seals everything again with a new storage key", async () => {
    const engine = new MemoryStorageEngine();
    const [old, current] = ["old", "new"].map((id) => ({ id, secret: randomBytes(32) }));
    const first = await openMaintenance({ engine, keys: [old!] });
    await first.rotateKeys();
    expect((await first.stats()).storageKeys).toEqual(["old"]);
    const second = await openMaintenance({ engine, keys: [current!, old!] });
    expect((await second.stats()).storageKeys).toEqual(["new", "old"]);
    await second.reseal();
    expect((await second.stats()).storageKeys).toEqual(["new"]);
    await expect(openMaintenance({ engine, keys: [current!] })).resolves.toBeDefined();
  });
});
