import http from "node:http";
import https from "node:https";
import tls from "node:tls";
import type { IncomingMessage } from "node:http";
import { HttpsProxyAgent } from "https-proxy-agent";
import { proxyFor } from "./proxy.js";

export interface ProbeRequest {
  /** @default "GET" */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An answer as it came: no redirect followed, no status refused. */
export interface ProbeAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** As far as it was read. */
  readonly body: string;
}

/** Why there is no answer. Never holds the request's headers or body. */
export class ProbeError extends Error {
  constructor(
    /** A code of Node or OpenSSL, `TIMEOUT`, or `FAILED`. */
    readonly code: string,
  ) {
    super(code);
    this.name = "ProbeError";
  }
}

export interface ProbeOptions {
  /** For one exchange, in milliseconds. @default 10000 */
  readonly timeoutMs?: number;
  /** Bytes of the body that are read. @default 262144 */
  readonly maxBytes?: number;
  /** Where `HTTPS_PROXY` and `NO_PROXY` are read. @default process.env */
  readonly env?: NodeJS.ProcessEnv;
}

/** How long an event stream that has begun is listened to. */
const STREAM_MS = 500;

/**
 * One request to a server that the user typed, for diagnosis: any method, any
 * address, also http, and every status is an answer. Certificates
 * are checked as usual. Bounded in time and size.
 *
 * Not for URLs that come out of documents: those go through the guarded fetch.
 *
 * @throws ProbeError
 */
export function probe(
  target: string,
  request: ProbeRequest = {},
  options: ProbeOptions = {},
): Promise<ProbeAnswer> {
  const url = new URL(target);
  const { timeoutMs = 10_000, maxBytes = 256 * 1024, env = process.env } = options;
  const proxy = proxyFor(url, env);
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const outgoing = (url.protocol === "https:" ? https : http).request(url, {
      method: request.method ?? "GET",
      headers: {
        ...(request.body === undefined
          ? {}
          : { "content-length": String(Buffer.byteLength(request.body)) }),
        ...request.headers,
        "accept-encoding": "identity",
      },
      // No connection is kept: nothing outlives the diagnosis.
      agent: proxy === undefined ? false : new HttpsProxyAgent(proxy, { signal }),
      signal,
    });
    outgoing.on("error", (error: NodeJS.ErrnoException) => {
      reject(new ProbeError(signal.aborted ? "TIMEOUT" : codeOf(error)));
    });
    outgoing.on("response", (incoming) => {
      readBody(incoming, maxBytes)
        .then((body) =>
          resolve({
            status: incoming.statusCode ?? 0,
            headers: toHeaders(incoming.rawHeaders),
            body,
          }),
        )
        .catch(() => reject(new ProbeError(signal.aborted ? "TIMEOUT" : "FAILED")))
        .finally(() => outgoing.destroy());
    });
    outgoing.end(request.body);
  });
}

async function readBody(incoming: IncomingMessage, maxBytes: number): Promise<string> {
  const isStream = (incoming.headers["content-type"] ?? "").startsWith("text/event-stream");
  const timer = isStream ? setTimeout(() => incoming.push(null), STREAM_MS).unref() : undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= maxBytes) break;
    }
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(chunks).subarray(0, maxBytes).toString("utf8");
}

/** What a TLS handshake showed. */
export interface CertificateReport {
  /** The protocol, for example `TLSv1.3`. */
  readonly protocol: string;
  /** Why the certificate is not trusted; `undefined` when it is. */
  readonly problem: string | undefined;
  /** Seconds since the epoch. */
  readonly expiresAt: number | undefined;
}

/**
 * Shakes hands with a TLS server and looks at its certificate, trusted or not.
 * Nothing is sent over the connection. Does not go through a proxy.
 *
 * @throws ProbeError
 */
export function inspectCertificate(
  hostname: string,
  port: number,
  timeoutMs = 10_000,
): Promise<CertificateReport> {
  const host = hostname.replace(/^\[|\]$/g, "");
  return new Promise((resolve, reject) => {
    const isName = !/^[\d.]+$|:/.test(host);
    const socket = tls.connect({
      host,
      port,
      ...(isName && { servername: host }),
      // To see what is wrong with it; no byte is exchanged after the handshake.
      rejectUnauthorized: false,
    });
    const timer = setTimeout(() => fail("TIMEOUT"), timeoutMs);
    timer.unref();
    const fail = (code: string) => {
      clearTimeout(timer);
      socket.destroy();
      reject(new ProbeError(code));
    };
    socket.once("error", (error: NodeJS.ErrnoException) => fail(codeOf(error)));
    socket.once("secureConnect", () => {
      clearTimeout(timer);
      const certificate = socket.getPeerCertificate();
      const until = Date.parse(certificate.valid_to) / 1000;
      // Node returns the code as text here, unlike its types.
      const problem = socket.authorizationError as Error | string | undefined;
      resolve({
        protocol: socket.getProtocol() ?? "unknown",
        problem: socket.authorized
          ? undefined
          : typeof problem === "string"
            ? problem
            : ((problem as NodeJS.ErrnoException | undefined)?.code ?? "not trusted"),
        expiresAt: Number.isNaN(until) ? undefined : until,
      });
      socket.destroy();
    });
  });
}

function toHeaders(raw: readonly string[]): Headers {
  const headers = new Headers();
  for (let i = 0; i + 1 < raw.length; i += 2) {
    try {
      headers.append(raw[i] ?? "", raw[i + 1] ?? "");
    } catch {
      // A header no client could read is not there.
    }
  }
  return headers;
}

function codeOf(error: NodeJS.ErrnoException): string {
  const [first] = error instanceof AggregateError ? (error.errors as NodeJS.ErrnoException[]) : [];
  const code = error.code ?? first?.code;
  return typeof code === "string" && /^[A-Z0-9_]+$/.test(code) ? code : "FAILED";
}
