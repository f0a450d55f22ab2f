import http from "node:http";
import https from "node:https";
import type { IncomingMessage } from "node:http";
import type { LookupFunction } from "node:net";
import type { SecureContextOptions } from "node:tls";
import { HttpsProxyAgent } from "https-proxy-agent";
import { OutboundError, type OutboundRequest } from "./outbound-fetch.js";
import { proxyFor } from "./proxy.js";

/** What all round trips of one fetch share. */
interface RoundTripOptions {
  readonly maxBytes: number;
  readonly tls: Pick<SecureContextOptions, "ca" | "cert" | "key">;
  /** Where `HTTPS_PROXY` and `NO_PROXY` are read. */
  readonly env: NodeJS.ProcessEnv;
  /** Resolves names, and refuses addresses. */
  readonly lookup: LookupFunction;
}

/**
 * One request and its answer. `onReused` is called when the server closed a reused
 * connection before it answered anything.
 */
type RoundTrip = (
  url: URL,
  request: OutboundRequest,
  signal: AbortSignal,
  onReused: () => void,
) => Promise<Response>;

// Idle sockets are unreferenced by Node and closed after a while; a flood of
// introspection calls queues here instead of opening a socket each.
const AGENT_OPTIONS = { keepAlive: true, maxSockets: 64, maxFreeSockets: 8, timeout: 30_000 };

/** Connections are kept and reused by all round trips of the returned function. */
export function createRoundTrip({ maxBytes, tls, env, lookup }: RoundTripOptions): RoundTrip {
  const agentFor = createAgents(tls, env);
  return (url, request, signal, onReused) =>
    new Promise((resolve, reject) => {
      const secure = url.protocol === "https:";
      const outgoing = (secure ? https : http).request(url, {
        ...(secure ? tls : {}),
        agent: agentFor(url, signal),
        method: request.method ?? "GET",
        headers: headersOf(request),
        lookup,
        signal,
      });
      let answered = false;
      let tunnelRefused = false;
      outgoing.on("error", (error: NodeJS.ErrnoException) => {
        // The server closed an idle connection just as it was picked: nothing
        // was answered, so asking once more on a new one is safe.
        if (outgoing.reusedSocket && !answered && isReset(error)) onReused();
        reject(error);
      });
      outgoing.on("proxyConnect", (connect: { statusCode?: number }) => {
        tunnelRefused = connect.statusCode !== 200;
      });
      outgoing.on("response", (incoming) => {
        answered = true;
        // What the proxy says instead of opening the tunnel arrives in the
        // clear and looks like the server's answer: it could be a forged key set.
        if (tunnelRefused) {
          outgoing.destroy();
          reject(new OutboundError("network", `the proxy opened no tunnel to ${url.host}`));
          return;
        }
        readAnswer(incoming, url, request, maxBytes).then(resolve, (error: Error) => {
          // The rest of a refused answer is not read.
          outgoing.destroy();
          reject(error);
        });
      });
      outgoing.end(request.body);
    });
}

type AgentFor = (url: URL, signal: AbortSignal) => http.Agent;

function createAgents(tls: RoundTripOptions["tls"], env: NodeJS.ProcessEnv): AgentFor {
  const httpAgent = new http.Agent(AGENT_OPTIONS);
  const httpsAgent = new https.Agent({ ...AGENT_OPTIONS, ...tls });
  return (url, signal) => {
    if (url.protocol === "http:") return httpAgent;
    const proxy = proxyFor(url, env);
    if (proxy === undefined) return httpsAgent;
    // One agent per round trip: only the signal reaches a socket that hangs
    // while the proxy opens the tunnel.
    return new HttpsProxyAgent(proxy, { signal });
  };
}

function headersOf(request: OutboundRequest): Record<string, string | number> {
  return {
    ...(request.accept === undefined ? {} : { accept: request.accept.join(", ") }),
    ...(request.body === undefined ? {} : { "content-length": Buffer.byteLength(request.body) }),
    ...request.headers,
    // A small compressed body can unfold to gigabytes: none is asked for, none is taken.
    "accept-encoding": "identity",
  };
}

async function readAnswer(
  incoming: IncomingMessage,
  url: URL,
  request: OutboundRequest,
  maxBytes: number,
): Promise<Response> {
  const status = incoming.statusCode ?? 0;
  // A redirect would lead past the checks of the configured URL, and a POST's credentials with it.
  if (status >= 300 && status < 400 && incoming.headers.location !== undefined) {
    throw new OutboundError("redirect", `${url.host} answered with a redirect`);
  }
  const encoding = incoming.headers["content-encoding"] ?? "identity";
  if (encoding.trim().toLowerCase() !== "identity") {
    throw new OutboundError("content_type", `${url.host} answered with a content-encoding`);
  }
  if (status >= 200 && status < 300 && request.accept !== undefined) {
    const type = incoming.headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
    if (type === undefined || !request.accept.some((accepted) => accepted.toLowerCase() === type)) {
      throw new OutboundError("content_type", `${url.host} answered with another media type`);
    }
  }
  const tooLarge = () => new OutboundError("too_large", `${url.host} answered too much`);
  if (Number(incoming.headers["content-length"] ?? 0) > maxBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  const hasBody = status !== 204 && status !== 205 && status !== 304;
  return new Response(hasBody ? Buffer.concat(chunks) : null, {
    status,
    headers: headerPairs(incoming.rawHeaders),
  });
}

function headerPairs(raw: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) pairs.push([raw[i] ?? "", raw[i + 1] ?? ""]);
  return pairs;
}

function isReset(error: NodeJS.ErrnoException): boolean {
  return error.code === "ECONNRESET" || error.code === "EPIPE";
}
