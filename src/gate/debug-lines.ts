import type { AccessToken } from "../core/access-token.js";
import { OAuthError } from "../core/errors.js";
import type { AuthScheme } from "../credentials/credential.js";
import type { Operation } from "../messages/operation.js";

/** What was read from the request. */
export function credentialLine(
  credential: { readonly scheme: AuthScheme; readonly fingerprint: string } | undefined,
): string {
  return credential === undefined
    ? "credential: none that can be read"
    : `credential: ${credential.scheme}, fingerprint ${credential.fingerprint}`;
}

/** What validation found. */
export function identityLine(token: AccessToken | undefined): string {
  if (token === undefined) return "validation: anonymous";
  const { issuer, subject, clientId, scopes } = token;
  const who = [`issuer ${issuer}`, `subject ${subject}`, `client ${clientId}`].join(", ");
  return `validation: accepted, ${who}, scopes ${scopes.join(" ") || "none"}`;
}

/** What the scope check was asked. */
export function operationsLine(operations: readonly Operation[]): string {
  const names = operations.map(({ method, kind, target }) =>
    target === undefined ? (method ?? kind) : `${method ?? kind} ${target.name}`,
  );
  return `scopes: allowed ${names.join(", ") || "without an operation"}`;
}

/** Why a step ended the request. */
export function refusalLine(step: "validation" | "scopes", thrown: unknown): string {
  if (!(thrown instanceof OAuthError)) return `${step}: failed`;
  const { reason, detail } = thrown;
  return `${step}: refused, ${reason}${detail === undefined ? "" : ` - ${detail}`}`;
}
