import {
  discoverAuthorizationServerMetadata,
  exchangeAuthorization,
  registerClient,
  startAuthorization,
} from "@modelcontextprotocol/sdk/client/auth.js";
import { afterEach } from "@jest/globals";
import { exportJWK, generateKeyPair } from "jose";
import {
  createAuthorizationServer,
  memoryStorage,
  type AuthorizationServer,
  type AuthorizationServerOptions,
} from "../../../src/authorization-server/index.js";
import {
  assembleAuthorizationServer,
  type Foundation,
} from "../../../src/authorization-server/create-authorization-server.js";
import type { ServerKeys } from "../../../src/authorization-server/keys/server-keys.js";
import { MemoryStorageEngine } from "../../../src/authorization-server/storage/memory-storage.js";
import { SealedStorage } from "../../../src/authorization-server/storage/sealed-storage.js";
import { StorageUnavailableError } from "../../../src/authorization-server/storage/storage.js";

export const RESOURCE = "https://mcp.example.com/mcp";
export const OPAQUE = "https://opaque.example.com/mcp";
export const REDIRECT = "http://127.0.0.1:53682/callback";

// Making an RSA key takes longer than a test should.
const { privateKey } = await generateKeyPair("ES256", { extractable: true });
const keys = [await exportJWK(privateKey)];

/** A server with a jwt and an opaque resource that approves by itself. */
export function start(
  options: Partial<AuthorizationServerOptions> = {},
): Promise<AuthorizationServer> {
  return createAuthorizationServer(optionsWith(options));
}

export interface Stage {
  readonly server: AuthorizationServer;
  readonly keys: ServerKeys;
  /** Moves the server's clock, but not oidc-provider's. */
  advance(seconds: number): void;
  /** While set, every call to the storage fails. */
  outage: boolean;
  /** Runs `work` after the next read of a refresh token, before the request continues. */
  afterNextRead(work: () => Promise<unknown>): void;
  /** Runs `work` between what the next commit has read and the commit itself. */
  beforeNextCommit(work: () => Promise<unknown>): void;
  /** The next `count` commits wait for each other, so that all their requests read first. */
  gather(count: number): void;
}

/** {@link start} with a storage and a clock that the test controls. */
export async function stage(options: Changes = {}): Promise<Stage> {
  let now = Date.now() / 1000;
  const clock = () => now;
  const storage = await SealedStorage.open(
    {
      engine: new MemoryStorageEngine({ clock }),
      keys: [{ id: "test", secret: new Uint8Array(32) }],
    },
    clock,
  );
  let outage = false;
  const failing = <T>(work: () => Promise<T>): Promise<T> =>
    outage ? Promise.reject(new StorageUnavailableError("get")) : work();
  const records: Foundation["records"] = {
    list: (...page) => failing(() => storage.list(...page)),
    async get(kind, id) {
      const found = await failing(() => storage.get(kind, id));
      const then = kind === "RefreshToken" ? afterRead : undefined;
      if (then !== undefined) afterRead = undefined;
      await then?.();
      return found;
    },
    findBy: (index, value) => failing(() => storage.findBy(index, value)),
    takeBy: (...call) => failing(() => storage.takeBy(...call)),
    count: () => failing(() => storage.count()),
    removeExpired: (limit) => failing(() => storage.removeExpired(limit)),
    keysInUse: () => failing(() => storage.keysInUse()),
    reseal: () => failing(() => storage.reseal()),
    async commit(changes) {
      const first = beforeCommit;
      beforeCommit = undefined;
      await first?.();
      await barrier?.pass();
      return failing(() => storage.commit(changes));
    },
  };
  let afterRead: (() => Promise<unknown>) | undefined;
  let beforeCommit: (() => Promise<unknown>) | undefined;
  let barrier: ReturnType<typeof barrierFor> | undefined;
  const silent = { onError: () => undefined, ...options };
  const { server, keys: serverKeys } = await assembleAuthorizationServer(optionsWith(silent), {
    records,
    clock,
  });
  const staged: Stage = {
    server,
    keys: serverKeys,
    get outage() {
      return outage;
    },
    set outage(value) {
      outage = value;
    },
    advance: (seconds) => void (now += seconds),
    afterNextRead: (work) => void (afterRead = work),
    beforeNextCommit: (work) => void (beforeCommit = work),
    gather: (count) => void (barrier = barrierFor(count)),
  };
  return staged;
}

function barrierFor(count: number) {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  let waiting = 0;
  return {
    pass(): Promise<void> {
      waiting += 1;
      if (waiting >= count) open();
      return opened;
    },
  };
}

/** Options that replace those of the helpers; `undefined` removes one. */
type Changes = {
  readonly [Name in keyof AuthorizationServerOptions]?:
    AuthorizationServerOptions[Name] | undefined;
};

function optionsWith(options: Changes): AuthorizationServerOptions {
  const all: Changes = {
    issuer: "http://127.0.0.1:0",
    resources: [
      { resource: RESOURCE, scopes: { "mcp:read": "Read your notes", "mcp:write": "Change them" } },
      {
        resource: OPAQUE,
        tokenFormat: "opaque",
        scopes: { "mcp:read": "Read" },
        introspection: { clientId: "opaque-server", clientSecret: "rs-secret" },
      },
    ],
    defaultResource: RESOURCE,
    accounts: [{ id: "alice", name: "Alice", email: "alice@example.com" }, { id: "bob" }],
    autoApprove: true,
    storage: memoryStorage(),
    keys,
    ...options,
  };
  return all as AuthorizationServerOptions;
}

export interface TestClient {
  readonly metadata: NonNullable<Awaited<ReturnType<typeof discoverAuthorizationServerMetadata>>>;
  readonly information: Awaited<ReturnType<typeof registerClient>>;
}

/** Remembers servers, and closes them after each test of a file. */
export function closedAfterEach(): <T extends { close(): unknown }>(server: T) => T {
  const open: { close(): unknown }[] = [];
  afterEach(async () => {
    for (const server of open.splice(0)) await server.close();
  });
  return (server) => {
    open.push(server);
    return server;
  };
}

/** Discovers and registers as the SDK's client does. */
export async function register(
  server: AuthorizationServer,
  overrides: Record<string, unknown> = {},
): Promise<TestClient> {
  const metadata = await discoverAuthorizationServerMetadata(server.issuer);
  if (metadata === undefined) throw new Error("no metadata");
  const clientMetadata = {
    client_name: "Test client",
    redirect_uris: [REDIRECT],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
    ...overrides,
  };
  const information = await registerClient(server.issuer, { metadata, clientMetadata });
  return { metadata, information };
}

export interface AuthorizeOptions {
  readonly scope?: string;
  readonly resource?: string;
  readonly redirectUri?: string;
  /** Changes the query before it is sent; `undefined` takes a parameter out. */
  readonly query?: Readonly<Record<string, string | undefined>>;
}

/** The authorization URL of the SDK's client. */
export async function authorizationUrl(
  server: AuthorizationServer,
  { metadata, information }: TestClient,
  { scope = "mcp:read", resource = RESOURCE, redirectUri = REDIRECT, query = {} }: AuthorizeOptions,
) {
  const started = await startAuthorization(server.issuer, {
    metadata,
    clientInformation: information,
    redirectUrl: redirectUri,
    scope,
    state: "state-1",
    resource: new URL(resource),
  });
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) started.authorizationUrl.searchParams.delete(name);
    else started.authorizationUrl.searchParams.set(name, value);
  }
  return started;
}

/** Sends the browser's first request and returns where it is sent to. */
export async function open(url: URL, headers: Record<string, string> = {}) {
  const response = await fetch(url, { redirect: "manual", headers });
  const location = response.headers.get("location");
  return {
    status: response.status,
    location: location === null ? undefined : new URL(location, url),
    text: await response.text(),
  };
}

/** The whole flow: registered client to tokens. */
export async function signIn(
  server: AuthorizationServer,
  client: TestClient,
  options: AuthorizeOptions = {},
) {
  const { authorizationUrl: url, codeVerifier } = await authorizationUrl(server, client, options);
  const { location } = await open(url);
  const code = location?.searchParams.get("code");
  if (code === null || code === undefined) {
    throw new Error(`no code: ${location?.searchParams.get("error")}`);
  }
  return exchangeAuthorization(server.issuer, {
    metadata: client.metadata,
    clientInformation: client.information,
    authorizationCode: code,
    codeVerifier,
    redirectUri: options.redirectUri ?? REDIRECT,
    resource: new URL(options.resource ?? RESOURCE),
  });
}

/** An authorization code and its other parameters for the token endpoint. */
export async function codeFor(
  server: AuthorizationServer,
  client: TestClient,
  options: AuthorizeOptions = {},
): Promise<Record<string, string>> {
  const { authorizationUrl: url, codeVerifier } = await authorizationUrl(server, client, options);
  const { location } = await open(url);
  return {
    grant_type: "authorization_code",
    client_id: client.information.client_id,
    code: location?.searchParams.get("code") ?? "",
    code_verifier: codeVerifier,
    redirect_uri: options.redirectUri ?? REDIRECT,
  };
}

export interface TokenReply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Posts a form, by default to the token endpoint. */
export async function postForm(
  server: AuthorizationServer,
  form: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
  path = "/token",
): Promise<TokenReply> {
  const response = await fetch(`${server.url}${path}`, {
    method: "POST",
    headers,
    body: new URLSearchParams(form),
  });
  const text = await response.text();
  const body = (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>;
  return { status: response.status, headers: response.headers, body };
}

/** The hidden field that every form of the page has. */
export function tokenIn(html: string): { form_token?: string } {
  const token = /name="form_token"\s+value="([^"]*)"/.exec(html)?.[1];
  return token === undefined ? {} : { form_token: token };
}

/** A browser without scripts: keeps cookies by path, follows redirects up to the client. */
export function createBrowser() {
  // Browsers keep cookies of one name apart by their paths.
  const jar = new Map<string, { name: string; value: string; path: string }>();
  const cookiesFor = ({ pathname }: URL) =>
    [...jar.values()]
      .filter(({ path }) => pathname.startsWith(path))
      .map(({ name, value }) => `${name}=${value}`)
      .join("; ");
  async function visit(
    address: string | URL,
    init: RequestInit = {},
  ): Promise<{ url: URL; status: number; html: string; headers: Headers }> {
    const url = new URL(address);
    const cookie = cookiesFor(url);
    const response = await fetch(url, {
      ...init,
      redirect: "manual",
      headers: { ...(init.headers as Record<string, string>), cookie },
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      const path = /path=([^;]+)/i.exec(line)?.[1] ?? "/";
      if (name === undefined || value === undefined) continue;
      const place = `${name} ${path}`;
      if (value === "") jar.delete(place);
      else jar.set(place, { name, value, path });
    }
    const location = response.headers.get("location");
    if (location !== null) {
      const next = new URL(location, url);
      // Only the text of the redirect URI matters: no server listens there.
      if (next.origin !== url.origin)
        return { url: next, status: 303, html: "", headers: response.headers };
      // The header describes a whole chain of redirects by who began it.
      const { "sec-fetch-site": site } = { ...(init.headers as Record<string, string>) };
      return visit(next, site === undefined ? {} : { headers: { "sec-fetch-site": site } });
    }
    return { url, status: response.status, html: await response.text(), headers: response.headers };
  }
  return {
    jar,
    cookiesFor,
    visit,
    /** Posts a form of the page with its hidden fields, as a click would. */
    submit(
      page: { url: URL; html: string },
      fields: Record<string, string>,
      headers: Record<string, string> = {},
    ) {
      return visit(page.url, {
        method: "POST",
        body: new URLSearchParams({ ...tokenIn(page.html), ...fields }),
        headers: { origin: page.url.origin, "sec-fetch-site": "same-origin", ...headers },
      });
    },
  };
}
