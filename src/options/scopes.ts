import { z } from "zod";
import type { AuthenticationRequirement } from "../policy/authentication-strength.js";
import type { Authorize } from "../policy/scope-options.js";
import type { ScopeRequirement } from "../policy/scope-requirement.js";
import type { Input, Output, Schema } from "./row.js";
import { aFunction, checkedLater, texts } from "./values.js";

/** The shape of requirements is checked where they are compiled. */
const scopeRequirement = checkedLater<ScopeRequirement | undefined>();
const scopeRules = z.record(checkedLater<ScopeRequirement>());
const authenticationRequirement = checkedLater<AuthenticationRequirement | undefined>();
const authenticationRules = z.record(checkedLater<AuthenticationRequirement>());

export const anonymousShape = {
  /** Methods. Calls with a tool, resource or prompt that a rule protects stay protected. */
  methods: texts.optional(),
  /** Tools by name or pattern. */
  tools: texts.optional(),
  /** Resources by URI or pattern. */
  resources: texts.optional(),
  /** Prompts by name or pattern. */
  prompts: texts.optional(),
};

/**
 * The public part of a mixed server. Each entry is a name or a pattern.
 *
 * With at least one entry, anonymous clients may also send `server/discover`, `initialize` and
 * `ping`, open the stream of their session, and list the kind of thing that is public; lists show
 * them the public part. They never answer requests of the server and never start tasks, and
 * `authorize` is not called.
 *
 * An exact name is public even if a pattern in the rules covers it. A pattern makes public only what
 * no rule protects specifically; `*` alone in the rules is not specific. The requirements of a class
 * always apply; `required` and the rules for methods do not protect a public name. The same key here
 * and in the rules is a contradiction and is refused at start-up.
 *
 * @example
 * ```ts
 * scopes: { required: ["mcp:tools"], anonymous: { tools: ["search", "docs-*"] } },
 * ```
 */
export interface AnonymousOptions extends Input<typeof anonymousShape> {}
const anonymous: Schema<AnonymousOptions, Output<typeof anonymousShape>> = z
  .object(anonymousShape)
  .strict();

export const authenticationShape = {
  /** Applies to every request that needs a token. */
  required: authenticationRequirement,
  /** Per JSON-RPC method or pattern. */
  operations: authenticationRules.optional(),
  /** Per tool name or pattern. */
  tools: authenticationRules.optional(),
  /** Per resource URI or pattern. */
  resources: authenticationRules.optional(),
  /** Per prompt name or pattern. */
  prompts: authenticationRules.optional(),
};

/**
 * How strongly the user must have authenticated (RFC 9470). The keys are as in the rules for scopes.
 *
 * @example
 * ```ts
 * scopes: { authentication: { tools: { "delete-*": { acr: ["mfa"], maxAge: 300 } } } },
 * ```
 */
export interface AuthenticationOptions extends Input<typeof authenticationShape> {}
const authentication: Schema<AuthenticationOptions, Output<typeof authenticationShape>> = z
  .object(authenticationShape)
  .strict();

export const scopesShape = {
  /**
   * Scopes for every request, including GET and DELETE. `server/discover`, `initialize`, `ping` and
   * `notifications/*` need nothing else.
   *
   * @default none: a valid token is enough
   */
  required: scopeRequirement,
  /**
   * Scopes per JSON-RPC method; `*` matches any characters, as in `tasks/*`.
   *
   * A key that starts with `*` does not cover `server/discover`, `initialize`, `ping` and `notifications/*`.
   * `resources/subscribe` and completing a resource also require what `resources/read` requires,
   * completing a prompt what `prompts/get` requires.
   *
   * All rules that match an operation apply together: `required`, the rule of its method, those of
   * the tool, resource or prompt, and the requirements of its class.
   */
  operations: scopeRules.optional(),
  /** Scopes per tool name; `*` matches any characters. */
  tools: scopeRules.optional(),
  /**
   * Scopes per resource URI, for reading, subscribing and completing. `*` matches any characters
   * including slashes, `{id}` any characters except a slash.
   */
  resources: scopeRules.optional(),
  /** Scopes per prompt name, for getting and completing; `*` matches any characters. */
  prompts: scopeRules.optional(),
  /**
   * Narrower scopes that a broader scope includes, directly or through others:
   * `{ "mcp:admin": ["mcp:tools"] }`. Cycles are refused at start-up.
   */
  implies: z.record(texts).optional(),
  /** Whether a granted `files:*` includes `files:read`, `files:a:b` and so on. @default false */
  wildcards: z.boolean().default(false),
  /**
   * Contents of `tools/list`, `resources/list`, `resources/templates/list` and `prompts/list`: what
   * the token may use, or everything. Anonymous clients see only the public part in either case.
   *
   * @default "filtered"
   */
  lists: z.enum(["filtered", "all"]).default("filtered"),
  /**
   * Scopes in a 403 challenge: those that the operation needs, or these and the scopes that the
   * token already has.
   *
   * Clients built on version 1 of the SDK request exactly what the challenge names. With "required"
   * they lose their other scopes.
   *
   * @default "required"
   */
  challengeScopes: z.enum(["required", "granted+required"]).default("required"),
  /**
   * Scopes in the first challenge (401): the scopes to start with. Must cover `required`.
   *
   * Clients request exactly these, and step up for more. Name few, and none that implies
   * others.
   *
   * @default `required`; without it, the smallest set that allows a tool and implies no others; otherwise every published scope
   */
  initial: texts.optional(),
  /** A sentence about each scope, for documentation and tools. The scopes are published, also those that no rule names. */
  descriptions: z.record(z.string()).optional(),
  /**
   * More scopes to publish. `scopes_supported` of the metadata document lists every scope that
   * `required`, the rules, the classes of the server and `descriptions` name, and then these.
   *
   * `{ only: [...] }` publishes exactly these: for authorization servers that refuse other scopes, or
   * to leave out a powerful one. Some clients request every scope that is published.
   *
   * @default none
   */
  supported: z.union([texts, z.object({ only: texts }).strict()]).optional(),
  /**
   * Decides what scopes cannot express: claims, roles, tenant, arguments. See {@link Authorize}.
   *
   * @default allows everything that the scopes allow
   */
  authorize: aFunction<Authorize>().optional(),
  /** The part of the server that needs no token. @default nothing */
  anonymous: anonymous.optional(),
  /** How strongly the user must have authenticated (RFC 9470); all rules that match apply together. */
  authentication: authentication.optional(),
};

/**
 * Authorization by scopes.
 *
 * @example
 * ```ts
 * scopes: {
 *   required: ["mcp:tools"],
 *   tools: { "delete-*": ["mcp:admin"] },
 *   implies: { "mcp:admin": ["mcp:tools"] },
 * },
 * ```
 */
export interface ScopeOptions extends Input<typeof scopesShape> {}
export interface ScopeSettings extends Output<typeof scopesShape> {}
export const scopeOptions: Schema<ScopeOptions, ScopeSettings> = z.object(scopesShape).strict();
