import type { AuthRequest } from "../core/auth-request.js";
import type { EmbeddedAuthorizationServer } from "../core/embedded-authorization-server.js";
import type { AuditSink } from "../core/auth-event.js";
import type { Session, SessionLimits } from "../sessions/session.js";
import type { Clock } from "../core/clock.js";
import { RateLimitedError, UnavailableError } from "../core/errors.js";
import type { Operation } from "../messages/operation.js";
import type { Revocation } from "../revocation/revocation.js";
import type { AddressLimit } from "../limits/rate-limit.js";
import type { RequestQuota } from "../limits/request-quota.js";
import type { Authentication, ResourceServer } from "./resource-server.js";
import type { TaskLimits } from "../sessions/task-limits.js";
import type { Faults } from "../telemetry/faults.js";
import type { Metrics } from "../telemetry/metrics.js";
import { revocationEvent } from "../telemetry/revocation-event.js";
import type { Admission } from "./admission.js";
import type { Answer } from "../http/answer.js";
import type { CorsPolicy } from "./cors.js";
import { nonceHeaders } from "../http/dpop-nonce-header.js";
import type { OpenConnections } from "../sessions/open-connections.js";
import type { OperationRequirement } from "../policy/requirements.js";
import type { ScopePolicy } from "../policy/scope-policy.js";
import type { MetadataMiddleware } from "./answers/metadata-middleware.js";
import { Decision, type DecisionTools } from "./decision.js";
import type { Health } from "./answers/health.js";

/** The servers under one protection. */
export interface Catalogue {
  /** False when it was there already. */
  add(server: object): boolean;
  /** JSON Schemas of the arguments that tools of this name take. */
  toolSchemas(name: string): readonly unknown[];
}

export interface ProtectionOptions {
  readonly server: ResourceServer;
  readonly catalogue: Catalogue;
  readonly documents: MetadataMiddleware;
  readonly cors: CorsPolicy;
  readonly connections: OpenConnections;
  /** Go with every answer to a request with an API key. */
  readonly apiKeyAnswerHeaders?: Readonly<Record<string, string>>;
  /** Largest JSON-RPC body, in bytes; `undefined` takes the transport's own limit. */
  readonly maxBodyBytes: number | undefined;
  readonly audit: AuditSink;
  readonly metrics: Metrics;
  /** Hears of faults of this package. */
  readonly faults: Faults;
  /** Receives debug lines; absent if they are off. */
  readonly debug?: ((line: string) => void) | undefined;
  /** How the provider and what it leans on are doing. */
  readonly health: Health;
  /** Answers the paths that it owns, behind the checks that every request passes. */
  readonly embedded: EmbeddedAuthorizationServer | undefined;
  /** Refuse single tool calls in their results. */
  readonly toolChallenges: boolean;
  readonly admission: Admission;
  /** Requests for public documents, per client address; `undefined` for no limit. */
  readonly metadataLimit: AddressLimit | undefined;
  /** Limits on good requests; `undefined` for none. */
  readonly quota: RequestQuota | undefined;
  /** For the sessions of each transport. */
  readonly sessionLimits: SessionLimits;
  readonly taskLimits: TaskLimits;
  /** Runs when the provider is closed: flushes, disconnects. */
  readonly onClose: () => Promise<void>;
  /** Loads the key sets. Never rejects. */
  readonly warmUp: () => Promise<void>;
  /** Runs when a transport starts; a rejection keeps it from listening. */
  readonly beforeStart: () => Promise<void>;
}

/**
 * What one provider protects its transports with: the decisions of the
 * resource server, and the answers that go with them. Shared by all
 * transports that were given the same provider.
 */
export class Protection {
  readonly documents: MetadataMiddleware;
  readonly cors: CorsPolicy;
  readonly connections: OpenConnections;
  readonly maxBodyBytes: number | undefined;
  readonly quota: RequestQuota | undefined;
  readonly sessionLimits: SessionLimits;
  readonly taskLimits: TaskLimits;
  readonly health: Health;
  readonly warmUp: () => Promise<void>;
  readonly beforeStart: () => Promise<void>;
  readonly embedded: EmbeddedAuthorizationServer | undefined;
  readonly #onClose: () => Promise<void>;
  #isClosed = false;
  readonly #server: ResourceServer;
  readonly #catalogue: Catalogue;
  readonly #metadataLimit: AddressLimit | undefined;
  readonly #tools: DecisionTools;
  readonly #apiKeyAnswerHeaders: Readonly<Record<string, string>>;

  constructor(options: ProtectionOptions) {
    this.documents = options.documents;
    this.cors = options.cors;
    this.connections = options.connections;
    this.maxBodyBytes = options.maxBodyBytes;
    this.quota = options.quota;
    this.sessionLimits = options.sessionLimits;
    this.taskLimits = options.taskLimits;
    this.health = options.health;
    this.#onClose = options.onClose;
    this.warmUp = options.warmUp;
    this.beforeStart = options.beforeStart;
    this.embedded = options.embedded;
    this.#server = options.server;
    this.#catalogue = options.catalogue;
    this.#metadataLimit = options.metadataLimit;
    this.#tools = {
      server: options.server,
      admission: options.admission,
      toolChallenges: options.toolChallenges,
      tell: options.audit,
      metrics: options.metrics,
      faults: options.faults,
      debug: options.debug,
      isClosed: () => this.#isClosed,
    };
    this.#apiKeyAnswerHeaders = options.apiKeyAnswerHeaders ?? {};
  }

  readonly toolSchemas = (name: string): readonly unknown[] => this.#catalogue.toolSchemas(name);

  /** Headers that may hold a credential, lower case. */
  get credentialHeaders(): readonly string[] {
    return this.#server.credentialHeaders;
  }

  /** What goes with every answer to this sender; usually nothing. */
  answerHeaders(
    authentication: Authentication | undefined,
  ): Readonly<Record<string, string>> | undefined {
    const nonce = authentication?.nextNonce;
    if (nonce === undefined && authentication?.scheme !== "ApiKey") return undefined;
    return {
      ...(authentication?.scheme === "ApiKey" && this.#apiKeyAnswerHeaders),
      ...(nonce !== undefined && nonceHeaders(nonce)),
    };
  }

  get clock(): Clock {
    return this.#server.clock;
  }

  get policy(): ScopePolicy {
    return this.#server.policy;
  }

  /** What each operation requires; see `ScopePolicy.requirements`. */
  requirements(granted?: readonly string[]): OperationRequirement[] {
    return this.#server.requirements(granted);
  }

  /** The tools, resources and prompts of a server come under this protection. */
  attach(server: object): void {
    if (!this.#catalogue.add(server)) return;
    this.#server.refresh();
    this.documents.refresh();
  }

  /** Open sessions on all transports. */
  openSessions(): number {
    return this.connections.sessionCount;
  }

  /** Refuses new requests, ends the sessions and flushes the audit. Idempotent. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.connections.closeSessions();
    await this.#onClose();
  }

  /**
   * Locks something out, and ends what it has open in this process.
   *
   * @throws RangeError
   * @throws UnavailableError when other processes may not hear of it
   */
  async revoke(revocation: Revocation): Promise<void> {
    // Revoke first, so that no request reconnects while sessions end. It takes
    // effect in this process even if the store fails.
    const told = this.#server.revocations.revoke(revocation);
    const failure = await told.then(
      () => undefined,
      (error: unknown) => {
        if (error instanceof UnavailableError) return error;
        throw error;
      },
    );
    this.#tools.tell(revocationEvent(revocation, this.clock(), failure));
    await this.connections.end(revocation);
    await told;
  }

  /**
   * Whether a session may hear unasked of what it could ask for with `asked`,
   * with its newest token. Never rejects; false if it cannot be determined.
   */
  mayHear({ id, principal, lease }: Session, asked: Operation | undefined): Promise<boolean> {
    // The newest token is revoked, and no other has come since.
    if (principal !== undefined && lease.newest === undefined) return Promise.resolve(false);
    const operations = asked === undefined ? [] : [asked];
    return this.#server.stillAllows(lease.newest, id, operations);
  }

  /** Takes up a request. Never throws. */
  begin(request: AuthRequest): Decision {
    return new Decision(this.#tools, request);
  }

  /** The answer to a request for a public document. @throws RateLimitedError */
  async document(method: string, path: string, decision: Decision): Promise<Answer | undefined> {
    this.limitPublic(decision);
    return this.documents.answer(method, path);
  }

  /** Counts a request that needs no credential. @throws RateLimitedError */
  limitPublic(decision: Decision): void {
    const seconds = this.#metadataLimit?.consume(decision.block);
    if (seconds !== undefined) {
      throw new RateLimitedError("too_many_metadata_requests", { retryAfterSeconds: seconds });
    }
  }
}
