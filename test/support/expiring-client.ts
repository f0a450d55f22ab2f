import {
  Client as ClientV2,
  SSEClientTransport as SseV2,
  StreamableHTTPClientTransport as HttpV2,
} from "@modelcontextprotocol/client";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport as SseV1 } from "@modelcontextprotocol/sdk/client/sse.js";
import { StreamableHTTPClientTransport as HttpV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { MCPTool } from "mcp-framework";
import { OAuthAuthProvider, type AuthEvent } from "../../src/index.js";
import { createTestIssuer } from "../../src/testing/index.js";
import { freePort } from "./free-port.js";
import { startServer, type TransportName } from "./mcp-server.js";

export const SDK_VERSIONS = ["sdk 1.32.2", "client 2.4.0"] as const;
type SdkVersion = (typeof SDK_VERSIONS)[number];

/** Answers without a timer. */
class Echo extends MCPTool {
  name = "echo";
  description = "Answers";
  schema = {};
  execute(): Promise<string> {
    return Promise.resolve("here");
  }
}

export interface ExpiringSetup {
  readonly transport: TransportName;
  readonly version: SdkVersion;
  /** Life of an access token, in seconds. */
  readonly lifeSeconds: number;
  readonly clockToleranceSeconds: number;
}

/** A protected server, and an SDK client that refreshes a short-lived token when it gets a 401. */
export async function startExpiring(setup: ExpiringSetup) {
  const { transport, version, lifeSeconds, clockToleranceSeconds } = setup;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/${transport === "sse" ? "sse" : "mcp"}`;
  const issuer = createTestIssuer({ resource: url });
  const authority = await issuer.listen();
  const events: AuthEvent[] = [];
  const provider = new OAuthAuthProvider({
    resource: url,
    authorizationServers: [issuer.issuer],
    validation: { type: "jwt", clockToleranceSeconds },
    verifyAtStart: "off",
    audit: (event) => void events.push(event),
  });
  const running = await startServer({ transport, provider, tools: [Echo], port });

  let refreshes = 0;
  const issue = async () => ({
    access_token: await issuer.sign({ exp: Math.floor(Date.now() / 1000) + lifeSeconds }),
    token_type: "Bearer",
    issuer: issuer.issuer,
    refresh_token: `refresh-${refreshes}`,
  });
  let tokens = await issue();
  const opened: string[] = [];
  const send = async (target: string | URL, init?: RequestInit): Promise<Response> => {
    const { pathname } = new URL(target);
    if (pathname === "/token") {
      refreshes += 1;
      return Response.json(await issue());
    }
    const response = await fetch(target, init);
    const isStream = response.headers.get("content-type") === "text/event-stream";
    if (isStream && (init?.method ?? "GET") === "GET") opened.push(pathname);
    return response;
  };
  const authProvider = {
    redirectUrl: "http://127.0.0.1:9/callback",
    clientMetadata: { redirect_uris: ["http://127.0.0.1:9/callback"] },
    clientInformation: () => ({ client_id: "client-1", issuer: issuer.issuer }),
    tokens: () => tokens,
    saveTokens: (saved: typeof tokens) => void (tokens = saved),
    redirectToAuthorization: () => {
      throw new Error("asked the user again");
    },
    saveCodeVerifier: () => undefined,
    codeVerifier: () => "",
  };
  const options = { authProvider: authProvider as never, fetch: send };
  const isV1 = version === "sdk 1.32.2";
  const [Http, Sse] = isV1 ? [HttpV1, SseV1] : [HttpV2, SseV2];
  const client = isV1
    ? new ClientV1({ name: "test", version: "1.0.0" })
    : new ClientV2({ name: "test", version: "1.0.0" });
  const Transport = transport === "sse" ? Sse : Http;
  await client.connect(new Transport(new URL(url), options));

  return {
    server: running.server,
    provider,
    events,
    /** How often the client refreshed its token. */
    get refreshes() {
      return refreshes;
    },
    /** Paths of the standing streams that the client opened. */
    opened: opened as readonly string[],
    /** One tool call; the error's message when it failed. */
    call: async (): Promise<string> => {
      const called = client.callTool({ name: "echo", arguments: {} });
      return called.then(
        () => "ok",
        (error: unknown) => String(error),
      );
    },
    close: async () => {
      await client.close();
      await running.close();
      await authority.close();
    },
  };
}
