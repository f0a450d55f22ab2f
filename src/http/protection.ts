import type { IncomingMessage } from "node:http";
import type { AccessToken } from "../access-token.js";
import type { AuthRequest, TransportKind } from "../auth-request.js";
import type { AuditSink, AuthEvent } from "../auth-event.js";
import type { Clock } from "../clock.js";
import type { Operation } from "../policy/operation.js";
import type { Authentication, ResourceServer } from "../resource-server.js";
import type { Answer } from "./answer.js";
import type { CorsPolicy } from "./cors.js";
import type { FrameworkServer } from "./framework.js";
import type { ScopePolicy } from "../policy/scope-policy.js";
import type { ServerCatalogue } from "./server-catalogue.js";
import type { PublicDocuments } from "./public-documents.js";
import { refusalOf, toOAuthError } from "./refusal.js";

export interface ProtectionOptions {
  readonly server: ResourceServer;
  readonly catalogue: ServerCatalogue;
  readonly documents: PublicDocuments;
  readonly cors: CorsPolicy;
  /** Go with every answer to a request with an API key. */
  readonly apiKeyAnswerHeaders?: Readonly<Record<string, string>>;
  /** How long a standing stream may outlive its token, in seconds. */
  readonly streamGraceSeconds: number;
  /** Largest JSON-RPC body, in bytes; `undefined` takes the transport's own limit. */
  readonly maxBodyBytes: number | undefined;
  readonly audit: AuditSink;
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
  readonly streamGraceSeconds: number;
  readonly maxBodyBytes: number | undefined;
  readonly beforeStart: () => Promise<void>;
  readonly #server: ResourceServer;
  readonly #audit: AuditSink;
  readonly #catalogue: ServerCatalogue;
  readonly #apiKeyAnswerHeaders: Readonly<Record<string, string>>;

  constructor(options: ProtectionOptions) {
    this.documents = options.documents;
    this.cors = options.cors;
    this.streamGraceSeconds = options.streamGraceSeconds;
    this.maxBodyBytes = options.maxBodyBytes;
    this.beforeStart = options.beforeStart;
    this.#server = options.server;
    this.#audit = options.audit;
    this.#catalogue = options.catalogue;
    this.#apiKeyAnswerHeaders = options.apiKeyAnswerHeaders ?? {};
  }

  /** Headers that may hold a credential, lower case. */
  get credentialHeaders(): readonly string[] {
    return this.#server.credentialHeaders;
  }

  /** What goes with every answer to this sender. */
  answerHeaders(authentication: Authentication | undefined): Readonly<Record<string, string>> {
    return authentication?.scheme === "ApiKey" ? this.#apiKeyAnswerHeaders : {};
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

  /** The answer to a request that did not get through; tells the audit sink. */
  refuse(thrown: unknown, request: RequestFacts, transport: TransportKind): Answer {
    const error = toOAuthError(thrown);
    this.#audit({
      ...this.#event(request, transport),
      outcome: error.status === 503 ? "unavailable" : "refused",
      status: error.status,
      reason: error.reason,
    });
    return refusalOf(error, this.#server.challenge);
  }

  /** Tells the audit sink that a request was handed to the framework. */
  allowed(
    request: RequestFacts,
    transport: TransportKind,
    authentication: Authentication | undefined,
    operations: readonly Operation[],
  ): void {
    const { scheme, token } = authentication ?? {};
    this.#audit({
      ...this.#event(request, transport),
      outcome: "allowed",
      status: 200,
      operations: operations.map(describe),
      ...(scheme !== undefined && { scheme }),
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
