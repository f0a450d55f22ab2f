import type { IncomingMessage, ServerResponse } from "node:http";

/** Identifies a revoked access token for a resource server. */
export interface RevokedToken {
  /** Of a JWT. */
  readonly jti?: string;
  /** Of an opaque token; see `tokenHash` of the package. */
  readonly tokenHash?: string;
  /** Expiry of the token, in seconds since the epoch. */
  readonly until: number;
}

/**
 * An authorization server in this process that answers on the listener of the
 * MCP server. `createAuthorizationServer` of
 * `mcp-framework-oauth/authorization-server` makes one.
 */
export interface EmbeddedAuthorizationServer {
  readonly issuer: string;
  /** Whether it answers requests to this path, which is as sent, without a query. */
  owns(path: string): boolean;
  /**
   * Answers a request to a path that it owns.
   *
   * @param address address of the client, behind trusted proxies; `undefined` if it is not known
   */
  handle(req: IncomingMessage, res: ServerResponse, address: string | undefined): void;
  /** Handles a request from this process, for metadata, keys or introspection, without a socket. */
  request(url: string, init?: EmbeddedRequest): Promise<Response>;
  /** Calls `listener` for every access token that is revoked from now on. */
  onRevoked(listener: (token: RevokedToken) => void): void;
}

/** A request without a socket. */
export interface EmbeddedRequest {
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}
