import { ConfigurationError } from "../core/errors.js";
import { isLoopbackHost } from "../core/urls/loopback.js";
import { parseAbsoluteUrl } from "../core/urls/parse-absolute-url.js";

/** Headers that MCP and OAuth clients in a browser must be able to send. */
const ALLOW_HEADERS = [
  "Authorization",
  "Content-Type",
  "Accept",
  "Mcp-Session-Id",
  "MCP-Protocol-Version",
  "Last-Event-ID",
  "DPoP",
  "Mcp-Method",
  "Mcp-Name",
];
/** A header of MCP 2026-07-28 that mirrors an argument of a tool. */
const PARAMETER_HEADER = /^mcp-param-[a-z0-9!#$%&'*+.^_`|~-]+$/i;
/** Headers that they must be able to read: without these no browser client finds its way from 401 to a token. */
const EXPOSE_HEADERS = ["WWW-Authenticate", "Mcp-Session-Id", "DPoP-Nonce", "Retry-After"];

export interface CorsOptions {
  /** Send the headers; otherwise only the origin is checked. */
  readonly sendsHeaders: boolean;
  /** Origins that may talk to this server from a browser, or `"*"` for all. */
  readonly allowedOrigins: readonly string[] | "*" | undefined;
  /** Origin of the protected resource: always allowed. */
  readonly resourceOrigin: string;
  /** Header that carries the credential when it is not `Authorization`. */
  readonly extraHeaders: readonly string[];
  /** More headers of answers that pages may read. */
  readonly extraExposedHeaders?: readonly string[];
}

/**
 * Which browser pages may use this server (Fetch standard, CORS; MCP
 * transports, "Security Warning" on Origin).
 *
 * Without `allowedOrigins`: the resource's own origin and pages served from
 * the user's own machine, such as MCP Inspector.
 */
export class CorsPolicy {
  readonly #options: CorsOptions;
  readonly #allowed: ReadonlySet<string> | "*" | undefined;
  readonly #resourceOrigin: string;
  readonly #allowHeaders: string;
  readonly #exposeHeaders: string;

  constructor(options: CorsOptions) {
    this.#options = options;
    this.#allowed =
      options.allowedOrigins === undefined || options.allowedOrigins === "*"
        ? options.allowedOrigins
        : new Set(options.allowedOrigins.map((origin) => parseOrigin(origin) ?? origin));
    this.#resourceOrigin = options.resourceOrigin;
    this.#allowHeaders = [...ALLOW_HEADERS, ...options.extraHeaders].join(", ");
    this.#exposeHeaders = [...EXPOSE_HEADERS, ...(options.extraExposedHeaders ?? [])].join(", ");
  }

  /**
   * This policy for a transport whose author allows these origins in mcp-framework's
   * own `cors` option: the default of `allowedOrigins`, and no contradiction of it.
   *
   * @throws ConfigurationError
   */
  forTransport(origins: readonly string[] | "*" | undefined): CorsPolicy {
    if (origins === undefined) return this;
    const policy = new CorsPolicy({ ...this.#options, allowedOrigins: origins });
    if (this.#allowed === undefined || listOf(this.#allowed) === listOf(policy.#allowed)) {
      return policy;
    }
    throw new ConfigurationError(
      "ERR_OAUTH_CONTRADICTION",
      `allowedOrigins is ${listOf(this.#allowed)}, and the transport's cors option allows ` +
        `${listOf(policy.#allowed)}. Remove one of them.`,
    );
  }

  /** Whether a page of this origin may talk to the server. `null` and malformed origins may not. */
  allows(origin: string): boolean {
    if (this.#allowed === "*") return true;
    const parsed = parseOrigin(origin);
    if (parsed === undefined) return false;
    if (parsed === this.#resourceOrigin) return true;
    if (this.#allowed !== undefined) return this.#allowed.has(parsed);
    return isLoopbackHost(new URL(parsed).hostname);
  }

  /** Headers of an answer to an allowed origin. */
  responseHeaders(origin: string): Record<string, string> {
    if (!this.#options.sendsHeaders) return {};
    return {
      "Access-Control-Allow-Origin": origin,
      "Access-Control-Expose-Headers": this.#exposeHeaders,
      Vary: "Origin",
    };
  }

  /**
   * Headers of the answer to a preflight of an allowed origin.
   *
   * @param asked `Access-Control-Request-Headers`; the names of `Mcp-Param-*` are the tools'
   */
  preflightHeaders(origin: string, asked = ""): Record<string, string> {
    if (!this.#options.sendsHeaders) return {};
    const parameters = asked
      .split(",")
      .map((name) => name.trim())
      .filter((name) => PARAMETER_HEADER.test(name));
    return {
      ...this.responseHeaders(origin),
      "Access-Control-Allow-Methods": "GET, POST, DELETE, OPTIONS",
      "Access-Control-Allow-Headers": [this.#allowHeaders, ...parameters].join(", "),
      "Access-Control-Max-Age": "86400",
    };
  }
}

/** CORS of documents that are public by their standards (RFC 9728 §3.1): any page may read them. */
export const PUBLIC_DOCUMENT_CORS: Readonly<Record<string, string>> = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
  "Access-Control-Allow-Headers": "*, MCP-Protocol-Version, Authorization",
};

function listOf(allowed: ReadonlySet<string> | "*" | undefined): string {
  return allowed === "*" ? "*" : [...(allowed ?? [])].sort().join(" ");
}

function parseOrigin(value: string): string | undefined {
  const origin = parseAbsoluteUrl(value)?.origin;
  return origin === "null" ? undefined : origin;
}
