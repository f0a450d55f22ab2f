import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from "@jest/globals";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { storageFromEnv } from "../../../src/authorization-server/index.js";
import { SealedStorage } from "../../../src/authorization-server/storage/sealed-storage.js";
import {
  startAuthorizationServerProcess,
  type AuthorizationServerProcess,
} from "../../support/authorization-server-processes.js";
import { eventually } from "../../support/eventually.js";
import { freePort } from "../../support/free-port.js";
import { describeWithPostgres, startPostgresServer } from "../../support/postgres-server.js";
import { describeWithRedis, startRedisServer } from "../../support/redis-server.js";
import { temporaryFolder } from "../../support/temporary/folder.js";
import {
  authorizationUrl,
  createBrowser,
  register,
  RESOURCE,
  signIn,
  type TestClient,
} from "./helpers.js";

/*
 * Everything is real: processes that are killed at random points, sockets, storages and time.
 */

/** `KILLS=100` for a longer run. Starting a process again takes most of the time. */
const KILLS = Number(process.env["KILLS"] ?? 4);
/** A refresh takes a few milliseconds: kills hit it before, within and after it. */
const LONGEST_DELAY_MS = 25;
jest.setTimeout(600_000);

interface Place {
  /** Value of OAUTH_AS_STORAGE. */
  readonly url: string;
  /** Restarts the server of the storage, if it has one. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

interface Tokens {
  readonly access_token: string;
  readonly refresh_token?: string | undefined;
}

/** The part of an authorization server that the helpers need. */
type Server = Parameters<typeof register>[0];

function survives(createPlace: () => Promise<Place>): void {
  const key = randomBytes(32).toString("base64");
  let place: Place;
  let processes: AuthorizationServerProcess[];
  let issuer: string;
  let server: Server;

  beforeAll(async () => void (place = await createPlace()));
  afterAll(() => place?.stop());
  beforeEach(() => void (processes = []));
  afterEach(() => Promise.all(processes.map((running) => running.kill())));

  async function startProcess(port: number, approves: boolean): Promise<void> {
    const settings = { issuer, port, resource: RESOURCE, storage: place.url, key, approves };
    processes.push(await startAuthorizationServerProcess(settings));
  }

  async function start(count: number, approves = true): Promise<void> {
    const ports = await Promise.all(Array.from({ length: count }, freePort));
    issuer = `http://127.0.0.1:${ports[0]}`;
    server = { issuer, url: issuer } as Server;
    await Promise.all(ports.map((port) => startProcess(port, approves)));
  }

  /** A client that keeps its token until it has the next one, and retries after every failure. */
  async function refresh(client: TestClient, token: string, turn = 0): Promise<Tokens> {
    return eventually(async () => {
      const target = processes[turn++ % processes.length]?.url ?? "";
      const response = await fetch(`${target}/token`, {
        method: "POST",
        body: new URLSearchParams({
          grant_type: "refresh_token",
          refresh_token: token,
          client_id: client.information.client_id,
        }),
      });
      if (response.status >= 500) throw new Error("try again");
      const body = (await response.json()) as Tokens & { error?: string };
      if (response.status !== 200) throw new SignedOut(body.error);
      return body;
    }, isTransient);
  }

  async function randomKill(): Promise<void> {
    const victim = processes[Math.floor(Math.random() * processes.length)];
    await sleep(Math.random() * LONGEST_DELAY_MS);
    await victim?.kill();
    await victim?.start();
  }

  /** Refresh tokens in the storage that are not used, and answers to the newest of the used ones. */
  async function unusedTokens(): Promise<number> {
    const env = { OAUTH_AS_STORAGE: place.url, OAUTH_AS_STORAGE_KEYS: key };
    const storage = await SealedStorage.open(await storageFromEnv(env));
    try {
      const { records } = await storage.list("RefreshToken", 1_000);
      return records.filter(({ consumedAt }) => consumedAt === undefined).length;
    } finally {
      await storage.close();
    }
  }

  it("a process that is killed during refreshes ends no sign-in", async () => {
    await start(1);
    const client = await register(server);
    let token = (await signIn(server, client)).refresh_token ?? "";
    const before = await unusedTokens();
    for (let kill = 0; kill < KILLS; kill++) {
      const killed = randomKill();
      const replies = await Promise.all([refresh(client, token), refresh(client, token)]);
      await killed;
      const successors = new Set(replies.map(({ refresh_token: next }) => next));
      expect(successors.size).toBe(1);
      token = replies[0].refresh_token ?? "";
    }
    expect(await unusedTokens()).toBe(before);
  });

  it("two processes, of which one is killed, rotate as one", async () => {
    await start(2);
    const client = await register(server);
    let token = (await signIn(server, client)).refresh_token ?? "";
    for (let kill = 0; kill < KILLS; kill++) {
      const killed = randomKill();
      const replies = await Promise.all([0, 1, 2, 3].map((turn) => refresh(client, token, turn)));
      await killed;
      expect(new Set(replies.map(({ refresh_token: next }) => next)).size).toBe(1);
      token = replies[0]?.refresh_token ?? "";
    }
    const keySet = async (url: string) => (await fetch(`${url}/jwks`)).json();
    const [first, second] = await Promise.all(processes.map(({ url }) => keySet(url)));
    expect(first).toEqual(second);
  });

  it("a process that is killed during sign-ins leaves clients and other sign-ins intact", async () => {
    await start(1);
    const client = await register(server);
    let { refresh_token: bystander = "" } = await signIn(server, client);
    for (let kill = 0; kill < KILLS; kill++) {
      const killed = randomKill();
      // A client whose sign-in is interrupted starts it again, with the same registration.
      const tokens = await eventually(() => signIn(server, client));
      await killed;
      expect((await refresh(client, tokens.refresh_token ?? "")).access_token).toBeDefined();
      bystander = (await refresh(client, bystander)).refresh_token ?? "";
    }
  });

  it("a restart of everything is not noticed: tokens, sessions and keys stay", async () => {
    await start(1, true);
    const client = await register(server);
    const tokens = await signIn(server, client);
    await processes[0]?.kill();
    const port = Number(new URL(issuer).port);
    processes = [];
    await startProcess(port, false);
    const browser = createBrowser();
    const visit = () =>
      eventually(async () =>
        browser.visit((await authorizationUrl(server, client, {})).authorizationUrl),
      );
    await browser.submit(await visit(), { action: "pick", account: "alice" });

    await processes[0]?.kill();
    await place.restart();
    await processes[0]?.start();

    const { payload } = await eventually(() =>
      jwtVerify(tokens.access_token, createRemoteJWKSet(new URL(`${issuer}/jwks`))),
    );
    expect(payload.sub).toBe("alice");
    expect((await visit()).html).toContain("Signed in as <strong>alice");
    const next = await refresh(client, tokens.refresh_token ?? "");
    expect((await refresh(client, next.refresh_token ?? "")).access_token).toBeDefined();
  });
}

class SignedOut extends Error {
  constructor(error: string | undefined) {
    super(`the client was signed out: ${error}`);
  }
}

const isTransient = (error: unknown): boolean => !(error instanceof SignedOut);

describe("on SQLite", () =>
  survives(() =>
    Promise.resolve({
      url: `sqlite:${join(temporaryFolder(), "auth.db")}`,
      restart: () => Promise.resolve(),
      stop: () => Promise.resolve(),
    }),
  ));

describeWithPostgres("on PostgreSQL", () =>
  survives(async () => {
    const running = await startPostgresServer();
    return {
      url: await running.createDatabase(),
      restart: () => running.restart(),
      stop: () => running.stop(),
    };
  }),
);

describeWithRedis("on Redis", () =>
  survives(async () => {
    const running = await startRedisServer("--appendonly", "yes", "--appendfsync", "always");
    return { url: running.url, restart: () => running.restart(), stop: () => running.stop() };
  }),
);
