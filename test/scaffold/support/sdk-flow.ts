import { expect } from "@jest/globals";
import {
  UnauthorizedError,
  type OAuthClientProvider,
} from "@modelcontextprotocol/sdk/client/auth.js";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { createBrowser } from "../../integration/authorization-server/helpers.js";
import { authorizeWithoutBrowser } from "../../../src/testing/index.js";

/** How the person agrees: given the authorization URL, where they are sent back to. */
export type Approve = (authorizationUrl: URL) => Promise<URL>;

/** A server that approves by itself. */
export const withoutPerson: Approve = (url) => authorizeWithoutBrowser(url);

/** Alice, with a browser: picks herself and agrees. */
export const asAlice: Approve = async (url) => {
  const browser = createBrowser();
  const login = await browser.visit(url);
  const consent = await browser.submit(login, { action: "pick", account: "alice" });
  const { url: redirect } = await browser.submit(consent, { action: "allow" });
  return redirect;
};

export interface FlowResult {
  /** Status of each request to the MCP server, in order. */
  readonly statuses: readonly number[];
  readonly token: string;
  readonly client: Client;
}

/**
 * What an MCP client does, done by the SDK's own: it comes without a token, is
 * refused, finds the authorization server, registers, has the user agree, and
 * comes back. Resolves once it is connected.
 */
export async function connectWithOAuth(serverUrl: string, approve: Approve): Promise<FlowResult> {
  const url = new URL(serverUrl);
  const statuses: number[] = [];
  const person = createPerson(approve);
  const open = () => {
    const options = {
      authProvider: person.provider,
      fetch: async (input: string | URL, init?: RequestInit) => {
        const response = await fetch(input, init);
        if (new URL(input).pathname === url.pathname) statuses.push(response.status);
        return response;
      },
    };
    return url.pathname.endsWith("/sse")
      ? new SSEClientTransport(url, options)
      : new StreamableHTTPClientTransport(url, options);
  };
  const first = open();
  await newClient()
    .connect(first)
    .then(
      () => {
        throw new Error("The server let a client in without a token.");
      },
      (error: unknown) => {
        if (!(error instanceof UnauthorizedError)) throw error;
      },
    );
  await first.finishAuth(person.code());
  const client = newClient();
  await client.connect(open());
  return { statuses, client, token: person.token() };
}

/** 401 → the whole flow → 200, and the tool knows Alice. Resolves with her token. */
export async function flow(url: URL, approve: Approve = withoutPerson): Promise<string> {
  const { statuses, client, token } = await connectWithOAuth(url.href, approve);
  expect(statuses[0]).toBe(401);
  expect(statuses.slice(1)).toContain(200);
  expect(statuses.slice(1)).not.toContain(401);
  const { content } = await client.callTool({
    name: "example_tool",
    arguments: { message: "hello" },
  });
  expect(JSON.stringify(content)).toContain("alice says: hello");
  await client.close();
  return token;
}

function newClient(): Client {
  return new Client({ name: "scaffold-test", version: "1.0.0" });
}

function createPerson(approve: Approve) {
  const memory: Record<string, unknown> = {};
  const provider: OAuthClientProvider = {
    redirectUrl: "http://127.0.0.1:9/callback",
    clientMetadata: {
      client_name: "Scaffold test",
      redirect_uris: ["http://127.0.0.1:9/callback"],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
    },
    clientInformation: () => memory["client"] as never,
    saveClientInformation: (client) => void (memory["client"] = client),
    tokens: () => memory["tokens"] as never,
    saveTokens: (tokens) => void (memory["tokens"] = tokens),
    codeVerifier: () => memory["verifier"] as string,
    saveCodeVerifier: (verifier) => void (memory["verifier"] = verifier),
    redirectToAuthorization: async (url) => {
      memory["redirect"] = await approve(url);
    },
  };
  return {
    provider,
    code() {
      const code = (memory["redirect"] as URL | undefined)?.searchParams.get("code");
      if (typeof code !== "string") throw new Error("The authorization server gave no code.");
      return code;
    },
    token: () => (memory["tokens"] as { access_token: string }).access_token,
  };
}
