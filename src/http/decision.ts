import type { AuthEvent, AuthOutcome } from "../auth-event.js";
import type { AuthRequest } from "../auth-request.js";
import { UnavailableError, UseDPoPNonceError, type OAuthError } from "../errors.js";
import type { Operation } from "../policy/operation.js";
import type { Authentication, ResourceServer } from "../resource-server.js";
import type { Metrics } from "../telemetry/metrics.js";
import { traceDecision } from "../telemetry/traces.js";
import type { Admission } from "./admission.js";
import { formatChallenge } from "../credentials/challenge.js";
import type { Answer } from "./answer.js";
import { nonceHeaders } from "./dpop-nonce-header.js";
import type { JsonRpcMessage } from "./framework.js";
import { toolChallenge } from "./tool-challenge.js";
import type { FailureLimit } from "./failure-limit.js";
import type { Peer } from "./peer.js";
import { refusalOf, toOAuthError } from "./refusal.js";
import { requestIdOf } from "./request-id.js";

/** What decisions of one provider are made and told with. */
export interface DecisionTools {
  readonly server: ResourceServer;
  readonly admission: Admission;
  readonly failures: FailureLimit;
  /** Refuse single tool calls in their results; see `toolChallenge`. */
  readonly toolChallenges: boolean;
  /** Takes the decision once it is made. Never throws. */
  readonly tell: (event: AuthEvent) => void;
  readonly metrics: Metrics;
  /** The provider was closed: nobody new is let in. */
  readonly isClosed: () => boolean;
}

/** Names that a client made up are cut: an event is a line, not a store. */
const MAX_NAME_LENGTH = 128;
const MAX_OPERATIONS = 20;

/**
 * One request on its way through: who sends it, what it asks for, and in the
 * end one event that says how it went.
 */
export class Decision {
  readonly peer: Peer;
  readonly #tools: DecisionTools;
  readonly #request: AuthRequest;
  readonly #startedAt: number;
  #authentication: Authentication | undefined;
  #operations: readonly Operation[] = [];
  #validationSeconds: number | undefined;

  constructor(tools: DecisionTools, request: AuthRequest) {
    this.#tools = tools;
    this.#request = request;
    this.#startedAt = performance.now();
    this.peer = tools.admission.peerOf(request);
  }

  /** @throws ForbiddenError */
  checkHost(): void {
    this.#tools.admission.checkHost(this.#request.headers.host);
  }

  /**
   * The sender, or `undefined` for a stranger at a public part.
   *
   * @throws OAuthError
   */
  async identify(): Promise<Authentication | undefined> {
    await this.#beforeCredential();
    return this.#timed(this.#tools.server.identify(this.#request));
  }

  /**
   * The sender; a stranger is refused.
   *
   * @throws OAuthError
   */
  async authenticate(): Promise<Authentication> {
    await this.#beforeCredential();
    return this.#timed(this.#tools.server.authenticate(this.#request));
  }

  /** @throws OAuthError */
  async authorize(operations: readonly Operation[]): Promise<void> {
    this.#operations = operations;
    await this.#tools.server.authorize(this.#authentication?.token, operations);
  }

  /**
   * The sender may still come in, after all that was waited for.
   *
   * @throws OAuthError
   */
  async confirm(): Promise<void> {
    if (this.#authentication === undefined) return;
    await this.#tools.server.confirm(this.#request, this.#authentication);
  }

  /**
   * The request belongs to a session, and these of its token's scopes are new
   * there: somebody has consented to more meanwhile.
   */
  usedSession(newScopes: readonly string[]): void {
    if (newScopes.length === 0) return;
    this.#tools.tell({ ...this.#event("allowed", 200), kind: "elevation", newScopes });
  }

  /** The request goes to the framework. */
  allowed(): void {
    this.#tell("allowed", 200);
  }

  /** The answer to a request that does not get through. Never rejects. */
  async refused(thrown: unknown): Promise<Answer> {
    const first = toOAuthError(thrown);
    const error = await this.#tools.failures.judge(first, this.peer.address);
    this.#tell(outcomeOf(error), error.status, error.reason);
    const refusal = refusalOf(error, this.#tools.server.challenge);
    const { nonce } = this.#tools.server;
    if (!(error instanceof UseDPoPNonceError) || nonce === undefined) return refusal;
    return { ...refusal, headers: { ...refusal.headers, ...nonceHeaders(nonce) } };
  }

  /**
   * The refusal as the result of the one tool call that was refused, where the
   * author wants that and authorizing would help; told like any other.
   */
  async refusedInResult(thrown: unknown): Promise<JsonRpcMessage | undefined> {
    if (!this.#tools.toolChallenges) return undefined;
    const error = toOAuthError(thrown);
    const challenge = formatChallenge(error, this.#tools.server.challenge);
    const result = toolChallenge(error, this.#operations, challenge);
    if (result !== undefined) await this.refused(error);
    return result;
  }

  async #beforeCredential(): Promise<void> {
    if (this.#tools.isClosed()) throw new UnavailableError("shutting_down");
    this.#tools.admission.checkEncryption(this.peer);
    await this.#tools.failures.checkBefore(this.peer.address);
  }

  async #timed<T extends Authentication | undefined>(work: Promise<T>): Promise<T> {
    const startedAt = performance.now();
    try {
      const authentication = await work;
      this.#authentication = authentication;
      return authentication;
    } finally {
      this.#validationSeconds = (performance.now() - startedAt) / 1000;
    }
  }

  #tell(outcome: AuthOutcome, status: number, reason?: string): void {
    const event = this.#event(outcome, status, reason);
    const { metrics, server, tell } = this.#tools;
    const expiresAt = this.#authentication?.token.expiresAt;
    metrics.decided(event, {
      validationSeconds: this.#validationSeconds,
      remainingSeconds:
        expiresAt === undefined ? undefined : Math.max(0, expiresAt - server.clock()),
    });
    traceDecision(event, this.#startedAt);
    tell(event);
  }

  #event(outcome: AuthOutcome, status: number, reason?: string): AuthEvent {
    const { server } = this.#tools;
    const { method, transport, headers } = this.#request;
    const credential = server.describeCredential(this.#request);
    const { token } = this.#authentication ?? {};
    const { address } = this.peer;
    return {
      kind: "decision",
      time: server.clock(),
      outcome,
      status,
      ...(reason !== undefined && { reason }),
      transport,
      method: method.slice(0, MAX_NAME_LENGTH),
      ...(this.#operations.length > 0 && {
        operations: this.#operations.slice(0, MAX_OPERATIONS).map(describe),
      }),
      ...(address !== undefined && { clientAddress: address }),
      ...(credential !== undefined && {
        scheme: credential.scheme,
        tokenFingerprint: credential.fingerprint,
      }),
      ...(token?.issuer !== undefined && { issuer: token.issuer }),
      ...(token?.subject !== undefined && { subject: token.subject }),
      ...(token?.clientId !== undefined && { clientId: token.clientId }),
      ...(token !== undefined && { scopes: token.scopes }),
      requestId: requestIdOf(headers, [...server.credentialHeaders, "authorization", "dpop"]),
      durationMs: Math.round((performance.now() - this.#startedAt) * 1000) / 1000,
    };
  }
}

function outcomeOf(error: OAuthError): AuthOutcome {
  return error.status === 503 ? "unavailable" : "refused";
}

function describe(operation: Operation): string {
  const { method, target } = operation;
  const name = method ?? operation.kind;
  return (target === undefined ? name : `${name} ${target.name}`).slice(0, MAX_NAME_LENGTH);
}
