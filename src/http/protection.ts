import type { IncomingMessage } from "node:http";
import type { AccessToken } from "../access-token.js";
import type { AuthRequest, TransportKind } from "../auth-request.js";
import type { AuditSink, AuthEvent } from "../auth-event.js";
import type { Clock } from "../clock.js";
import { UseDPoPNonceError } from "../errors.js";
import type { Operation } from "../policy/operation.js";
import type { Revocation } from "../policy/revocation.js";
import type { Authentication, ResourceServer } from "../resource-server.js";
import type { Answer } from "./answer.js";
import type { CorsPolicy } from "./cors.js";
import { nonceHeaders } from "./dpop-nonce-header.js";
import type { FrameworkServer, JsonRpcMessage } from "./framework.js";
import type { OpenConnections } from "./open-connections.js";
import type { ScopePolicy } from "../policy/scope-policy.js";
import type { ServerCatalogue } from "./server-catalogue.js";
import type { PublicDocuments } from "./public-documents.js";
import { refusalOf, toOAuthError } from "./refusal.js";
import { toolChallenge } from "./tool-challenge.js";
import { formatChallenge } from "../credentials/challenge.js";

export interface ProtectionOptions {
  readonly server: ResourceServer;
  readonly catalogue: ServerCatalogue;
  readonly documents: PublicDocuments;
  readonly cors: CorsPolicy;
  readonly connections: OpenConnections;
  /** How long a standing stream may outlive its token, in seconds. */
  readonly streamGraceSeconds: number;
  /** Largest JSON-RPC body, in bytes; `undefined` takes the transport's own limit. */
  readonly maxBodyBytes: number | undefined;
  readonly audit: AuditSink;
  /** Refuse tool calls in their results; see `toolChallenge`. */
  readonly toolChallenges: boolean;
  /** Runs when a transport starts; a rejection keeps it from listening. */
  readonly beforeStart: () => Promise<void>;
}

/**
 * What one provider protects its transports with: the decisions of the
 * resource server, and the answers that go with them. Shared by all
 * transports that were given the same provider.
 */
export class Protection {
  readonly documents: PublicDocuments;
  readonly cors: CorsPolicy;
  readonly connections: OpenConnections;
  readonly streamGraceSeconds: number;
  readonly maxBodyBytes: number | undefined;
  readonly beforeStart: () => Promise<void>;
  readonly #server: ResourceServer;
  readonly #audit: AuditSink;
  readonly #catalogue: ServerCatalogue;
  readonly #toolChallenges: boolean;

  constructor(options: ProtectionOptions) {
    this.documents = options.documents;
    this.cors = options.cors;
    this.connections = options.connections;
    this.streamGraceSeconds = options.streamGraceSeconds;
    this.maxBodyBytes = options.maxBodyBytes;
    this.beforeStart = options.beforeStart;
    this.#server = options.server;
    this.#audit = options.audit;
    this.#catalogue = options.catalogue;
    this.#toolChallenges = options.toolChallenges;
  }

  get credentialHeader(): string {
    return this.#server.credentialHeader;
  }

  get clock(): Clock {
    return this.#server.clock;
  }

  get policy(): ScopePolicy {
    return this.#server.policy;
  }

  /** The tools, resources and prompts of a server come under this protection. */
  attach(server: FrameworkServer): void {
    if (!this.#catalogue.add(server)) return;
    this.#server.refresh();
    this.documents.refresh();
  }

  authenticate(request: AuthRequest): Promise<Authentication> {
    return this.#server.authenticate(request);
  }

  identify(request: AuthRequest): Promise<Authentication | undefined> {
    return this.#server.identify(request);
  }

  authorize(token: AccessToken | undefined, operations: readonly Operation[]): Promise<void> {
    return this.#server.authorize(token, operations);
  }

  /**
   * Locks something out, and ends what it has open in this process.
   *
   * @throws RangeError, UnavailableError
   */
  async revoke(revocation: Revocation): Promise<void> {
    // First the door, so that nobody comes back in while the room is cleared.
    await this.#server.revocations.revoke(revocation);
    await this.connections.end(revocation);
  }

  /** The refusal of one tool call as a result of that call; `undefined` unless the author wants that. */
  toolChallenge(thrown: unknown, operations: readonly Operation[]): JsonRpcMessage | undefined {
    if (!this.#toolChallenges) return undefined;
    const error = toOAuthError(thrown);
    return toolChallenge(error, operations, formatChallenge(error, this.#server.challenge));
  }

  /** The answer to a request that did not get through; tells the audit sink. */
  refuse(thrown: unknown, request: RequestFacts, transport: TransportKind): Answer {
    const error = toOAuthError(thrown);
    this.#audit({
      ...this.#event(request, transport),
      outcome: error.status === 503 ? "unavailable" : "refused",
      status: error.status,
      reason: error.reason,
    });
    const refusal = refusalOf(error, this.#server.challenge);
    const { nonce } = this.#server;
    if (!(error instanceof UseDPoPNonceError) || nonce === undefined) return refusal;
    return { ...refusal, headers: { ...refusal.headers, ...nonceHeaders(nonce) } };
  }

  /** Tells the audit sink that a request was handed to the framework. */
  allowed(
    request: RequestFacts,
    transport: TransportKind,
    token: AccessToken | undefined,
    operations: readonly Operation[],
  ): void {
    this.#audit({
      ...this.#event(request, transport),
      outcome: "allowed",
      status: 200,
      operations: operations.map(describe),
      ...(token?.issuer !== undefined && { issuer: token.issuer }),
      ...(token?.subject !== undefined && { subject: token.subject }),
      ...(token?.clientId !== undefined && { clientId: token.clientId }),
      ...(token !== undefined && { scopes: token.scopes }),
    });
  }

  #event(
    request: RequestFacts,
    transport: TransportKind,
  ): Pick<AuthEvent, "time" | "method" | "transport" | "clientAddress"> {
    const address = request.socket?.remoteAddress;
    return {
      time: this.clock(),
      method: request.method ?? "GET",
      transport,
      ...(address !== undefined && { clientAddress: address }),
    };
  }
}

/** What an audit event takes from a request. */
export type RequestFacts = Pick<IncomingMessage, "method"> & {
  readonly socket?: { readonly remoteAddress?: string | undefined };
};

function describe(operation: Operation): string {
  const { method, target } = operation;
  const name = method ?? operation.kind;
  return target === undefined ? name : `${name} ${target.name}`;
}
