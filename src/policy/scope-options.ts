import type { AccessToken } from "../core/access-token.js";
import type { AuthenticationRequirement } from "./authentication-strength.js";
import type { Operation } from "./operation.js";
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

/** Who may do what. */
export interface ScopeOptions {
  /**
   * Scopes for every request, GET and DELETE included, and all that
   * `server/discover`, `initialize`, `ping` and `notifications/*` need.
   * @default none: a valid token is enough
   */
  readonly required?: ScopeRequirement;
  /**
   * Scopes per JSON-RPC method; `*` stands for any run of characters, as in
   * `tasks/*`. A key that starts with `*` leaves `server/discover`,
   * `initialize`, `ping` and `notifications/*` alone. `resources/subscribe` and completing a resource
   * also need what `resources/read` needs, completing a prompt what
   * `prompts/get` needs.
   *
   * All rules that match an operation apply together: `required`, its method's,
   * those of the tool, resource or prompt, and what its class asks for.
   */
  readonly operations?: Rules<ScopeRequirement>;
  /** Scopes per tool name; `*` stands for any run of characters. */
  readonly tools?: Rules<ScopeRequirement>;
  /**
   * Scopes per resource URI, for reading, subscribing and completing: `*`
   * stands for any run of characters, slashes included, `{id}` for a run
   * without a slash.
   */
  readonly resources?: Rules<ScopeRequirement>;
  /** Scopes per prompt name, for getting and completing; `*` stands for any run of characters. */
  readonly prompts?: Rules<ScopeRequirement>;
  /**
   * Scopes that a broader scope stands for, directly or through others:
   * `{ "mcp:admin": ["mcp:tools"] }`. Cycles are refused at start-up.
   */
  readonly implies?: ScopeImplications;
  /**
   * A granted `files:*` counts for `files:read`, `files:a:b` and so on.
   * @default false
   */
  readonly wildcards?: boolean;
  /**
   * What `tools/list`, `resources/list`, `resources/templates/list` and
   * `prompts/list` show: what the token may use, or everything there is.
   * Strangers see the public part in either case.
   * @default "filtered"
   */
  readonly lists?: "filtered" | "all";
  /**
   * What a 403 challenge names: every scope the operation needs, or these and
   * what the token already grants. Clients built on version 1 of the SDK ask
   * for exactly what the challenge names and lose other grants with "required".
   * @default "required"
   */
  readonly challengeScopes?: "required" | "granted+required";
  /**
   * Scopes that the first challenge (401) names: what a client needs to begin.
   * Must cover `required`. Clients ask for exactly these and step up for the
   * rest; name few, and none that implies others.
   * @default `required`; without it, the fewest scopes that open a tool and imply no others; else `supported`
   */
  readonly initial?: readonly string[];
  /** What a scope allows, in a sentence, for documentation and tools. */
  readonly descriptions?: Rules<string>;
  /**
   * `scopes_supported` of the metadata document.
   * @default every scope that `required` and the rules name
   */
  readonly supported?: readonly string[];
  /** See {@link Authorize}. @default everything that scopes allow */
  readonly authorize?: Authorize;
  /**
   * What may be used without a token, or with any. @default nothing
   */
  readonly anonymous?: AnonymousOptions;
  /** How strongly the user must have authenticated (RFC 9470); all that match apply together. */
  readonly authentication?: AuthenticationOptions;
}

/**
 * The public part of a mixed server. Each entry is a name or a pattern.
 *
 * As soon as there is one entry, strangers may also `server/discover`, `initialize`, `ping`, hold
 * the stream of their session, and list the kind of thing that is public; lists
 * show them the public part. They never answer requests of the server and never
 * start tasks, and `authorize` is not asked.
 *
 * A name spelled out is public even where a pattern in the rules covers it. A
 * pattern makes public only what no rule of its own protects; `*` alone in the
 * rules is no rule of its own. What a class asks for always stands; `required`
 * and the rules for methods do not stand in the way of a public name. The same
 * key here and in the rules is a contradiction, refused at start-up.
 */
export interface AnonymousOptions {
  /** For a method with a tool, resource or prompt: of those that no rule protects. */
  readonly methods?: readonly string[];
  readonly tools?: readonly string[];
  readonly resources?: readonly string[];
  readonly prompts?: readonly string[];
}

/** Keys as in the rules for scopes. */
export interface AuthenticationOptions {
  readonly required?: AuthenticationRequirement;
  readonly operations?: Rules<AuthenticationRequirement>;
  readonly tools?: Rules<AuthenticationRequirement>;
  readonly resources?: Rules<AuthenticationRequirement>;
  readonly prompts?: Rules<AuthenticationRequirement>;
}
