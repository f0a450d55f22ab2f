import type { ReasonOf } from "../../core/reasons/reasons.js";
import {
  allowInsecureRequests,
  customFetch,
  introspectionRequest,
  processIntrospectionResponse,
  type AuthorizationServer,
  type Client,
  type ClientAuth,
} from "oauth4webapi";
import type { Clock } from "../../core/clock.js";
import { InvalidTokenError, UnavailableError } from "../../core/errors.js";
import type { KeySource } from "../../keys/key-source.js";
import {
  OutboundError,
  type OutboundFailure,
  type OutboundFetch,
} from "../../net/outbound-fetch.js";
import type { Claims } from "../claims.js";
import { createClientAuth, type ClientAuthentication } from "./client-authentication.js";
import { withDeadline } from "../../net/deadline.js";
import { parseAnswer, verifySignedAnswer } from "./introspection-answer.js";
import { UpstreamGate, type UpstreamLimits } from "../../limits/upstream-gate.js";

export interface IntrospectionClientOptions {
  /** Issuer whose endpoint this is; the audience of client assertions. */
  readonly issuer: string;
  /** URL of the endpoint, or what finds it; asked on every call, so cache behind it. */
  readonly endpoint: string | (() => Promise<string>);
  readonly authentication: ClientAuthentication;
  /** Enforces https, size, redirects and addresses; presents the certificate for tls_client_auth. */
  readonly fetch: OutboundFetch;
  /** Our resource identifiers there: signed answers are for one of them, or for our client id. */
  readonly audience: readonly string[];
  readonly clock: Clock;
  /** For endpoint, secret and answer together, in seconds. */
  readonly timeoutSeconds: number;
  readonly limits?: UpstreamLimits;
  /** Keys of the issuer, to verify signed answers (RFC 9701). Without it such answers are refused. */
  readonly keySource?: KeySource;
  /** Ask for a signed answer and take no other. Needs `keySource`. */
  readonly signedResponse: boolean;
  /** For the times of signed answers, in seconds. */
  readonly clockToleranceSeconds: number;
}

/** An active answer. */
export interface IntrospectionAnswer {
  readonly claims: Claims;
  /** Characters of the answer. */
  readonly size: number;
}

/** Reason of the InvalidTokenError for a token of a form the endpoint does not know. */
export const NOT_INTROSPECTABLE = "token_type_not_introspectable";

const SIGNED_ANSWER = "application/token-introspection+jwt";
/** In characters. What is known of one token fits many times; the fetch's own bound is for key sets. */
const MAX_ANSWER_LENGTH = 64 * 1024;

interface RawAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/**
 * Asks an introspection endpoint about a token (RFC 7662) and reads the answer.
 *
 * Does not check the answer's claims and remembers nothing. A failure of the
 * endpoint, and an answer that is not what RFC 7662 describes, is an
 * UnavailableError with a reason `introspection_…`.
 */
export class IntrospectionClient {
  readonly issuer: string;
  /** Our client id there; answers may depend on it (RFC 7662 §2.2). */
  readonly clientId: string | undefined;
  readonly #gate: UpstreamGate;
  readonly #authenticate: ClientAuth;

  constructor(private readonly options: IntrospectionClientOptions) {
    this.issuer = options.issuer;
    this.clientId = options.authentication.clientId;
    this.#gate = new UpstreamGate("introspection", options.clock, options.limits);
    this.#authenticate = createClientAuth(options.authentication, options.clock);
  }

  /**
   * The active answer, or `undefined` when the token is not active.
   *
   * @param block of the client's address, for its share of the calls
   * @throws InvalidTokenError with {@link NOT_INTROSPECTABLE} when the endpoint
   *   says `unsupported_token_type`: it is up, and will never vouch for a token
   *   of this form. oidc-provider says so of every JWT: validate those locally.
   * @throws UnavailableError
   */
  async introspect(token: string, block?: string): Promise<IntrospectionAnswer | undefined> {
    const answer = await this.#gate.run(
      () =>
        withDeadline(
          (signal) => this.#ask(token, signal),
          this.options.timeoutSeconds,
          () => new UnavailableError("introspection_timeout"),
        ),
      block,
    );
    // Judged outside the gate: what a token makes the endpoint answer must not
    // pause calls for others.
    if (answer === undefined) return undefined;
    if (answer.status === 400) {
      if (member(answer.text, "error") === "unsupported_token_type") {
        throw new InvalidTokenError(NOT_INTROSPECTABLE);
      }
      throw new UnavailableError("introspection_refused");
    }
    const claims = await this.#read(answer);
    return claims && { claims, size: answer.text.length };
  }

  /**
   * The answer; `undefined` for an error that means that the token is not active.
   * Throws UnavailableError if the endpoint does not work.
   */
  async #ask(token: string, signal: AbortSignal): Promise<RawAnswer | undefined> {
    const response = await this.#send(token, signal);
    const { status } = response;
    if (status !== 200 && status !== 400 && status !== 401) {
      await response.body?.cancel().catch(() => undefined);
      // Our own credentials are wrong, or may not introspect. Never the token's fault.
      if (status === 403) throw new UnavailableError("introspection_unauthorized");
      if (status === 429) throw new UnavailableError("introspection_rate_limited");
      throw new UnavailableError(`introspection_http_${status}`);
    }
    const text = await response.text().catch((error: unknown) => {
      throw unavailable(error);
    });
    if (text.length > MAX_ANSWER_LENGTH) throw new UnavailableError("introspection_too_large");
    // Several servers answer so about a token that they do not know. Signed answers cannot be errors.
    if (status !== 200 && !this.options.signedResponse && member(text, "active") === false) {
      return undefined;
    }
    const code = status === 200 ? undefined : member(text, "error");
    if (status === 401 || code === "invalid_client" || code === "unauthorized_client") {
      throw new UnavailableError("introspection_unauthorized");
    }
    const contentType = response.headers.get("content-type") ?? "";
    return { status, text, contentType: contentType.split(";", 1)[0]!.trim().toLowerCase() };
  }

  async #send(token: string, signal: AbortSignal): Promise<Response> {
    const { fetch, issuer, signedResponse } = this.options;
    const server: AuthorizationServer = { issuer, introspection_endpoint: await this.#endpoint() };
    try {
      return await introspectionRequest(server, this.#client(), this.#authenticate, token, {
        additionalParameters: { token_type_hint: "access_token" },
        requestJwtResponse: signedResponse ?? false,
        // The guarded fetch refuses plain http itself, and knows the loopback exception.
        [allowInsecureRequests]: true,
        signal,
        [customFetch]: (url, init) =>
          fetch(url, {
            method: "POST",
            headers: init.headers,
            body: String(init.body),
            signal,
          }),
      });
    } catch (error) {
      throw unavailable(error);
    }
  }

  async #endpoint(): Promise<string> {
    const { endpoint } = this.options;
    if (typeof endpoint === "string") return endpoint;
    try {
      return await endpoint();
    } catch (error) {
      if (error instanceof UnavailableError) throw error;
      throw new UnavailableError("introspection_endpoint_unknown", { cause: error });
    }
  }

  #client(): Client {
    // oauth4webapi wants an id; with bearer authentication none is sent.
    return { client_id: this.clientId ?? "-" };
  }

  async #read({ contentType, text }: RawAnswer): Promise<Claims | undefined> {
    if (contentType === SIGNED_ANSWER) {
      const { keySource, clock, issuer, clockToleranceSeconds } = this.options;
      if (keySource === undefined || this.clientId === undefined) {
        throw new UnavailableError("introspection_signed_answer_unverifiable");
      }
      const audience = [...this.options.audience, this.clientId];
      return parseAnswer(
        await verifySignedAnswer(
          text.trim(),
          { keySource, issuer, audience, clockToleranceSeconds },
          clock,
        ),
      );
    }
    // Prevents a downgrade from signed answers to plain JSON.
    if (this.options.signedResponse) throw new UnavailableError("introspection_answer_unsigned");
    if (contentType !== "application/json" && !contentType.endsWith("+json")) {
      throw new UnavailableError("introspection_content_type");
    }
    const response = new Response(text, { headers: { "content-type": "application/json" } });
    const json = await processIntrospectionResponse(
      { issuer: this.issuer },
      this.#client(),
      response,
    ).catch(() => {
      // No cause: the library's errors carry the body, which may echo the token.
      throw new UnavailableError(malformedReason(text));
    });
    return parseAnswer(json);
  }
}

function malformedReason(text: string): ReasonOf<503> {
  try {
    parseAnswer(JSON.parse(text));
    return "introspection_malformed";
  } catch (error) {
    return error instanceof UnavailableError ? error.reason : "introspection_not_json";
  }
}

/** A member of an error answer, for example `error` (RFC 6749 §5.2). */
function member(text: string, name: "error" | "active"): unknown {
  try {
    return (JSON.parse(text) as Partial<Record<typeof name, unknown>>)[name];
  } catch {
    return undefined;
  }
}

const BY_FAILURE: Readonly<Record<OutboundFailure, ReasonOf<503>>> = {
  address_refused: "introspection_address_refused",
  content_type: "introspection_content_type",
  insecure_url: "introspection_insecure_url",
  network: "introspection_network",
  redirect: "introspection_redirect",
  timeout: "introspection_timeout",
  too_large: "introspection_too_large",
};

function unavailable(error: unknown): UnavailableError {
  if (error instanceof UnavailableError) return error;
  if (error instanceof OutboundError) {
    return new UnavailableError(BY_FAILURE[error.failure], { cause: error });
  }
  // Unknown errors may quote the request, and with it the token: only the kind is kept.
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === "string" && code.endsWith("_SERVER_METADATA")) {
    return new UnavailableError("introspection_endpoint_invalid");
  }
  return new UnavailableError("introspection_network");
}
