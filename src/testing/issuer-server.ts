import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Where a test issuer listens. */
export interface ListenOptions {
  /** @default chosen by the system */
  readonly port?: number;
  /** Path of the issuer, for example `/tenant`. @default none */
  readonly path?: string;
}

/** Endpoints of a test issuer. */
export type IssuerEndpoint = "metadata" | "jwks" | "introspection";

/** A request to the introspection endpoint, as it came. */
export interface IntrospectionRequest {
  readonly authorization: string | undefined;
  readonly parameters: Readonly<Record<string, string>>;
}

/** The endpoints of a test issuer, served on loopback. */
export interface TestIssuerServer {
  /** `http://127.0.0.1:port` and the path. */
  readonly url: string;
  /** How often each endpoint was asked, refused requests included. */
  readonly requests: Readonly<Record<IssuerEndpoint, number>>;
  readonly lastIntrospection: IntrospectionRequest | undefined;
  /** Answers 503, or hangs up without an answer. */
  down(how?: "status" | "disconnect"): void;
  /** Works again, at once. */
  up(): void;
  /** Waits before each answer. */
  delay(milliseconds: number): void;
  close(): Promise<void>;
}

type Json = Readonly<Record<string, unknown>>;

/** The answers that the endpoints give; see `TestIssuer`. */
interface ServedIssuer {
  readonly issuer: string;
  readonly jwks: unknown;
  introspect(token: string): Json;
}

interface IntrospectionClient {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Endpoints as RFC 8414, OpenID Connect Discovery and RFC 7662 have them. */
export async function startIssuerServer(
  issuer: ServedIssuer,
  client: IntrospectionClient | undefined,
  { port = 0, path = "" }: ListenOptions,
): Promise<TestIssuerServer> {
  const requests: Record<IssuerEndpoint, number> = { metadata: 0, jwks: 0, introspection: 0 };
  let failure: "status" | "disconnect" | undefined;
  let delayMilliseconds = 0;
  let lastIntrospection: IntrospectionRequest | undefined;

  const answer = async (req: IncomingMessage, endpoint: IssuerEndpoint): Promise<Answer> => {
    if (failure === "status") return { status: 503, body: {} };
    if (endpoint === "metadata") return { status: 200, body: metadataOf(issuer.issuer, url) };
    if (endpoint === "jwks") return { status: 200, body: issuer.jwks };
    lastIntrospection = await readIntrospection(req);
    return introspect(issuer, client, lastIntrospection);
  };

  const handle = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const endpoint = endpointAt((req.url ?? "").split("?", 1)[0] ?? "", path);
    if (endpoint === undefined) {
      res.writeHead(404).end();
      return;
    }
    requests[endpoint] += 1;
    if (delayMilliseconds > 0) {
      await new Promise((resolve) => setTimeout(resolve, delayMilliseconds).unref());
    }
    if (failure === "disconnect") {
      req.socket.destroy();
      return;
    }
    const { status, body } = await answer(req, endpoint);
    res.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
    res.end(JSON.stringify(body));
  };

  const { origin, close } = await listen(handle, port);
  const url = origin + path;
  return {
    url,
    requests,
    get lastIntrospection() {
      return lastIntrospection;
    },
    down(how = "status") {
      failure = how;
    },
    up() {
      failure = undefined;
      delayMilliseconds = 0;
    },
    delay(milliseconds) {
      delayMilliseconds = milliseconds;
    },
    close,
  };
}

/** On a loopback port, 0 for any. `close` also ends connections. */
async function listen(
  handle: (req: IncomingMessage, res: ServerResponse) => Promise<void>,
  port: number,
): Promise<{ readonly origin: string; readonly close: () => Promise<void> }> {
  const server = createServer((req, res) => {
    handle(req, res).catch(() => res.destroy());
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

function metadataOf(issuer: string, url: string): Json {
  return {
    issuer,
    jwks_uri: `${url}/jwks`,
    introspection_endpoint: `${url}/introspect`,
    authorization_endpoint: `${url}/authorize`,
    token_endpoint: `${url}/token`,
    response_types_supported: ["code"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["ES256"],
    code_challenge_methods_supported: ["S256"],
    introspection_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
  };
}

function introspect(
  issuer: ServedIssuer,
  client: IntrospectionClient | undefined,
  request: IntrospectionRequest,
): Answer {
  if (client !== undefined && !isAuthenticated(request, client)) {
    return { status: 401, body: { error: "invalid_client" } };
  }
  return { status: 200, body: issuer.introspect(request.parameters["token"] ?? "") };
}

function endpointAt(path: string, prefix: string): IssuerEndpoint | undefined {
  const documents = [
    `/.well-known/oauth-authorization-server${prefix}`,
    `/.well-known/openid-configuration${prefix}`,
    `${prefix}/.well-known/openid-configuration`,
  ];
  if (documents.includes(path)) return "metadata";
  if (path === `${prefix}/jwks`) return "jwks";
  if (path === `${prefix}/introspect`) return "introspection";
  return undefined;
}

async function readIntrospection(req: IncomingMessage): Promise<IntrospectionRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of req as AsyncIterable<Buffer>) chunks.push(chunk);
  const form = new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
  return {
    authorization: req.headers.authorization,
    parameters: Object.fromEntries(form),
  };
}

function isAuthenticated(
  { authorization, parameters }: IntrospectionRequest,
  { clientId, clientSecret }: IntrospectionClient,
): boolean {
  const [id, secret] = parseBasic(authorization) ?? [
    parameters["client_id"],
    parameters["client_secret"],
  ];
  return id === clientId && secret === clientSecret;
}

/** RFC 6749 §2.3.1: both halves are form-encoded; which characters are, differs among clients. */
function parseBasic(authorization: string | undefined): [string, string] | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(authorization ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const decode = (text: string) => new URLSearchParams(`v=${text}`).get("v") ?? "";
  const [id = "", secret = ""] = Buffer.from(encoded, "base64").toString("utf8").split(":");
  return [decode(id), decode(secret)];
}
