import type { Session, SessionOpening, SessionRegistry } from "../sessions/session.js";
import type { AccessToken } from "../core/access-token.js";
import type { AuthRequest, TransportKind } from "../core/auth-request.js";
import type { Operation } from "../messages/operation.js";
import type { LeasedStream } from "../sessions/lease.js";
import type { ScopePolicy } from "../policy/scope-policy.js";
import type { CorsPolicy } from "./cors.js";
import type { Decision } from "./decision.js";
import type { Protection } from "./protection.js";
import type { Authentication } from "./resource-server.js";

/** What a transport serves at a path. */
export type Endpoint = "mcp" | "sse" | "messages";

/** Where requests come in. A step of the pipeline skips what its host does not have. */
export interface Host {
  readonly kind: TransportKind;
  /** The paths that are served, matched exactly; without them the platform has routed already. */
  readonly endpoints?: ReadonlyMap<string, Endpoint>;
  /** The policy of this transport, where its author says who may use it from a page. */
  readonly cors?: CorsPolicy;
  /** mcp-framework's own health page, public as in the framework. */
  readonly health?: { readonly path: string; readonly body: string } | undefined;
  /** Absent if there are no sessions. */
  readonly sessions?: SessionRegistry;
  /** Refuses anonymous requests even where part of the server is public. */
  readonly credentialRequired?: true;
}

interface Sender {
  /** `undefined` for an anonymous client, and where tokens are not checked. */
  readonly token: AccessToken | undefined;
  readonly principal: string | undefined;
  readonly policy: ScopePolicy;
}

/**
 * One request on its way through the pipeline, and what the steps have found so
 * far. An adapter extends it with what its host can do; the base class does nothing,
 * which is right for a host without bodies, answers and streams.
 */
export class GuardedRequest<H extends Host = Host> {
  /** The path as sent. Not normalised: only exact matches count. */
  readonly path: string;
  readonly decision: Decision;
  endpoint: Endpoint = "mcp";
  /** The parsed body of a POST. */
  body: unknown;
  /** What {@link body} asks for, once a step has read it. */
  operations: readonly Operation[] | undefined;
  /** The open session that the request names. */
  session: Session | undefined;
  /** The place of the session that the request opens. */
  opening: SessionOpening | undefined;

  constructor(
    readonly protection: Protection,
    readonly host: H,
    readonly request: AuthRequest,
  ) {
    this.path = pathOf(request.url);
    this.decision = protection.begin(request);
  }

  get authentication(): Authentication | undefined {
    return this.decision.authentication;
  }

  /** What the code behind the guard learns of the sender. */
  get sender(): Sender {
    const { policy } = this.protection;
    const { token, principal } = this.authentication ?? {};
    return { token: policy.isOpen ? undefined : token, principal, policy };
  }

  /** The text of the body, up to the limit of the host; `undefined` where there are no bodies. */
  readBody(): Promise<string> | undefined {
    return undefined;
  }

  /** Puts headers on the answer, also on one that the framework writes. */
  setHeaders(_headers: Readonly<Record<string, string>>): void {}

  /** Runs `done` once, when the answer was sent or its reader is gone. */
  onClose(_done: () => void): void {}

  /** The answer, where it can carry more than one message. */
  stream(): LeasedStream | undefined {
    return undefined;
  }
}

function pathOf(url: string): string {
  const end = url.indexOf("?");
  return end < 0 ? url : url.slice(0, end);
}
