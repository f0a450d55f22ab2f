import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { sessionNamedBy } from "../binding/session-name.js";
import type { TransportKind } from "../core/auth-request.js";
import type { Sender, Session, SessionOpening, SessionRegistry } from "../binding/session.js";
import { ForbiddenError, PayloadTooLargeError, SessionNotFoundError } from "../core/errors.js";
import { addressBlock } from "../net/client-address.js";
import { parseOperations } from "../policy/operation.js";
import { resultAnswer, sendAnswer, type Answer } from "../http/answer.js";
import { authRequestOf } from "../http/auth-request-from.js";
import { parseJsonBody, readBody } from "../http/body.js";
import { closingOf } from "../http/closing.js";
import type { Decision } from "../gate/decision.js";
import { setAnswerHeaders } from "../http/dpop-nonce-header.js";
import { runInExchange } from "./exchange.js";
import { closeWithConnection } from "../http/pipelined.js";
import type { Protection } from "../gate/protection.js";
import { limitBacklog } from "../http/backlog.js";
import { closeAtExpiry } from "../http/expiry.js";

/** What a transport serves at a path. */
export type Endpoint = "mcp" | "sse" | "messages";

export interface GuardOptions {
  readonly kind: TransportKind;
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  /** mcp-framework's own health page, public as in the framework. */
  readonly health: { readonly path: string; readonly body: string } | undefined;
  readonly sessions: SessionRegistry;
  readonly maxBodyBytes: number;
  /** The answer to a POST is a stream. */
  readonly streaming: boolean;
}

/** mcp-framework and the SDK keep what opened a session as long as the session. */
const MAX_INITIALIZE_LENGTH = 64 * 1024;

const NOT_FOUND: Answer = {
  status: 404,
  headers: { "Content-Type": "application/json" },
  body: '{"error":"not_found"}',
};

/**
 * Stands in front of a transport's own request listener. Nothing reaches the
 * framework that was not decided here: a path that is not listed is answered
 * 404 rather than passed on, because two parsers may read one URL differently.
 */
export class Guard {
  readonly #protection: Protection;
  readonly #options: GuardOptions;
  readonly #framework: RequestListener;

  constructor(protection: Protection, options: GuardOptions, framework: RequestListener) {
    this.#protection = protection;
    this.#options = options;
    this.#framework = framework;
  }

  readonly listener: RequestListener = (req, res) => {
    // A fault of ours costs this request its connection, not the process its life.
    try {
      this.#answer(req, res);
    } catch {
      res.destroy();
    }
  };

  /** Without a promise where none is needed, here and below: each costs more than most of the checks. */
  #answer(req: IncomingMessage, res: ServerResponse): void {
    closeWithConnection(req, res);
    const decision = this.#protection.begin(authRequestOf(req, this.#options.kind));
    const refuse = (error: unknown): void => {
      decision
        .refused(error)
        .then((answer) => sendAnswer(req, res, answer))
        .catch(() => res.destroy());
    };
    try {
      this.#handle(req, res, decision)?.catch(refuse);
    } catch (error) {
      refuse(error);
    }
  }

  #handle(
    req: IncomingMessage,
    res: ServerResponse,
    decision: Decision,
  ): Promise<void> | undefined {
    const path = pathOf(req.url ?? "/");
    const method = req.method ?? "GET";
    const send = (answer: Answer): void => sendAnswer(req, res, answer);
    const document = this.#protection.document(method, path, decision);
    if (document !== undefined) return document.then((answer) => send(answer ?? NOT_FOUND));

    decision.checkHost();
    if (!this.#allowOrigin(req, res)) return undefined;
    const endpoint = this.#options.endpoints.get(path);
    if (endpoint !== undefined) return this.#serve(req, res, endpoint, decision);
    return this.#protection.health
      .answer(method, path)
      .then((answer) => send(answer ?? this.#unprotected(method, path)));
  }

  /** True when the request may go on: no browser, or a page that may talk to this server. */
  #allowOrigin(req: IncomingMessage, res: ServerResponse): boolean {
    const { origin } = req.headers;
    const { cors } = this.#protection;
    if (origin !== undefined && !cors.allows(origin)) {
      throw new ForbiddenError("origin_not_allowed");
    }
    if (req.method === "OPTIONS") {
      const headers = origin === undefined ? {} : cors.preflightHeaders(origin);
      sendAnswer(req, res, { status: 204, headers, body: "" });
      return false;
    }
    if (origin !== undefined) {
      for (const [name, value] of Object.entries(cors.responseHeaders(origin))) {
        res.setHeader(name, value);
      }
    }
    return true;
  }

  #unprotected(method: string, path: string): Answer {
    const { health } = this.#options;
    if (health === undefined || path !== health.path || (method !== "GET" && method !== "HEAD")) {
      return NOT_FOUND;
    }
    return { status: 200, headers: { "Content-Type": "application/json" }, body: health.body };
  }

  async #serve(
    req: IncomingMessage,
    res: ServerResponse,
    endpoint: Endpoint,
    decision: Decision,
  ): Promise<void> {
    const identified = decision.identify();
    const authentication = identified instanceof Promise ? await identified : identified;
    const { token, principal } = authentication ?? {};
    const headers = this.#protection.answerHeaders(authentication);
    if (headers !== undefined) setAnswerHeaders(res, headers);
    const body = req.method === "POST" ? parseMessage(await this.#readBody(req, res)) : undefined;
    const session = this.#findSession(req, endpoint, principal, isInitialize(body));
    const operations = body === undefined ? [] : parseOperations(body);
    try {
      const authorized = decision.authorize(operations);
      if (authorized !== undefined) await authorized;
    } catch (error) {
      // On SSE a result travels in the session's stream; there the status has to do.
      const result = endpoint === "mcp" ? await decision.refusedInResult(error) : undefined;
      if (result === undefined) throw error;
      return sendAnswer(req, res, resultAnswer(result));
    }
    const opens = endpoint === "sse" ? req.method === "GET" : isInitialize(body);
    const opening =
      session === undefined && opens ? this.#openSession(principal, decision) : undefined;
    if (endpoint === "sse") limitBacklog(res);
    if (req.method === "GET" && authentication !== undefined) {
      this.#limitStream(res, authentication, () => session?.id ?? opening?.sessionId);
    }
    const onClose = closingOf(res);
    if (opening !== undefined) onClose(() => opening.release());
    if (session !== undefined) onClose(this.#options.sessions.use(session.id));
    // Now that a revocation would end what this request opens.
    const confirmed = decision.confirm();
    if (confirmed !== undefined) await confirmed;
    // Last of all: whoever is refused owns nothing by it.
    if (
      session !== undefined &&
      !this.#options.sessions.claim(session, principal, authentication)
    ) {
      throw new SessionNotFoundError("session_not_found");
    }
    if (session !== undefined && token !== undefined) {
      decision.usedSession(this.#options.sessions.newScopes(session.id, token.scopes));
    }
    decision.allowed();
    // The framework's listeners are async; what they reject with ends here.
    await runInExchange<unknown>(
      {
        token,
        principal,
        sender: authentication,
        policy: this.#protection.policy,
        body,
        sessions: this.#options.sessions,
        opening,
        onClose,
        cutOff: () => res.destroy(),
        limitStream:
          endpoint === "sse" ? (owner, id) => this.#limitStream(res, owner, () => id) : undefined,
        streaming: this.#options.streaming,
      },
      () => this.#framework(req, res),
    );
  }

  #readBody(req: IncomingMessage, res: ServerResponse): Promise<string> {
    // A client that asked first (RFC 9110 §10.1.1) is told only now to send the body.
    const { maxBodyBytes } = this.#options;
    const isTooLong = Number(req.headers["content-length"] ?? 0) > maxBodyBytes;
    if (req.headers.expect?.toLowerCase() === "100-continue" && !isTooLong) res.writeContinue();
    return readBody(req, maxBodyBytes);
  }

  /**
   * A named session must be open and this principal's, or still a stranger's. An `initialize` that
   * names any other starts a new one, as mcp-framework does for stale ids, so
   * that a foreign session cannot be told from one that never was.
   */
  #findSession(
    req: IncomingMessage,
    endpoint: Endpoint,
    principal: string | undefined,
    initialize: boolean,
  ): Session | undefined {
    if (endpoint === "sse") return undefined;
    const { headers, url = "" } = req;
    const id = sessionNamedBy({ transport: this.#options.kind, headers, url });
    if (id === undefined && endpoint === "mcp") return undefined;
    const session = id === undefined ? undefined : this.#options.sessions.find(id, principal);
    if (session !== undefined) return session;
    if (endpoint === "messages" || !initialize) throw new SessionNotFoundError("session_not_found");
    delete req.headers["mcp-session-id"];
    return undefined;
  }

  #openSession(principal: string | undefined, { peer }: Decision): SessionOpening {
    const strangerFrom = peer.address === undefined ? undefined : addressBlock(peer.address);
    return this.#options.sessions.open(principal === undefined ? { strangerFrom } : { principal });
  }

  /** A standing stream ends with the token that opened it: when it expires, and when it is revoked. */
  #limitStream(
    res: ServerResponse,
    { token, tokenHash }: Sender,
    sessionId: () => string | undefined,
  ): void {
    const { clock, streamGraceSeconds, connections } = this.#protection;
    // Its client left while the request was decided: nothing would take it out again.
    if (res.closed || res.destroyed) return;
    connections.addStream(res, token, {
      tokenHash,
      get session() {
        return sessionId();
      },
    });
    if (token.expiresAt !== undefined) {
      closeAtExpiry(res, token.expiresAt + streamGraceSeconds, clock);
    }
  }
}

/** The path as sent. Not normalised: only exact matches count. */
export function pathOf(url: string): string {
  const end = url.indexOf("?");
  return end < 0 ? url : url.slice(0, end);
}

function parseMessage(text: string): unknown {
  const body = parseJsonBody(text);
  if (text.length > MAX_INITIALIZE_LENGTH && isInitialize(body)) {
    throw new PayloadTooLargeError("initialize_too_large");
  }
  return body;
}

function isInitialize(body: unknown): boolean {
  return (
    typeof body === "object" &&
    body !== null &&
    (body as { method?: unknown }).method === "initialize"
  );
}
