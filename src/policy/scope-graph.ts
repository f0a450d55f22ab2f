import { ConfigurationError } from "../core/errors.js";
import { checkScope } from "./scope-token.js";

/** Answers whether a scope is held. A `Set` of scopes is one. */
export interface ScopeGrant {
  has(scope: string): boolean;
}

/** Which scopes each scope brings along. */
export type ScopeImplications = Readonly<Record<string, readonly string[]>>;

export interface ScopeGraphOptions {
  /**
   * A granted `files:*` (also after `.` or `/`) counts for every scope that
   * starts with `files:` and goes on. A bare `*` counts for nothing else.
   * @default false: an asterisk is a character like any other
   */
  readonly wildcards?: boolean;
  /** Name of the option in messages. @default "implies" */
  readonly path?: string;
}

const WILDCARD = /^(.*[:./])\*$/;

/**
 * Broader scopes and the narrower ones they imply (`mcp-hierarchy`).
 *
 * Only adds: more scopes never allow less. Does not change
 * challenges, which name the plain scope.
 *
 * @throws ConfigurationError for a cycle, a malformed scope or `offline_access`
 */
export class ScopeGraph {
  readonly #implies = new Map<string, readonly string[]>();
  readonly #wildcards: boolean;
  /** Saves expanding the scopes of a token for every request. */
  readonly #grants = new WeakMap<readonly string[], ScopeGrant>();

  constructor(implies: ScopeImplications = {}, options: ScopeGraphOptions = {}) {
    const path = options.path ?? "implies";
    this.#wildcards = options.wildcards ?? false;
    for (const [scope, narrower] of Object.entries(implies)) {
      const at = `${path}[${JSON.stringify(scope)}]`;
      checkScope(scope, at);
      if (!Array.isArray(narrower)) {
        throw new ConfigurationError("ERR_OAUTH_SCOPE", `${at} must be a list of scopes.`);
      }
      this.#implies.set(
        scope,
        narrower.map((entry, index) => checkScope(entry, `${at}[${index}]`)),
      );
    }
    refuseCycles(this.#implies, path);
  }

  /** `granted` and all that it implies, directly or not. */
  expandScopes(granted: readonly string[]): ReadonlySet<string> {
    const held = new Set<string>();
    const open = [...granted];
    for (let scope = open.pop(); scope !== undefined; scope = open.pop()) {
      if (held.has(scope)) continue;
      held.add(scope);
      open.push(...(this.#implies.get(scope) ?? []));
      const prefix = this.#prefixOf(scope);
      if (prefix === undefined) continue;
      for (const broader of this.#implies.keys()) if (covers(prefix, broader)) open.push(broader);
    }
    return held;
  }

  /** What `granted` amounts to; ask it as often as needed, expansion happens once. */
  grant(granted: readonly string[]): ScopeGrant {
    const known = this.#grants.get(granted);
    if (known !== undefined) return known;
    const grant = this.#expand(granted);
    // Only for a frozen list, which requests with the same token share.
    if (Object.isFrozen(granted)) this.#grants.set(granted, grant);
    return grant;
  }

  #expand(granted: readonly string[]): ScopeGrant {
    const held = this.expandScopes(granted);
    const prefixes = [...held].flatMap((scope) => this.#prefixOf(scope) ?? []);
    if (prefixes.length === 0) return held;
    return {
      has: (scope) => held.has(scope) || prefixes.some((prefix) => covers(prefix, scope)),
    };
  }

  /** Whether `granted` holds every one of `required`, directly or by implication. */
  satisfies(granted: readonly string[], required: readonly string[]): boolean {
    const grant = this.grant(granted);
    return required.every((scope) => grant.has(scope));
  }

  /** Whether `scope` implies other scopes. */
  impliesOthers(scope: string): boolean {
    return (this.#implies.get(scope) ?? []).length > 0 || this.#prefixOf(scope) !== undefined;
  }

  #prefixOf(scope: string): string | undefined {
    return this.#wildcards ? WILDCARD.exec(scope)?.[1] : undefined;
  }
}

function covers(prefix: string, scope: string): boolean {
  return scope.length > prefix.length && scope.startsWith(prefix);
}

function refuseCycles(implies: ReadonlyMap<string, readonly string[]>, path: string): void {
  const done = new Set<string>();
  const visit = (scope: string, trail: readonly string[]): void => {
    if (trail.includes(scope)) {
      const cycle = [...trail.slice(trail.indexOf(scope)), scope].join(" → ");
      throw new ConfigurationError(
        "ERR_OAUTH_SCOPE_CYCLE",
        `${path} goes round in a circle: ${cycle}. Remove one of these.`,
      );
    }
    if (done.has(scope)) return;
    for (const narrower of implies.get(scope) ?? []) visit(narrower, [...trail, scope]);
    done.add(scope);
  };
  for (const scope of implies.keys()) visit(scope, []);
}
