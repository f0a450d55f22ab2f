import { userOf } from "../sessions/holders.js";
import { sessionNamedBy } from "../sessions/session-name.js";
import type { SessionOpening, SessionRegistry } from "../sessions/session.js";
import {
  ForbiddenError,
  MissingCredentialError,
  PayloadTooLargeError,
  SessionNotFoundError,
} from "../core/errors.js";
import type { Standing } from "../limits/request-quota.js";
import { resultAnswer, type Answer } from "../http/answer.js";
import { parseJsonBody } from "../http/body.js";
import { smallInitialize } from "../messages/small-initialize.js";
import { checkMirroredHeaders, hasMirroredHeaders } from "../messages/mirrored-headers.js";
import { parseOperations } from "../messages/operation.js";
import type { Lease } from "../sessions/lease.js";
import type { GuardedRequest } from "./guarded-request.js";

/**
 * Answers the request, or lets it go on with `undefined`.
 *
 * Returns a promise only when it has to wait. That is what keeps a request with
 * a remembered token free of promises, each of which costs more than most steps.
 *
 * @throws OAuthError for a refusal
 */
export type Step = (request: GuardedRequest) => Answer | undefined | Promise<Answer | undefined>;

/** The steps of a request, on every host in this order. A step skips what its host does not have. */
export const STEPS: readonly Step[] = [
  checkOneHost,
  answerPublicDocument,
  checkHost,
  checkOrigin,
  answerHealth,
  findEndpoint,
  checkConnection,
  identify,
  readMessage,
  matchHeaders,
  findSession,
  authorize,
  limitRequests,
  openSession,
  confirm,
  claimSession,
  tellAllowed,
];

/** For hosts that check only a credential, without a path, a body or a session. */
export const CREDENTIAL_STEPS: readonly Step[] = STEPS.slice(STEPS.indexOf(checkConnection));

/** Steps for paths of the embedded authorization server: the checks that need no credential. */
export const EMBEDDED_STEPS: readonly Step[] = [
  checkOneHost,
  limitPublic,
  checkHost,
  checkConnection,
];

/** What becomes of a request at the end of the pipeline. */
export interface Outcome<T> {
  /** Sends the answer of a step, or of a refusal. */
  readonly answered: (answer: Answer) => T;
  /** Hands the request to the framework. */
  readonly passed: () => T | Promise<T>;
}

/**
 * Takes a request through the steps. Every error on the way, the framework's
 * included, becomes a refusal; rejects or throws only when that cannot be sent.
 */
export function guard<T>(
  request: GuardedRequest,
  outcome: Outcome<T>,
  steps: readonly Step[] = STEPS,
): T | Promise<T> {
  const finish = (answer: Answer | undefined) =>
    answer === undefined ? outcome.passed() : outcome.answered(answer);
  const refuse = (error: unknown) => outcome.answered(request.decision.refused(error));
  try {
    const answer = take(steps, request);
    const result = answer instanceof Promise ? answer.then(finish) : finish(answer);
    return result instanceof Promise ? result.catch(refuse) : result;
  } catch (error) {
    return refuse(error);
  }
}

function take(
  steps: readonly Step[],
  request: GuardedRequest,
  from = 0,
): Answer | undefined | Promise<Answer | undefined> {
  for (let index = from; index < steps.length; index++) {
    const answer = steps[index]?.(request);
    if (answer instanceof Promise) {
      return answer.then((later) => later ?? take(steps, request, index + 1));
    }
    if (answer !== undefined) return answer;
  }
  return undefined;
}

/** Before everything: a cache in front may file even a public document under the other name. */
function checkOneHost({ decision }: GuardedRequest): undefined {
  decision.checkOneHost();
}

function limitPublic({ protection, decision }: GuardedRequest): undefined {
  protection.limitPublic(decision);
}

function answerPublicDocument({ protection, request, path, decision }: GuardedRequest) {
  if (!protection.documents.has(path)) return undefined;
  // Over plain http, an attacker on the path could name another authorization server.
  decision.checkEncryption();
  return protection.document(request.method, path, decision);
}

function checkHost({ decision }: GuardedRequest): undefined {
  decision.checkHost();
}

/** Only pages that may talk to this server go on; a preflight ends here. */
function checkOrigin(guarded: GuardedRequest): Answer | undefined {
  const { protection, host, request } = guarded;
  const { origin } = request.headers;
  const cors = host.cors ?? protection.cors;
  if (origin !== undefined && !cors.allows(origin)) {
    throw new ForbiddenError("origin_not_allowed");
  }
  if (request.method === "OPTIONS") {
    const asked = request.headers["access-control-request-headers"];
    const headers = origin === undefined ? {} : cors.preflightHeaders(origin, asked);
    return { status: 204, headers, body: "" };
  }
  if (origin !== undefined) guarded.setHeaders(cors.responseHeaders(origin));
  return undefined;
}

function answerHealth({ protection, host, request, path }: GuardedRequest) {
  const { method } = request;
  const answer = protection.health.answer(method, path);
  if (answer !== undefined) return answer;
  const { health } = host;
  if (health?.path !== path || (method !== "GET" && method !== "HEAD")) return undefined;
  return { status: 200, headers: JSON_HEADERS, body: health.body };
}

/** A path that is not listed is answered here: two parsers may read one URL differently. */
function findEndpoint(guarded: GuardedRequest): Answer | undefined {
  const { endpoints } = guarded.host;
  if (endpoints === undefined) return undefined;
  const endpoint = endpoints.get(guarded.path);
  if (endpoint === undefined) return NOT_FOUND;
  guarded.endpoint = endpoint;
  return undefined;
}

function checkConnection({ decision }: GuardedRequest): undefined {
  decision.checkConnection();
}

function identify(guarded: GuardedRequest) {
  const found = guarded.decision.identify();
  return found instanceof Promise ? found.then(() => identified(guarded)) : identified(guarded);
}

function identified(guarded: GuardedRequest): undefined {
  const { authentication, host, protection } = guarded;
  if (authentication === undefined && host.credentialRequired) {
    throw new MissingCredentialError("credential_missing");
  }
  const headers = protection.answerHeaders(authentication);
  if (headers !== undefined) guarded.setHeaders(headers);
}

function readMessage(guarded: GuardedRequest): Promise<undefined> | undefined {
  if (guarded.request.method !== "POST") return undefined;
  return guarded.readBody()?.then((text) => {
    guarded.body = parseJsonBody(text);
    // mcp-framework and the SDK keep what opened a session as long as the session.
    const isKept = guarded.host.sessions !== undefined && isInitialize(guarded.body);
    if (isKept) {
      if (text.length > MAX_INITIALIZE_LENGTH) {
        throw new PayloadTooLargeError("initialize_too_large");
      }
      guarded.body = smallInitialize(guarded.body as Record<string, unknown>);
    }
    return undefined;
  });
}

/** Headers that mirror the body must agree with it, before anything is decided by the body. */
function matchHeaders(guarded: GuardedRequest): undefined {
  const { request, body, protection } = guarded;
  if (body === undefined || !hasMirroredHeaders(request.headers)) return;
  guarded.operations = parseOperations(body);
  checkMirroredHeaders(request.headers, guarded.operations, protection.toolSchemas);
}

/**
 * A named session must be open and this principal's, or still anonymous. An
 * `initialize` that names any other starts a new one, as mcp-framework does for
 * stale ids, so that a session of another principal looks like one that never existed.
 */
function findSession(guarded: GuardedRequest): undefined {
  const { host, request, endpoint, authentication, body } = guarded;
  if (host.sessions === undefined || endpoint === "sse") return;
  const id = sessionNamedBy(request);
  if (id === undefined && endpoint === "mcp") return;
  guarded.session =
    id === undefined ? undefined : host.sessions.find(id, authentication?.principal);
  if (guarded.session !== undefined) return;
  if (endpoint === "messages" || !isInitialize(body)) {
    throw new SessionNotFoundError("session_not_found");
  }
  delete request.headers["mcp-session-id"];
}

function authorize(guarded: GuardedRequest) {
  const { decision, body } = guarded;
  const operations = (guarded.operations ??= body === undefined ? [] : parseOperations(body));
  const refuse = (error: unknown) => refuseInResult(guarded, error);
  try {
    const authorized = decision.authorize(operations);
    return authorized instanceof Promise ? authorized.then(() => undefined, refuse) : undefined;
  } catch (error) {
    return refuse(error);
  }
}

/** On SSE a result travels in the session's stream; there the status has to do. */
function refuseInResult({ endpoint, decision }: GuardedRequest, error: unknown): Answer {
  const result = endpoint === "mcp" ? decision.refusedInResult(error) : undefined;
  if (result === undefined) throw error;
  return resultAnswer(result);
}

/** After `authorize`, so that 429 never replaces a verdict. */
function limitRequests(guarded: GuardedRequest): Promise<undefined> | undefined {
  const { quota } = guarded.protection;
  if (quota === undefined) return undefined;
  const { authentication, decision, operations = [] } = guarded;
  const owner =
    authentication === undefined
      ? `anonymous:${decision.block ?? "unknown"}`
      : userOf(authentication.principal);
  const keepTo = ({ headers, refusal }: Standing): undefined => {
    guarded.setHeaders(headers);
    if (refusal !== undefined) throw refusal;
  };
  const standing = quota.take(owner, operations);
  return standing instanceof Promise ? standing.then(keepTo) : keepTo(standing);
}

/** Before `confirm`: from here on, a revocation closes what this request opens. */
function openSession(guarded: GuardedRequest): undefined {
  const { host, session, endpoint, request, body } = guarded;
  if (host.sessions === undefined) return;
  if (session !== undefined) {
    guarded.onClose(host.sessions.use(session.id));
    return;
  }
  const opens = endpoint === "sse" ? request.method === "GET" : isInitialize(body);
  if (!opens) return;
  const opening = openingOf(host.sessions, guarded);
  guarded.opening = opening;
  guarded.onClose(() => opening.release());
  leaseStream(guarded, opening.lease);
}

/** From here on the answer ends with the lease: at the latest when its token is no longer accepted. */
function leaseStream(guarded: GuardedRequest, lease: Lease): undefined {
  const stream = guarded.stream();
  if (stream !== undefined) guarded.onClose(lease.add(stream));
}

function openingOf(
  sessions: SessionRegistry,
  { authentication, decision }: GuardedRequest,
): SessionOpening {
  if (authentication !== undefined) {
    return sessions.open({ principal: authentication.principal }, authentication);
  }
  return sessions.open({ strangerFrom: decision.block });
}

function confirm({ decision }: GuardedRequest) {
  return decision.confirm();
}

/**
 * Last, so a refused request never takes over a session. A revocation between `confirm` and
 * this step has not found the session yet, so the sender is confirmed once more.
 */
function claimSession(guarded: GuardedRequest): undefined | Promise<undefined> {
  const { host, session, authentication, decision } = guarded;
  if (host.sessions === undefined || session === undefined) return;
  if (decision.isOutdated()) return decision.confirm()?.then(() => claimSession(guarded));
  if (!host.sessions.claim(session, authentication?.principal, authentication)) {
    throw new SessionNotFoundError("session_not_found");
  }
  leaseStream(guarded, session.lease);
  if (authentication !== undefined) {
    decision.usedSession(host.sessions.newScopes(session.id, authentication.token.scopes));
  }
}

function tellAllowed({ decision }: GuardedRequest): undefined {
  decision.allowed();
}

const MAX_INITIALIZE_LENGTH = 64 * 1024;
const JSON_HEADERS = { "Content-Type": "application/json" };
const NOT_FOUND: Answer = { status: 404, headers: JSON_HEADERS, body: '{"error":"not_found"}' };

function isInitialize(body: unknown): boolean {
  return (
    typeof body === "object" &&
    body !== null &&
    (body as { method?: unknown }).method === "initialize"
  );
}
