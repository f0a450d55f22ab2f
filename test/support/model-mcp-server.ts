import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { generateTestKey } from "../../src/testing/test-keys.js";

/** One answer of the model, to be spoilt. */
export interface ModelAnswer {
  status: number;
  headers: Record<string, string>;
  /** An object is sent as JSON. */
  body: unknown;
}

export interface ModelRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  /** JSON-RPC method of a POST. */
  readonly rpc: string | undefined;
  /** The token in the header. */
  readonly token: string | undefined;
}

export type Part = "mcp" | "preflight" | "inserted" | "root" | "server" | "oidc" | "keys" | "other";

export interface Model {
  readonly origin: string;
  readonly url: string;
  readonly issuer: string;
  /** Every token that came, wherever it stood. */
  readonly requests: readonly ModelRequest[];
  close(): Promise<void>;
}

/** Changes an answer in place, or leaves it alone. */
export type Spoil = (
  part: Part,
  answer: ModelAnswer,
  request: ModelRequest,
  model: { readonly origin: string; readonly url: string },
) => void;

const CORS = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "WWW-Authenticate, Mcp-Session-Id",
};

/** A protected MCP server and its authorization server in one, all as clients want it; `spoil` breaks one thing. */
export async function startModel(spoil: Spoil = () => undefined): Promise<Model> {
  const key = generateTestKey("ES256");
  const requests: ModelRequest[] = [];
  const where = { origin: "", url: "" };

  const challenge = (error?: string) =>
    [
      ...(error === undefined ? [] : [`error="${error}"`]),
      'scope="notes:use"',
      `resource_metadata="${where.origin}/.well-known/oauth-protected-resource/mcp"`,
    ].join(", ");

  const answerTo = (request: ModelRequest): [Part, ModelAnswer] => {
    const json = (part: Part, body: unknown): [Part, ModelAnswer] => [
      part,
      {
        status: 200,
        headers: {
          "content-type": "application/json",
          "access-control-allow-origin": "*",
          "access-control-allow-headers": "*",
        },
        body,
      },
    ];
    const metadata = {
      resource: where.url,
      authorization_servers: [`${where.origin}/as`],
      scopes_supported: ["notes:use", "notes:admin"],
      bearer_methods_supported: ["header"],
    };
    const server = {
      issuer: `${where.origin}/as`,
      authorization_endpoint: `${where.origin}/as/authorize`,
      token_endpoint: `${where.origin}/as/token`,
      registration_endpoint: `${where.origin}/as/register`,
      jwks_uri: `${where.origin}/as/jwks`,
      response_types_supported: ["code"],
      grant_types_supported: ["authorization_code", "refresh_token"],
      code_challenge_methods_supported: ["S256"],
      scopes_supported: ["notes:use", "notes:admin"],
    };
    switch (request.path) {
      case "/mcp":
        if (request.method === "OPTIONS") {
          const headers = {
            ...CORS,
            "access-control-allow-headers":
              "Authorization, Content-Type, MCP-Protocol-Version, Mcp-Session-Id",
          };
          return ["preflight", { status: 204, headers, body: "" }];
        }
        return [
          "mcp",
          {
            status: 401,
            headers: {
              ...CORS,
              "www-authenticate": `Bearer ${challenge(request.token === undefined ? undefined : "invalid_token")}`,
            },
            body: "",
          },
        ];
      case "/.well-known/oauth-protected-resource/mcp":
        return json("inserted", metadata);
      case "/.well-known/oauth-protected-resource":
        return json("root", metadata);
      case "/.well-known/oauth-authorization-server/as":
        return json("server", server);
      case "/as/.well-known/openid-configuration":
        return json("oidc", server);
      case "/as/jwks":
        return json("keys", { keys: [key.publicJwk] });
      default:
        return ["other", { status: 404, headers: {}, body: "" }];
    }
  };

  const handle = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of req as AsyncIterable<Buffer>) chunks.push(chunk);
    const url = new URL(req.url ?? "/", where.origin);
    const body = Buffer.concat(chunks).toString("utf8");
    const request: ModelRequest = {
      method: req.method ?? "",
      path: url.pathname,
      query: url.searchParams,
      headers: req.headers,
      rpc:
        body === "" ? undefined : ((JSON.parse(body) as { method?: string }).method ?? undefined),
      token: /^Bearer (.+)$/.exec(req.headers.authorization ?? "")?.[1],
    };
    requests.push(request);
    const [part, answer] = answerTo(request);
    spoil(part, answer, request, where);
    res.writeHead(answer.status, answer.headers);
    res.end(typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body));
  };

  const server = createServer((req, res) => {
    handle(req, res).catch(() => res.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  where.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  where.url = `${where.origin}/mcp`;
  return {
    origin: where.origin,
    url: where.url,
    issuer: `${where.origin}/as`,
    requests,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
