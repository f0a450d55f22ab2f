import {
  discoverAuthorizationServerMetadata,
  exchangeAuthorization,
  registerClient,
  startAuthorization,
} from "@modelcontextprotocol/sdk/client/auth.js";
import { exportJWK, generateKeyPair } from "jose";
import {
  createAuthorizationServer,
  type AuthorizationServer,
  type AuthorizationServerOptions,
} from "../../../src/authorization-server/index.js";

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
  return createAuthorizationServer({
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
    keys,
    ...options,
  });
}

export interface TestClient {
  readonly metadata: NonNullable<Awaited<ReturnType<typeof discoverAuthorizationServerMetadata>>>;
  readonly information: Awaited<ReturnType<typeof registerClient>>;
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

/** A browser without scripts: keeps cookies by path, follows redirects up to the client. */
export function createBrowser() {
  const jar = new Map<string, { value: string; path: string }>();
  async function visit(
    address: string | URL,
    init: RequestInit = {},
  ): Promise<{ url: URL; status: number; html: string; headers: Headers }> {
    const url = new URL(address);
    const cookie = [...jar]
      .filter(([, { path }]) => url.pathname.startsWith(path))
      .map(([name, { value }]) => `${name}=${value}`)
      .join("; ");
    const response = await fetch(url, {
      ...init,
      redirect: "manual",
      headers: { ...(init.headers as Record<string, string>), cookie },
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      const path = /path=([^;]+)/i.exec(line)?.[1] ?? "/";
      if (name === undefined || value === undefined) continue;
      if (value === "") jar.delete(name);
      else jar.set(name, { value, path });
    }
    const location = response.headers.get("location");
    if (location !== null) {
      const next = new URL(location, url);
      // The client's address is only looked at: nobody listens there.
      if (next.origin !== url.origin)
        return { url: next, status: 303, html: "", headers: response.headers };
      return visit(next);
    }
    return { url, status: response.status, html: await response.text(), headers: response.headers };
  }
  return {
    jar,
    visit,
    /** Posts the form that holds `button`, as a click on it would. */
    submit(
      page: { url: URL; html: string },
      fields: Record<string, string>,
      headers: Record<string, string> = {},
    ) {
      return visit(page.url, {
        method: "POST",
        body: new URLSearchParams(fields),
        headers: { origin: page.url.origin, ...headers },
      });
    },
  };
}
