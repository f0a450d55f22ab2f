/** One outbound request: `GET` without a body unless said otherwise. */
export interface OutboundRequest {
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Media types of which the answer must have one; parameters are ignored. */
  readonly accept?: readonly string[];
  readonly signal?: AbortSignal;
}

/**
 * The only way out of this package. Resolves with any status the server
 * answers except a redirect; rejects with {@link OutboundError} for everything
 * that keeps an answer from being read within its bounds.
 */
export type OutboundFetch = (url: string, request?: OutboundRequest) => Promise<Response>;

export type OutboundFailure =
  | "insecure_url"
  | "address_refused"
  | "timeout"
  | "network"
  | "redirect"
  | "too_large"
  | "content_type";

/** Why no usable answer came. Never holds the request's headers or body. */
export class OutboundError extends Error {
  constructor(
    readonly failure: OutboundFailure,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "OutboundError";
  }
}
