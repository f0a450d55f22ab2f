import type { IncomingMessage, ServerResponse } from "node:http";
import type { SessionRegistry } from "../../sessions/session.js";
import { GuardedRequest, type Endpoint, type Host } from "../../gate/guarded-request.js";
import type { Protection } from "../../gate/protection.js";
import type { OAuthError } from "../../core/errors.js";
import { answerInstead, isUnanswered } from "../../http/answer-instead.js";
import { authRequestOf } from "../../http/auth-request-from.js";
import { limitBacklog } from "../../http/backlog.js";
import { BodyBudget } from "../../limits/body-budget.js";
import { allowBody, ANONYMOUS_BODY_BYTES, readBody } from "../../http/body.js";
import { addressBlock } from "../../net/client-address.js";
import { closingOf } from "../../http/closing.js";
import { setAnswerHeaders } from "../../http/dpop-nonce-header.js";
import { leasedStream } from "../../http/leased-stream.js";
import type { LeasedStream } from "../../sessions/lease.js";
import { userOf } from "../../sessions/holders.js";
import { runInExchange, type Exchange } from "../exchange.js";
import type { JsonRpcMessage } from "../internals.js";

export interface GuardOptions extends Host {
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  readonly sessions: SessionRegistry;
  readonly maxBodyBytes: number;
  /** The answer to a POST is a stream. */
  readonly streaming: boolean;
}

const MIB = 1024 * 1024;
/** Memory for the bodies this process is receiving, with a credential and without. */
const BUDGET = new BodyBudget({ total: 256 * MIB, perAddress: 64 * MIB, perUser: 32 * MIB });
const ANONYMOUS_BUDGET = new BodyBudget({ total: 16 * MIB, perAddress: MIB, perUser: MIB });

/** A request on a socket, as the pipeline takes it. */
export class GuardedNodeRequest extends GuardedRequest<GuardOptions> {
  #closing: ReturnType<typeof closingOf> | undefined;

  constructor(
    protection: Protection,
    options: GuardOptions,
    private readonly req: IncomingMessage,
    private readonly res: ServerResponse,
  ) {
    super(protection, options, authRequestOf(req, options.kind));
  }

  override readBody(): Promise<string> {
    const { host, authentication, decision, req } = this;
    const maxBytes =
      authentication === undefined
        ? Math.min(host.maxBodyBytes, ANONYMOUS_BODY_BYTES)
        : host.maxBodyBytes;
    allowBody(req, this.res, maxBytes);
    return readBody(req, maxBytes, () => {
      const { address } = decision.peer;
      const block = address === undefined ? "unknown" : addressBlock(address);
      return authentication === undefined
        ? ANONYMOUS_BUDGET.share(block)
        : BUDGET.share(block, userOf(authentication.principal));
    });
  }

  override setHeaders(headers: Readonly<Record<string, string>>): void {
    setAnswerHeaders(this.res, headers);
  }

  override onClose(done: () => void): void {
    (this.#closing ??= closingOf(this.res))(done);
  }

  override stream(): LeasedStream | undefined {
    const { endpoint, request, host } = this;
    if (endpoint === "sse") limitBacklog(this.res);
    const isStream =
      request.method === "GET" ||
      (request.method === "POST" && endpoint === "mcp" && host.streaming);
    return isStream ? leasedStream(this.res) : undefined;
  }

  #refuse(error: OAuthError): JsonRpcMessage | undefined {
    const result = this.decision.refusedInResult(error);
    if (result !== undefined) return result as JsonRpcMessage;
    if (isUnanswered(this.res)) {
      answerInstead(this.req, this.res, this.decision.refused(error));
    }
    return undefined;
  }

  /** Runs the framework inside the exchange of this request. */
  run(framework: () => unknown): unknown {
    const { body, opening } = this;
    const { sessions, streaming } = this.host;
    const exchange: Exchange = {
      ...this.sender,
      body,
      sessions,
      opening,
      onClose: (done) => this.onClose(done),
      cutOff: () => this.res.destroy(),
      refuse: (error) => this.#refuse(error),
      streaming,
    };
    return runInExchange(exchange, framework);
  }
}
