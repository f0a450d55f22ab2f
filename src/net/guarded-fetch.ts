import { lookup as systemLookup } from "node:dns";
import http from "node:http";
import https from "node:https";
import type { IncomingMessage } from "node:http";
import { isIP, type LookupFunction } from "node:net";
import type { SecureContextOptions } from "node:tls";
import { HttpsProxyAgent } from "https-proxy-agent";
import { isLoopbackHost } from "../core/urls/loopback.js";
import { createAddressPolicy, type PrivateAddresses } from "./address-policy.js";
import { OutboundError, type OutboundFetch, type OutboundRequest } from "./outbound-fetch.js";
import { proxyFor } from "./proxy.js";
import { parseAbsoluteUrl } from "../core/urls/parse-absolute-url.js";

export interface OutboundFetchOptions {
  /**
   * How long one exchange may take in milliseconds, from the look-up of the
   * name to the last byte of the body. Longer waits hold requests longer when
   * an authorization server hangs.
   * @default 5000
   */
  readonly timeoutMs?: number;
  /**
   * Largest body that is read, in bytes.
   * @default 1048576
   */
  readonly maxBytes?: number;
  /**
   * Private addresses that may be contacted: `true` for all of private
   * networks, or CIDR ranges and host names. Each one allowed is one that a
   * document from an authorization server can make this process call.
   * @default false
   */
  readonly allowPrivateAddresses?: PrivateAddresses;
  /** Client certificate (RFC 8705 `tls_client_auth`) and private certificate authorities. */
  readonly tls?: Pick<SecureContextOptions, "ca" | "cert" | "key">;
  /**
   * Where `HTTPS_PROXY` and `NO_PROXY` are read. Names behind a proxy are
   * resolved by the proxy, so only literal addresses are checked here.
   * @default process.env
   */
  readonly env?: NodeJS.ProcessEnv;
  /** Resolves names, like `dns.lookup`. */
  readonly lookup?: LookupFunction;
}

const DEFAULT_TIMEOUT_MS = 5_000;
const DEFAULT_MAX_BYTES = 1024 * 1024;

// Idle sockets are unreferenced by Node and closed after a while; a flood of
// introspection calls queues here instead of opening a socket each.
const AGENT_OPTIONS = { keepAlive: true, maxSockets: 64, maxFreeSockets: 8, timeout: 30_000 };

/**
 * Builds the one way out of this package: https only (http for loopback),
 * public addresses only unless configured, no redirect followed, no
 * compression, bounded in time and size.
 *
 * The address is checked inside the look-up that the connection itself uses,
 * so that a name cannot resolve to one address for the check and to another
 * for the use (DNS rebinding).
 *
 * The returned function resolves for every status but a redirect; of `accept`
 * it checks the content type of 2xx answers only. It rejects with
 * {@link OutboundError}, whose message names the host and nothing else of the
 * request. Throws {@link ConfigurationError} for a bad `allowPrivateAddresses`.
 */
export function createOutboundFetch(options: OutboundFetchOptions = {}): OutboundFetch {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  const env = options.env ?? process.env;
  const refusalOf = createAddressPolicy(options.allowPrivateAddresses);
  const lookup = createCheckedLookup(options.lookup ?? systemLookup, refusalOf);
  const tls = options.tls ?? {};
  const httpAgent = new http.Agent(AGENT_OPTIONS);
  const httpsAgent = new https.Agent({ ...AGENT_OPTIONS, ...tls });

  const agentFor = (url: URL, signal: AbortSignal): http.Agent => {
    if (url.protocol === "http:") return httpAgent;
    const proxy = proxyFor(url, env);
    if (proxy === undefined) return httpsAgent;
    // One agent per exchange: only the signal reaches a socket that hangs
    // while the proxy opens the tunnel.
    return new HttpsProxyAgent(proxy, { signal });
  };

  const exchange = (
    url: URL,
    request: OutboundRequest,
    signal: AbortSignal,
    onReused: () => void,
  ): Promise<Response> =>
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

  return async (text, request = {}) => {
    const url = parseTarget(text, refusalOf);
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), timeoutMs);
    timer.unref();
    const abort = () => deadline.abort();
    request.signal?.addEventListener("abort", abort, { once: true });
    if (request.signal?.aborted) abort();
    try {
      let reused = false;
      const attempt = () => exchange(url, request, deadline.signal, () => (reused = true));
      return await attempt().catch((error: unknown) => {
        if (reused && !deadline.signal.aborted) return attempt();
        throw error;
      });
    } catch (error) {
      throw toOutboundError(error, url, deadline.signal.aborted);
    } finally {
      clearTimeout(timer);
      request.signal?.removeEventListener("abort", abort);
    }
  };
}

/** Checks all that can be checked before a name is resolved. */
function parseTarget(text: string, refusalOf: ReturnType<typeof createAddressPolicy>): URL {
  const url = parseAbsoluteUrl(text);
  if (url === undefined) throw new OutboundError("insecure_url", "not an absolute URL");
  const isAllowedHttp = url.protocol === "http:" && isLoopbackHost(url.hostname);
  if (url.protocol !== "https:" && !isAllowedHttp) {
    throw new OutboundError("insecure_url", `${url.host} must be reached by https`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new OutboundError("insecure_url", `the URL of ${url.host} carries credentials`);
  }
  // Node connects to a literal address without any look-up. Decimal, hex and
  // octal spellings are plain addresses by now: the URL parser rewrites them.
  const literal = url.hostname.replace(/^\[|\]$/g, "");
  const refusal = isIP(literal) === 0 ? undefined : refusalOf(literal, url.hostname);
  if (refusal !== undefined) {
    throw new OutboundError("address_refused", `${url.host} is refused: ${refusal}`);
  }
  return url;
}

function createCheckedLookup(
  lookup: LookupFunction,
  refusalOf: ReturnType<typeof createAddressPolicy>,
): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, options, (error, address, family) => {
      if (error) return callback(error, address, family);
      const addresses = Array.isArray(address) ? address.map((entry) => entry.address) : [address];
      // One bad address among good ones is an attack or a mistake: refuse them all.
      for (const candidate of addresses) {
        const refusal = refusalOf(candidate, hostname);
        if (refusal === undefined) continue;
        const message = `${hostname} resolves to an address that is refused: ${refusal}`;
        return callback(new OutboundError("address_refused", message), address, family);
      }
      callback(null, address, family);
    });
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

function toOutboundError(error: unknown, url: URL, aborted: boolean): OutboundError {
  if (error instanceof OutboundError) return error;
  if (aborted) return new OutboundError("timeout", `${url.host} did not answer in time`);
  // The code and no cause: a header that Node refuses to send is a credential.
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  const detail = typeof code === "string" && /^[A-Z0-9_]+$/.test(code) ? code : "no usable answer";
  return new OutboundError("network", `${url.host}: ${detail}`);
}
