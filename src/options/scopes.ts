import { z } from "zod";
import type { AuthenticationRequirement } from "../policy/authentication-strength.js";
import type { Authorize } from "../policy/scope-options.js";
import type { ScopeRequirement } from "../policy/scope-requirement.js";
import type { Input, Output, Schema } from "./row.js";
import { aFunction, checkedLater, texts } from "./values.js";

/** What requirements look like is checked where they are compiled. */
const scopeRequirement = checkedLater<ScopeRequirement | undefined>();
const scopeRules = z.record(checkedLater<ScopeRequirement>());
const authenticationRequirement = checkedLater<AuthenticationRequirement | undefined>();
const authenticationRules = z.record(checkedLater<AuthenticationRequirement>());

export const anonymousShape = {
  /** Methods. For one with a tool, resource or prompt: only those that no rule protects. */
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
 * As soon as there is one entry, anonymous clients may also `server/discover`, `initialize`, `ping`, hold the stream
 * of their session, and list the kind of thing that is public; lists show them the public part.
 * They never answer requests of the server and never start tasks, and `authorize` is not called.
 *
 * A name spelled out is public even where a pattern in the rules covers it. A pattern makes public
 * only what no rule of its own protects; `*` alone in the rules is no rule of its own. What a class
 * requires always applies; `required` and the rules for methods do not protect a public name. The
 * same key here and in the rules is a contradiction, refused at start-up.
 */
export interface AnonymousOptions extends Input<typeof anonymousShape> {}
const anonymous: Schema<AnonymousOptions, Output<typeof anonymousShape>> = z
  .object(anonymousShape)
  .strict();

export const authenticationShape = {
  /** For every request that needs a token. */
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

/** How strongly the user must have authenticated (RFC 9470). Keys as in the rules for scopes. */
export interface AuthenticationOptions extends Input<typeof authenticationShape> {}
const authentication: Schema<AuthenticationOptions, Output<typeof authenticationShape>> = z
  .object(authenticationShape)
  .strict();

export const scopesShape = {
  /**
   * Scopes for every request, GET and DELETE included, and all that `server/discover`,
   * `initialize`, `ping` and `notifications/*` need.
   *
   * @default none: a valid token is enough
   */
  required: scopeRequirement,
  /**
   * Scopes per JSON-RPC method; `*` stands for any run of characters, as in `tasks/*`.
   *
   * A key that starts with `*` does not cover `server/discover`, `initialize`, `ping` and `notifications/*`.
   * `resources/subscribe` and completing a resource also need what `resources/read` needs,
   * completing a prompt what `prompts/get` needs.
   *
   * All rules that match an operation apply together: `required`, its method's, those of the tool,
   * resource or prompt, and what its class requires.
   */
  operations: scopeRules.optional(),
  /** Scopes per tool name; `*` stands for any run of characters. */
  tools: scopeRules.optional(),
  /**
   * Scopes per resource URI, for reading, subscribing and completing: `*` stands for any run of
   * characters, slashes included, `{id}` for a run without a slash.
   */
  resources: scopeRules.optional(),
  /** Scopes per prompt name, for getting and completing; `*` stands for any run of characters. */
  prompts: scopeRules.optional(),
  /**
   * Narrower scopes that a broader scope includes, directly or through others:
   * `{ "mcp:admin": ["mcp:tools"] }`. Cycles are refused at start-up.
   */
  implies: z.record(texts).optional(),
  /** Whether a granted `files:*` counts for `files:read`, `files:a:b` and so on. @default false */
  wildcards: z.boolean().default(false),
  /**
   * What `tools/list`, `resources/list`, `resources/templates/list` and `prompts/list` show: what
   * the token may use, or everything. Anonymous clients see the public part in either case.
   *
   * @default "filtered"
   */
  lists: z.enum(["filtered", "all"]).default("filtered"),
  /**
   * Scopes in a 403 challenge: those that the operation needs, or these and what the token already
   * grants.
   *
   * Clients built on version 1 of the SDK request exactly what the challenge names, and lose other
   * grants with "required".
   *
   * @default "required"
   */
  challengeScopes: z.enum(["required", "granted+required"]).default("required"),
  /**
   * Scopes in the first challenge (401): what a client needs to begin. Must cover `required`.
   *
   * Clients request exactly these, and step up for the rest. Name few, and none that implies
   * others.
   *
   * @default `required`; without it, the fewest scopes that open a tool and imply no others; else `supported`
   */
  initial: texts.optional(),
  /** What a scope allows, in a sentence, for documentation and tools. */
  descriptions: z.record(z.string()).optional(),
  /** `scopes_supported` of the metadata document. @default every scope that `required` and the rules name */
  supported: texts.optional(),
  /**
   * Decides what scopes cannot express: claims, roles, tenant, arguments. See {@link Authorize}.
   *
   * @default everything that the scopes allow
   */
  authorize: aFunction<Authorize>().optional(),
  /** What may be used without a token, or with any. @default nothing */
  anonymous: anonymous.optional(),
  /** How strongly the user must have authenticated (RFC 9470); all that match apply together. */
  authentication: authentication.optional(),
};

/** Who may do what. */
export interface ScopeOptions extends Input<typeof scopesShape> {}
export interface ScopeSettings extends Output<typeof scopesShape> {}
export const scopeOptions: Schema<ScopeOptions, ScopeSettings> = z.object(scopesShape).strict();
