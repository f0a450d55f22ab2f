import type { Needs } from "./rules/applicable-rules.js";
import type { AuthenticationRequirement } from "./authentication-strength.js";
import type { Operation } from "../messages/operation.js";
import { termsOf, type ScopeTerm } from "./scope-requirement.js";

/** What one operation requires. */
export interface OperationRequirement {
  /** JSON-RPC method, or a pattern of methods that the rules name. */
  readonly method: string;
  /** Tool or prompt name, or resource URI; a pattern as the rules spell it. Absent for the method alone. */
  readonly name?: string;
  /** No token is required. */
  readonly isPublic: boolean;
  /** Required scopes: all of them, and one of each `anyOf`. */
  readonly scopes: readonly ScopeTerm[];
  /** How strongly the user must have authenticated. */
  readonly authentication?: AuthenticationRequirement;
}

/** @param needs `undefined` for a public operation */
export function requirementOf(
  { method = "", target }: Operation,
  needs: Needs | undefined,
): OperationRequirement {
  const terms = (needs?.scopes ?? []).flatMap(termsOf);
  const texts = terms.map((term) => JSON.stringify(term));
  return {
    method,
    ...(target !== undefined && { name: target.name }),
    isPublic: needs === undefined,
    scopes: terms.filter((_, index) => texts.indexOf(texts[index] ?? "") === index),
    ...(needs?.authentication !== undefined && { authentication: needs.authentication }),
  };
}
