import type { AuditSink, AuthEvent, AuthOutcome } from "../core/auth-event.js";
import type { AuthRequest } from "../core/auth-request.js";
import { OAuthError, UnavailableError, UseDPoPNonceError } from "../core/errors.js";
import { printable, safeCause, scrub } from "../core/safe-cause.js";
import type { Operation } from "../messages/operation.js";
import type { Authentication, Begun, ResourceServer } from "./resource-server.js";
import type { Metrics } from "../telemetry/metrics.js";
import { isTracing, traceDecision } from "../telemetry/traces.js";
import type { Admission } from "./admission.js";
import { credentialLine, identityLine, operationsLine, refusalLine } from "./debug-lines.js";
import type { Faults } from "../telemetry/faults.js";
import { formatChallenge } from "../credentials/challenge.js";
import type { Answer } from "../http/answer.js";
import { nonceHeaders } from "../http/dpop-nonce-header.js";
import { addressBlock } from "../net/client-address.js";
import { toolChallenge } from "./answers/tool-challenge.js";
import type { Peer } from "./peer.js";
import { refusalOf, toOAuthError } from "./answers/refusal.js";
import { requestIdOf } from "../http/request-id.js";

/** What decisions of one provider are made and told with. */
export interface DecisionTools {
  readonly server: ResourceServer;
  readonly admission: Admission;
  /** Refuse single tool calls in their results; see `toolChallenge`. */
  readonly toolChallenges: boolean;
  /** Takes the decision once it is made. Never throws. */
  readonly tell: AuditSink;
  readonly metrics: Metrics;
  /** Hears of faults of this package. */
  readonly faults: Faults;
  /** Receives debug lines; `undefined` if they are off. */
  readonly debug: ((line: string) => void) | undefined;
  /** The provider was closed: new requests are refused. */
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
  readonly #tools: DecisionTools;
  readonly #request: AuthRequest;
  readonly #startedAt: number;
  #peer: Peer | undefined;
  #authentication: Authentication | undefined;
  /** When the sender was confirmed; until then, when it was identified counts. */
  #confirmed: Begun | undefined;
  #operations: readonly Operation[] = [];
  #validationSeconds: number | undefined;

  constructor(tools: DecisionTools, request: AuthRequest) {
    this.#tools = tools;
    this.#request = request;
    this.#startedAt = performance.now();
  }

  /** The client's address, behind configured proxies. */
  get peer(): Peer {
    return (this.#peer ??= this.#tools.admission.peerOf(this.#request));
  }

  /** What limits count the client's address as; `undefined` when it is not known. */
  get block(): string | undefined {
    const { address } = this.peer;
    return address === undefined ? undefined : addressBlock(address);
  }

  /** @throws InvalidRequestError */
  checkOneHost(): void {
    this.#tools.admission.checkOneHost(this.#request);
  }

  /** @throws ForbiddenError */
  checkHost(): void {
    this.#tools.admission.checkHost(this.#request.headers.host);
  }

  /** Whose request it is, once {@link identify} has found out; `undefined` for an anonymous one. */
  get authentication(): Authentication | undefined {
    return this.#authentication;
  }

  /**
   * Refuses what needs no credential to be refused: requests after the end, and over plain http
   * where that is not safe.
   *
   * @throws ForbiddenError, UnavailableError
   */
  checkConnection(): void {
    if (this.#tools.isClosed()) throw new UnavailableError("shutting_down");
    this.checkEncryption();
  }

  /** @throws ForbiddenError over plain http, where that is not safe */
  checkEncryption(): void {
    const { admission } = this.#tools;
    if (admission.requiresEncryption) admission.checkEncryption(this.peer);
  }

  /**
   * Finds {@link authentication}. Returns a promise only when it has to wait.
   *
   * @throws OAuthError
   */
  identify(): Promise<void> | undefined {
    if (this.#tools.metrics.isOn || this.#tools.debug !== undefined) return this.#identifyWatched();
    const found = this.#tools.server.identify(this.#request, this);
    if (found instanceof Promise) return found.then((later) => void (this.#authentication = later));
    this.#authentication = found;
    return undefined;
  }

  /** @throws OAuthError */
  authorize(operations: readonly Operation[]): void | Promise<void> {
    this.#operations = operations;
    if (this.#tools.debug !== undefined) return this.#authorizeWatched(operations);
    return this.#tools.server.authorize(this.#authentication?.token, operations);
  }

  /**
   * The sender may still come in, after all that was waited for.
   *
   * @throws OAuthError
   */
  confirm(): Promise<undefined> | undefined {
    if (this.#tools.isClosed()) throw new UnavailableError("shutting_down");
    const earlier = this.#confirmed ?? this.#authentication;
    if (earlier === undefined) return undefined;
    return this.#tools.server.confirm(this.#request, earlier, this)?.then((confirmed) => {
      this.#confirmed = confirmed;
      return undefined;
    });
  }

  /** Whether something was revoked since the sender was confirmed. */
  isOutdated(): boolean {
    const earlier = this.#confirmed ?? this.#authentication;
    return earlier !== undefined && this.#tools.server.isOutdated(earlier);
  }

  /**
   * The request belongs to a session, and these of its token's scopes are new
   * there: the user has granted more.
   */
  usedSession(newScopes: readonly string[]): void {
    if (newScopes.length === 0) return;
    this.#tools.tell({ ...this.#event("allowed", 200), kind: "elevation", newScopes });
  }

  /** The request goes to the framework. */
  allowed(): void {
    this.#tell("allowed", 200);
  }

  /** The answer to a request that does not get through. Never throws. */
  refused(thrown: unknown): Answer {
    const error = toOAuthError(thrown);
    if (error !== thrown) this.#tools.faults.report("internal", safeCause(thrown, this.#secrets()));
    this.#tell(outcomeOf(error), error.status, error);
    const refusal = refusalOf(error, this.#tools.server.challenge);
    const { nonce } = this.#tools.server;
    if (!(error instanceof UseDPoPNonceError) || nonce === undefined) return refusal;
    return { ...refusal, headers: { ...refusal.headers, ...nonceHeaders(nonce) } };
  }

  /**
   * The refusal as the result of the one tool call that was refused, where the
   * author wants that and authorizing would help; told like any other.
   */
  refusedInResult(thrown: unknown): object | undefined {
    if (!this.#tools.toolChallenges) return undefined;
    const error = toOAuthError(thrown);
    const challenge = formatChallenge(error, this.#tools.server.challenge);
    const result = toolChallenge(error, this.#operations, challenge);
    if (result !== undefined) this.refused(error);
    return result;
  }

  async #identifyWatched(): Promise<void> {
    const { server } = this.#tools;
    const startedAt = performance.now();
    this.#debug(() => credentialLine(server.describeCredential(this.#request)));
    try {
      this.#authentication = await server.identify(this.#request, this);
      this.#debug(() => identityLine(this.#authentication?.token));
    } catch (error) {
      this.#debug(() => refusalLine("validation", error));
      throw error;
    } finally {
      this.#validationSeconds = (performance.now() - startedAt) / 1000;
    }
  }

  async #authorizeWatched(operations: readonly Operation[]): Promise<void> {
    try {
      await this.#tools.server.authorize(this.#authentication?.token, operations);
      this.#debug(() => operationsLine(operations));
    } catch (error) {
      this.#debug(() => refusalLine("scopes", error));
      throw error;
    }
  }

  /** A client can put its token anywhere, into the name of a tool for example. */
  #debug(line: () => string): void {
    this.#tools.debug?.(printable(`mcp-framework-oauth: ${scrub(line(), this.#secrets())}`));
  }

  #secrets(): readonly string[] {
    return this.#tools.server.secretsOf(this.#request);
  }

  #tell(outcome: AuthOutcome, status: number, error?: OAuthError): void {
    const { metrics, server, tell } = this.#tools;
    // Making the event costs more than deciding did.
    if (tell.wants?.(outcome, error?.reason) === false && !metrics.isOn && !isTracing()) return;
    const event = this.#event(outcome, status, error);
    const expiresAt = this.#authentication?.token.expiresAt;
    metrics.decided(event, {
      validationSeconds: this.#validationSeconds,
      remainingSeconds:
        expiresAt === undefined ? undefined : Math.max(0, expiresAt - server.clock()),
    });
    traceDecision(event, this.#startedAt);
    tell(event);
  }

  #event(outcome: AuthOutcome, status: number, error?: OAuthError): AuthEvent {
    const { server } = this.#tools;
    const { method, transport, headers } = this.#request;
    const credential = server.describeCredential(this.#request);
    const { token } = this.#authentication ?? {};
    const { address } = this.peer;
    const detail = server.isOpen && error === undefined ? "authentication is off" : error?.detail;
    return {
      kind: "decision",
      time: server.clock(),
      outcome,
      status,
      ...(error !== undefined && { reason: error.reason }),
      ...(detail !== undefined && { detail }),
      ...(error?.cause !== undefined && { cause: causeText(error, this.#secrets()) }),
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

/** What lies behind an error: of errors in a chain the last, for example why a fetch failed. */
function causeText(error: OAuthError, secrets: readonly string[]): string {
  let { cause } = error;
  for (let depth = 0; depth < 5 && cause instanceof OAuthError; depth++) {
    if (cause.cause === undefined) return cause.reason;
    ({ cause } = cause);
  }
  return printable(safeCause(cause, secrets).message);
}
