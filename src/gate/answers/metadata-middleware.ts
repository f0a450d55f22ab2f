import { UnavailableError } from "../../core/errors.js";
import { sized, type Answer } from "../../http/answer.js";
import {
  formatProtectedResourceMetadata,
  protectedResourceMetadataPath,
  WELL_KNOWN_PROTECTED_RESOURCE,
  type ProtectedResourceMetadata,
} from "./protected-resource-metadata.js";

export interface MetadataMiddlewareOptions {
  /**
   * Built when first asked for, and again after {@link MetadataMiddleware.refresh}.
   * Absent where no access token is accepted: the document would send clients
   * to get one.
   */
  readonly metadata: (() => ProtectedResourceMetadata) | undefined;
  readonly resource: string;
  /** Headers with which pages may read the documents; empty without CORS. */
  readonly corsHeaders: Readonly<Record<string, string>>;
  /** More paths for the same document. */
  readonly aliases: readonly string[];
  /**
   * The authorization server's own metadata, already validated, for clients of
   * MCP 2025-03-26, which look for it at the resource's origin.
   */
  readonly authorizationServerMetadata: (() => Promise<object>) | undefined;
}

const AUTHORIZATION_SERVER_PATH = "/.well-known/oauth-authorization-server";

/**
 * The public documents. Protected resource metadata is answered from
 * memory at the path-inserted URL and at the root, for every revision of MCP; the query is ignored.
 */
export class MetadataMiddleware {
  readonly resource: string;
  readonly #load: MetadataMiddlewareOptions["metadata"];
  #metadata: Answer | undefined;
  readonly #paths: ReadonlySet<string>;
  readonly #authorizationServerMetadata: MetadataMiddlewareOptions["authorizationServerMetadata"];
  readonly #corsHeaders: Readonly<Record<string, string>>;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #cacheable: Readonly<Record<string, string>>;

  constructor(options: MetadataMiddlewareOptions) {
    this.resource = options.resource;
    this.#load = options.metadata;
    this.#paths = new Set([
      WELL_KNOWN_PROTECTED_RESOURCE,
      protectedResourceMetadataPath(options.resource),
      ...options.aliases,
    ]);
    this.#authorizationServerMetadata = options.authorizationServerMetadata;
    this.#corsHeaders = options.corsHeaders;
    this.#headers = { "Content-Type": "application/json", ...options.corsHeaders };
    this.#cacheable = { ...this.#headers, "Cache-Control": "public, max-age=3600" };
  }

  /** What the metadata is made of has changed. */
  refresh(): void {
    this.#metadata = undefined;
  }

  /** Whether this is the path of a public document. */
  has(path: string): boolean {
    return (
      (this.#load !== undefined && this.#paths.has(path)) ||
      (path === AUTHORIZATION_SERVER_PATH && this.#authorizationServerMetadata !== undefined)
    );
  }

  /** The answer, or `undefined` when the path is not one of a public document. */
  answer(method: string, path: string): Answer | Promise<Answer> | undefined {
    if (this.#load !== undefined && this.#paths.has(path)) {
      return this.#forMethod(method) ?? this.#document(this.#load);
    }
    if (path === AUTHORIZATION_SERVER_PATH && this.#authorizationServerMetadata !== undefined) {
      return this.#forMethod(method) ?? this.#mirror(this.#authorizationServerMetadata);
    }
    return undefined;
  }

  #document(load: () => ProtectedResourceMetadata): Answer {
    this.#metadata ??= sized({
      status: 200,
      headers: this.#cacheable,
      body: formatProtectedResourceMetadata(load()),
    });
    return this.#metadata;
  }

  #forMethod(method: string): Answer | undefined {
    switch (method) {
      case "GET":
      case "HEAD":
        return undefined;
      case "OPTIONS":
        return { status: 204, headers: this.#corsHeaders, body: "" };
      default:
        return {
          status: 405,
          headers: { ...this.#headers, Allow: "GET, HEAD, OPTIONS" },
          body: "",
        };
    }
  }

  async #mirror(load: () => Promise<object>): Promise<Answer> {
    try {
      return { status: 200, headers: this.#cacheable, body: JSON.stringify(await load()) };
    } catch (error) {
      const retryAfter = error instanceof UnavailableError ? error.retryAfterSeconds : undefined;
      return {
        status: 503,
        headers: { ...this.#headers, "Retry-After": String(retryAfter ?? 5) },
        body: JSON.stringify({ error: "temporarily_unavailable" }),
      };
    }
  }
}
