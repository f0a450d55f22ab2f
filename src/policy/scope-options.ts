import type { AccessToken } from "../core/access-token.js";
import type { AuthenticationRequirement } from "./authentication-strength.js";
import type { Operation } from "../messages/operation.js";
import type { ScopeImplications } from "./scope-graph.js";
import type { ScopeRequirement } from "./scope-requirement.js";

/** Keys are names or patterns. */
export type Rules<T> = Readonly<Record<string, T>>;

/**
 * What `authorize` says. Only `true` allows. `{ scopes }` allows a token that
 * holds all of them and otherwise answers 403 with these scopes; an empty list
 * refuses. Everything else refuses, and tells the client that no scope helps.
 */
export type Authorization = boolean | { readonly scopes: readonly string[] };

/**
 * Decides what scopes cannot say: claims, roles, tenant, arguments.
 *
 * Asked last, for every operation that needs a token, once scopes and
 * authentication suffice. A throw answers 503, unless it is an `OAuthError`,
 * which is answered as it is. Also asked while a list is filtered, and before a
 * session hears of something unasked (`operation.isListing`, no arguments); a
 * throw hides it then.
 */
export type Authorize = (
  token: AccessToken,
  operation: Operation,
) => Authorization | Promise<Authorization>;

/** What a {@link ScopePolicy} is built from: the option `scopes`, whose rows say what each member means. */
export interface PolicyOptions {
  readonly required?: ScopeRequirement | undefined;
  readonly operations?: Rules<ScopeRequirement> | undefined;
  readonly tools?: Rules<ScopeRequirement> | undefined;
  readonly resources?: Rules<ScopeRequirement> | undefined;
  readonly prompts?: Rules<ScopeRequirement> | undefined;
  readonly implies?: ScopeImplications | undefined;
  readonly wildcards?: boolean;
  readonly lists?: "filtered" | "all";
  readonly challengeScopes?: "required" | "granted+required";
  readonly initial?: readonly string[] | undefined;
  readonly descriptions?: Rules<string> | undefined;
  readonly supported?: readonly string[] | { readonly only: readonly string[] } | undefined;
  readonly authorize?: Authorize | undefined;
  readonly anonymous?: PublicPart | undefined;
  readonly authentication?: AuthenticationRules | undefined;
}

export interface PublicPart {
  readonly methods?: readonly string[] | undefined;
  readonly tools?: readonly string[] | undefined;
  readonly resources?: readonly string[] | undefined;
  readonly prompts?: readonly string[] | undefined;
}

interface AuthenticationRules {
  readonly required?: AuthenticationRequirement | undefined;
  readonly operations?: Rules<AuthenticationRequirement> | undefined;
  readonly tools?: Rules<AuthenticationRequirement> | undefined;
  readonly resources?: Rules<AuthenticationRequirement> | undefined;
  readonly prompts?: Rules<AuthenticationRequirement> | undefined;
}
