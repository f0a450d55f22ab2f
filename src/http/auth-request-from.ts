import type { IncomingMessage } from "node:http";
import type { TLSSocket } from "node:tls";
import type { AuthRequest, TransportKind } from "../auth-request.js";

/** A Node request as plain data. */
export function authRequestOf(req: IncomingMessage, transport: TransportKind): AuthRequest {
  const socket = req.socket as IncomingMessage["socket"] & Partial<TLSSocket>;
  const { remoteAddress, encrypted } = socket;
  return {
    method: req.method ?? "GET",
    url: req.url ?? "/",
    headers: req.headers,
    rawHeaders: req.rawHeaders,
    ...(remoteAddress !== undefined && { remoteAddress }),
    encrypted: encrypted === true,
    peerCertificate: () => socket.getPeerCertificate?.()?.raw,
    transport,
  };
}
