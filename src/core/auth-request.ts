import type { IncomingHttpHeaders } from "node:http";

/** The transport of a request. */
export type TransportKind = "http-stream" | "sse" | "serverless" | "bare";

/**
 * The parts of an HTTP request that a decision may look at: plain data, so
 * that the decision can be made for a Node request, a Web request or in a test.
 */
export interface AuthRequest {
  readonly method: string;
  /** Path and query as received, never used to build URLs for checks. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn, as received: Node keeps only the first of two Authorization headers. */
  readonly rawHeaders: readonly string[];
  /** Address of the peer, not from a forwarded header. */
  readonly remoteAddress?: string;
  /** The connection to the peer is TLS. */
  readonly encrypted?: boolean;
  /** DER of the client certificate on the peer's TLS connection (RFC 8705). */
  readonly peerCertificate?: () => Buffer | undefined;
  readonly transport: TransportKind;
}
