import type { IncomingMessage } from "node:http";
import type { TLSSocket } from "node:tls";
import type { AuthRequest, TransportKind } from "../core/auth-request.js";

/** A Node request as plain data. */
export function authRequestOf(req: IncomingMessage, transport: TransportKind): AuthRequest {
  return new NodeRequest(req, transport);
}

/** A class, because every request makes one and few ask for the certificate. */
class NodeRequest implements AuthRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly rawHeaders: readonly string[];
  readonly remoteAddress?: string;
  readonly encrypted: boolean;
  readonly #socket: Partial<TLSSocket>;

  constructor(
    req: IncomingMessage,
    readonly transport: TransportKind,
  ) {
    const socket = req.socket as IncomingMessage["socket"] & Partial<TLSSocket>;
    this.method = req.method ?? "GET";
    this.url = req.url ?? "/";
    this.headers = req.headers;
    this.rawHeaders = req.rawHeaders;
    // Now: a peer that has gone has none.
    const { remoteAddress } = socket;
    if (remoteAddress !== undefined) this.remoteAddress = remoteAddress;
    this.encrypted = socket.encrypted === true;
    this.#socket = socket;
  }

  peerCertificate(): Buffer | undefined {
    return this.#socket.getPeerCertificate?.()?.raw;
  }
}

/**
 * A Web request as plain data.
 *
 * @param sourceIp the client's address, as the platform says it
 */
export function authRequestOfWeb(request: Request, sourceIp: string | undefined): AuthRequest {
  const url = new URL(request.url);
  return {
    method: request.method,
    url: url.pathname + url.search,
    // A Web request need not have the header; its URL has the host all the same.
    headers: { host: url.host, ...Object.fromEntries(request.headers) },
    rawHeaders: [],
    ...(sourceIp !== undefined && { remoteAddress: sourceIp }),
    // The platform ends TLS; what it says in headers is not evidence.
    encrypted: url.protocol === "https:",
    transport: "serverless",
  };
}
