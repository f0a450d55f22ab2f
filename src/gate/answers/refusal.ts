import { formatChallenge, type ChallengeContext } from "../../credentials/challenge.js";
import {
  InvalidTokenError,
  MissingCredentialError,
  OAuthError,
  SessionNotFoundError,
  UnavailableError,
} from "../../core/errors.js";
import { describeReason } from "../../core/reasons/reasons.js";
import { sized, type Answer } from "../../http/answer.js";

/**
 * Anything thrown as an OAuthError. What is not one is a fault of this server:
 * it must neither open the door nor blame the token.
 */
export function toOAuthError(error: unknown): OAuthError {
  return error instanceof OAuthError
    ? error
    : new UnavailableError("internal_error", { cause: error });
}

/** Answers that say nothing of the single request, by what challenges of a server have in common. */
const fixedAnswers = new WeakMap<ChallengeContext, Map<unknown, Answer>>();

/** The answer to a refused request. The same refusal gives the same bytes. */
export function refusalOf(error: OAuthError, context: ChallengeContext): Answer {
  if (!isFixed(error) || context.exposesReasons) return formatRefusal(error, context);
  let answers: Map<unknown, Answer> | undefined = fixedAnswers.get(context);
  if (answers === undefined) fixedAnswers.set(context, (answers = new Map<unknown, Answer>()));
  let answer = answers.get(error.constructor);
  if (answer === undefined)
    answers.set(error.constructor, (answer = sized(formatRefusal(error, context))));
  return answer;
}

/** Frequent refusals whose bytes depend only on their class. */
function isFixed(error: OAuthError): boolean {
  const { constructor, retryAfterSeconds } = error;
  return (
    (constructor === MissingCredentialError || constructor === InvalidTokenError) &&
    retryAfterSeconds === undefined
  );
}

function formatRefusal(error: OAuthError, context: ChallengeContext): Answer {
  const challenge = formatChallenge(error, context);
  return {
    status: error.status,
    headers: {
      "Content-Type": "application/json",
      "Cache-Control": "no-store",
      ...(challenge !== undefined && { "WWW-Authenticate": challenge }),
      ...(error.retryAfterSeconds !== undefined && {
        "Retry-After": String(Math.max(1, Math.ceil(error.retryAfterSeconds))),
      }),
    },
    body: JSON.stringify(context.exposesReasons ? explained(error) : bodyOf(error)),
  };
}

/** The body with the reason, for developers; see the option `exposeReasons`. */
function explained(error: OAuthError): object {
  const { reason, detail } = error;
  const { meaning, cure } = describeReason(reason) ?? {};
  const data = { reason, detail, meaning, cure };
  const body: { readonly error?: unknown } = bodyOf(error);
  // A JSON-RPC error has one member for additional data.
  return typeof body.error === "object"
    ? { ...body, error: { ...body.error, data } }
    : { ...body, ...data };
}

function bodyOf(error: OAuthError): object {
  if (error.code !== undefined) {
    return { error: error.code, error_description: error.description };
  }
  switch (error.status) {
    case 400:
      if (error.reason === "header_mismatch") {
        // The code of MCP 2026-07-28 for it.
        return rpcError(-32020, "Header mismatch: a header contradicts the body");
      }
      if (error.reason === "arguments_malformed") {
        return rpcError(-32602, "Invalid params: the arguments do not match the tool's schema");
      }
      return error.reason.startsWith("body_")
        ? rpcError(-32700, "Parse error: the body is not JSON")
        : rpcError(-32600, "Invalid Request: the body is not a JSON-RPC message");
    case 401:
      return { error: "unauthorized", error_description: "Authentication is needed" };
    case 404:
      return error instanceof SessionNotFoundError
        ? rpcError(-32001, "Session not found")
        : rpcError(-32001, "Not found");
    case 413:
      return rpcError(-32600, "Request body too large");
    case 429:
      return { error: "too_many_requests", error_description: "Too many requests" };
    case 503:
      return {
        error: "temporarily_unavailable",
        error_description: "The request cannot be decided right now",
      };
    case 403:
      return { error: "forbidden", error_description: "Not allowed" };
  }
}

function rpcError(code: number, message: string): object {
  return { jsonrpc: "2.0", error: { code, message }, id: null };
}
