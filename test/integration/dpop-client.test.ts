import {
  Client,
  DpopSession,
  SSEClientTransport,
  StreamableHTTPClientTransport,
  UnauthorizedError,
  type OAuthClientMetadata,
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  type StoredOAuthClientInformation,
  type StoredOAuthTokens,
} from "@modelcontextprotocol/client";
import { afterEach, describe, expect, it } from "@jest/globals";
import {
  createAuthorizationServer,
  type AuthorizationServer,
} from "../../src/authorization-server/index.js";
import { OAuthAuthProvider, type AuthEvent, type DPoPOptions } from "../../src/index.js";
import { authorizeWithoutBrowser } from "../../src/testing/index.js";
import { freePort } from "../support/free-port.js";
import { startServer, type RunningServer, type TransportName } from "../support/mcp-server.js";
import { requirement } from "../support/requirement.js";
import { WhoAmI } from "../support/tools.js";

/*
 * The MCP SDK's own client 2.4.0 with `dpop()`, a real authorization server that
 * binds tokens to keys, a real mcp-framework server, real HTTP and real time.
 */

const SECRET = Buffer.alloc(32, 7).toString("base64url");

/** What an application brings along; everything about DPoP is the SDK's. */
class DPoPClientProvider implements OAuthClientProvider {
  readonly redirectUrl = "http://127.0.0.1:9/callback";
  readonly session = DpopSession.create();
  callback: URLSearchParams | undefined;
  #information: StoredOAuthClientInformation | undefined;
  #tokens: StoredOAuthTokens | undefined;
  #verifier = "";
  #discovery: OAuthDiscoveryState | undefined;

  get clientMetadata(): OAuthClientMetadata {
    return {
      client_name: "DPoP client",
      redirect_uris: [this.redirectUrl],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
    };
  }
  dpop = (): Promise<DpopSession> => this.session;
  clientInformation = () => this.#information;
  saveClientInformation(information: StoredOAuthClientInformation): void {
    this.#information = information;
  }
  tokens = () => this.#tokens;
  saveTokens(tokens: StoredOAuthTokens): void {
    this.#tokens = tokens;
  }
  discoveryState = () => this.#discovery;
  saveDiscoveryState(state: OAuthDiscoveryState): void {
    this.#discovery = state;
  }
  codeVerifier = () => this.#verifier;
  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier;
  }
  async redirectToAuthorization(url: URL): Promise<void> {
    this.callback = (await authorizeWithoutBrowser(url)).searchParams;
  }
}

interface Seen {
  readonly status: number;
  readonly scheme: string;
  readonly nonce: string | null;
  readonly proofNonce: unknown;
}

let closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.reverse()) await close();
  closing = [];
});

async function startBoth(transport: TransportName, dpop: DPoPOptions) {
  const port = await freePort();
  const resource = `http://127.0.0.1:${port}/${transport === "sse" ? "sse" : "mcp"}`;
  const authority: AuthorizationServer = await createAuthorizationServer({
    issuer: "http://127.0.0.1:0",
    resources: [{ resource, scopes: { "mcp:access": "Use it" } }],
    accounts: [{ id: "alice" }],
    autoApprove: true,
  });
  await authority.listen();
  closing.push(() => authority.close());
  const events: AuthEvent[] = [];
  const provider = new OAuthAuthProvider({
    resource,
    authorizationServers: [authority.issuer],
    scopes: ["mcp:access"],
    dpop,
    audit: (event) => events.push(event),
  });
  const running: RunningServer = await startServer({
    transport,
    provider,
    tools: [WhoAmI],
    port,
  });
  closing.push(() => running.close());
  return { running, events, provider };
}

/** The whole way: no token, authorization, token bound to the client's key, connected. */
async function connect(running: RunningServer, auth: DPoPClientProvider, seen: Seen[]) {
  const recording: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    const headers = new Headers(init?.headers);
    const url = input instanceof Request ? input.url : input.toString();
    const authorization = headers.get("authorization");
    if (authorization !== null && url.startsWith(running.origin)) {
      const payload = headers.get("dpop")?.split(".")[1] ?? "";
      seen.push({
        status: response.status,
        scheme: authorization.split(" ")[0] ?? "",
        nonce: response.headers.get("dpop-nonce"),
        proofNonce: (
          JSON.parse(Buffer.from(payload, "base64url").toString() || "{}") as { nonce?: unknown }
        ).nonce,
      });
    }
    return response;
  };
  const open = () => {
    const options = { authProvider: auth, fetch: recording };
    return running.url.endsWith("/sse")
      ? new SSEClientTransport(new URL(running.url), options)
      : new StreamableHTTPClientTransport(new URL(running.url), options);
  };
  const newClient = () => new Client({ name: "test", version: "1" });
  const first = open();
  await expect(newClient().connect(first)).rejects.toThrow(UnauthorizedError);
  await first.finishAuth(auth.callback!);
  const client = newClient();
  await client.connect(open());
  closing.push(() => client.close());
  return client;
}

const whoami = async (client: Client) => {
  const result = await client.callTool({ name: "whoami", arguments: {} });
  return JSON.parse((result.content as { text: string }[])[0]!.text) as { before?: string };
};

describe.each<TransportName>(["http-stream batch", "http-stream stream", "sse"])(
  "the SDK's client with dpop() on %s",
  (transport) => {
    it("goes through without a nonce", async () => {
      const { running, events } = await startBoth(transport, { mode: "required" });
      const auth = new DPoPClientProvider();
      const seen: Seen[] = [];
      const client = await connect(running, auth, seen);
      expect(auth.tokens()!.token_type.toLowerCase()).toBe("dpop");
      expect(await whoami(client)).toMatchObject({ before: "alice" });
      const refused = events.filter(({ outcome }) => outcome !== "allowed");
      expect(refused.map(({ reason }) => reason)).toEqual(["credential_missing"]);
      expect(new Set(seen.map(({ scheme }) => scheme))).toEqual(new Set(["DPoP"]));
    });

    requirement("dpop-nonce", "goes through with a nonce, ten at once on one", async () => {
      const { running, events } = await startBoth(transport, {
        mode: "required",
        nonce: { secret: SECRET, periodSeconds: 3_600 },
      });
      const seen: Seen[] = [];
      const client = await connect(running, new DPoPClientProvider(), seen);
      const challenged = events.filter(({ reason }) => reason?.startsWith("dpop_nonce"));
      expect(challenged.length).toBeGreaterThan(0);

      seen.length = 0;
      const answers = await Promise.all(Array.from({ length: 10 }, () => whoami(client)));
      expect(answers.map(({ before }) => before)).toEqual(
        Array.from({ length: 10 }, () => "alice"),
      );
      // On SSE the result may arrive before the response to the POST that requested it.
      while (seen.length < 10) await new Promise((resolve) => setImmediate(resolve));
      // No request was rejected: all ten used the nonce that the client already had.
      expect(seen.filter(({ status }) => status === 401)).toEqual([]);
      expect(new Set(seen.map(({ proofNonce }) => proofNonce)).size).toBe(1);
    });
  },
);

describe("a token stolen from the SDK's client", () => {
  requirement("dpop-bind", "opens nothing, under either scheme", async () => {
    const { running } = await startBoth("http-stream batch", {});
    const auth = new DPoPClientProvider();
    await connect(running, auth, []);
    const token = auth.tokens()!.access_token;
    const thief = await DpopSession.create();
    const proof = await thief.buildProof({ htm: "POST", htu: running.url, accessToken: token });
    for (const headers of [
      { Authorization: `Bearer ${token}` },
      { Authorization: `DPoP ${token}` },
      { Authorization: `DPoP ${token}`, DPoP: proof },
    ]) {
      const response = await fetch(running.url, { method: "POST", headers, body: "{}" });
      expect(response.status).toBe(401);
    }
  });
});
