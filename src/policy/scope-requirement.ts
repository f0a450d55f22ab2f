import { ConfigurationError } from "../core/errors.js";
import type { ScopeGrant } from "./scope-graph.js";
import { checkScope } from "./scope-token.js";

/** One of these is enough. Must not be empty. The first is what a challenge asks for. */
interface AnyOf {
  readonly anyOf: readonly ScopeTerm[];
}

/** All of these are needed. */
interface AllOf {
  readonly allOf: readonly ScopeTerm[];
}

/** One scope, or several of which any or all are needed. */
export type ScopeTerm = string | AnyOf | AllOf;

/**
 * Scopes that something needs. A list means all of it; an empty list, nothing.
 *
 * @example ["mcp:tools", { anyOf: ["files:write", "files:admin"] }]
 */
export type ScopeRequirement = readonly ScopeTerm[] | AnyOf | AllOf;

/** A checked {@link ScopeRequirement}. */
export type CompiledRequirement =
  | { readonly kind: "scope"; readonly scope: string }
  | { readonly kind: "all" | "any"; readonly terms: readonly CompiledRequirement[] };

/**
 * Checks a requirement's shape and scopes, once, at start-up.
 *
 * @param path Path in the options, for the message.
 * @throws ConfigurationError
 */
export function compileRequirement(requirement: unknown, path: string): CompiledRequirement {
  if (Array.isArray(requirement)) return { kind: "all", terms: compileTerms(requirement, path) };
  if (typeof requirement === "object" && requirement !== null) {
    const [member, ...others] = Object.keys(requirement);
    const list = (requirement as Record<string, unknown>)[member ?? ""];
    if (others.length === 0 && Array.isArray(list)) {
      if (member === "allOf") return { kind: "all", terms: compileTerms(list, `${path}.allOf`) };
      // An empty choice can be read as "nothing needed" or as "never": refuse to guess.
      if (member === "anyOf" && list.length > 0) {
        return { kind: "any", terms: compileTerms(list, `${path}.anyOf`) };
      }
    }
  }
  throw new ConfigurationError(
    "ERR_OAUTH_SCOPE_REQUIREMENT",
    `${path} must be a list of scopes, { anyOf: [at least one] } or { allOf: [...] }.`,
  );
}

function compileTerms(terms: readonly unknown[], path: string): CompiledRequirement[] {
  return Array.from(terms, (term, index) => {
    const at = `${path}[${index}]`;
    if (typeof term === "object" && term !== null && !Array.isArray(term)) {
      return compileRequirement(term, at);
    }
    return { kind: "scope", scope: checkScope(term, at) };
  });
}

/**
 * Scopes to add to `grant` so that it fulfils the requirement; empty when it
 * does. Where one of several is enough, the first is named.
 *
 * Does not check that the token behind the grant is valid.
 */
export function missingScopes(requirement: CompiledRequirement, grant: ScopeGrant): string[] {
  switch (requirement.kind) {
    case "scope":
      return grant.has(requirement.scope) ? [] : [requirement.scope];
    case "all":
      return unique(requirement.terms.flatMap((term) => missingScopes(term, grant)));
    case "any": {
      const [first, ...others] = requirement.terms.map((term) => missingScopes(term, grant));
      if (first === undefined || others.some((missing) => missing.length === 0)) return [];
      return first;
    }
  }
}

/** Whether `grant` fulfils the requirement. */
export function isFulfilled(requirement: CompiledRequirement, grant: ScopeGrant): boolean {
  switch (requirement.kind) {
    case "scope":
      return grant.has(requirement.scope);
    case "all":
      return requirement.terms.every((term) => isFulfilled(term, grant));
    case "any":
      return requirement.terms.some((term) => isFulfilled(term, grant));
  }
}

/**
 * Every scope of one way to fulfil the requirement, held or not, as plain names
 * (never a broader scope that implies them). Of several ways, the first one
 * that `grant` fulfils, else the first.
 *
 * A challenge names all of these and not just the missing ones: clients ask
 * for exactly what it says, and would lose the rest.
 */
export function neededScopes(requirement: CompiledRequirement, grant: ScopeGrant): string[] {
  switch (requirement.kind) {
    case "scope":
      return [requirement.scope];
    case "all":
      return unique(requirement.terms.flatMap((term) => neededScopes(term, grant)));
    case "any": {
      const held = requirement.terms.find((term) => isFulfilled(term, grant));
      const way = held ?? requirement.terms[0];
      return way === undefined ? [] : neededScopes(way, grant);
    }
  }
}

/**
 * The fewest scopes that fulfil the requirement without any that `isBroad`
 * names; of equal choices, the first. `undefined` where it cannot be done.
 */
export function narrowestScopes(
  requirement: CompiledRequirement,
  isBroad: (scope: string) => boolean,
): string[] | undefined {
  if (requirement.kind === "scope") {
    return isBroad(requirement.scope) ? undefined : [requirement.scope];
  }
  const ways = requirement.terms.map((term) => narrowestScopes(term, isBroad));
  const possible = ways.filter((way) => way !== undefined);
  if (requirement.kind === "any") return possible.sort((a, b) => a.length - b.length)[0];
  return possible.length < ways.length ? undefined : unique(possible.flat());
}

/** Every scope the requirement names, in order. */
export function namedScopes(requirement: CompiledRequirement): string[] {
  if (requirement.kind === "scope") return [requirement.scope];
  return unique(requirement.terms.flatMap(namedScopes));
}

/** The terms of a requirement as an author would write them; all of them are needed. */
export function termsOf(requirement: CompiledRequirement): ScopeTerm[] {
  switch (requirement.kind) {
    case "scope":
      return [requirement.scope];
    case "all":
      return requirement.terms.flatMap(termsOf);
    case "any":
      return [{ anyOf: requirement.terms.map(asOneTerm) }];
  }
}

function asOneTerm(requirement: CompiledRequirement): ScopeTerm {
  const [first, ...others] = termsOf(requirement);
  return first !== undefined && others.length === 0 ? first : { allOf: termsOf(requirement) };
}

/** Whether the requirement asks for anything at all. */
export function isDemanding(requirement: CompiledRequirement): boolean {
  return !isFulfilled(requirement, NOTHING);
}

const NOTHING: ScopeGrant = new Set<string>();

function unique(scopes: readonly string[]): string[] {
  return [...new Set(scopes)];
}
