import type { InsufficientScopeError } from "../core/errors.js";
import { MissingCredentialError } from "../core/errors.js";
import type { ScopeRequirement } from "../policy/scope-requirement.js";
import { currentExchange } from "./exchange.js";

/**
 * Whether the request that the current code runs for holds a scope, directly or
 * through the policy's `implies`. False outside a protected request.
 *
 * @example
 * ```ts
 * import { hasScope } from "mcp-framework-oauth";
 *
 * if (!hasScope("notes:drafts")) hideDrafts();
 * ```
 */
export function hasScope(scope: string): boolean {
  const exchange = currentExchange();
  if (exchange?.policy.isOpen === true) return true;
  if (exchange?.token === undefined) return false;
  return exchange.policy.missingScopes(exchange.token, [scope]).length === 0;
}

/**
 * Refuses to go on unless the current request's token suffices: for what
 * depends on data that only the tool knows.
 *
 * On HTTP Stream and serverless the client gets 403 with the scopes in the challenge, so that it can
 * request them and repeat the call. If the answer has already begun (a message was sent, or the
 * tool took its time in streaming mode), in a batch and on SSE, it gets a tool error that names the
 * scopes. Call it before the tool changes anything. Where a rule can say it, prefer a rule.
 *
 * Outside a protected request it always refuses.
 *
 * @example
 * ```ts
 * import { requireScopes } from "mcp-framework-oauth";
 *
 * requireScopes("notes:write");
 * requireScopes({ anyOf: ["notes:write", "notes:admin"] });
 * ```
 *
 * @throws InsufficientScopeError, MissingCredentialError
 */
export function requireScopes(...scopes: [ScopeRequirement] | string[]): void {
  const requirement = (
    scopes.length === 1 && typeof scopes[0] !== "string" ? scopes[0] : scopes
  ) as ScopeRequirement;
  const exchange = currentExchange();
  if (exchange?.policy.isOpen === true) return;
  if (exchange?.token === undefined) {
    throw named(new MissingCredentialError("credential_missing"), "needs an access token");
  }
  const error = exchange.policy.insufficientScope(exchange.token, requirement);
  if (error !== undefined) {
    throw named(error, `needs the scope ${error.requiredScopes.join(" ")}`);
  }
}

/** What the user of the tool reads; `reason` stays what operators search for. */
function named<T extends InsufficientScopeError | MissingCredentialError>(
  error: T,
  text: string,
): T {
  error.message = `${error.code ?? "unauthorized"}: this ${text}`;
  return error;
}
