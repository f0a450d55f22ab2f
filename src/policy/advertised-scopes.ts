import type { AccessToken } from "../core/access-token.js";
import { ConfigurationError, InsufficientScopeError } from "../core/errors.js";
import type { OperationTarget } from "../messages/operation.js";
import { USE_METHODS, type ApplicableRules } from "./rules/applicable-rules.js";
import type { ScopeGraph, ScopeGrant } from "./scope-graph.js";
import type { PolicyOptions } from "./scope-options.js";
import { missingScopes, namedScopes, narrowestScopes, neededScopes } from "./scope-requirement.js";
import { checkScope, isScopeToken } from "./scope-token.js";

const LIST_METHODS = {
  tool: "tools/list",
  resource: "resources/list",
  prompt: "prompts/list",
} as const;

/** Scopes that speak about the user and not about this server. */
const IDENTITY_SCOPES = new Set(["openid", "profile", "email", "address", "phone"]);
const NO_SCOPES: ScopeGrant = new Set<string>();
/** Bounds the challenge: a header beyond a few kilobytes is refused by clients and proxies. */
const MAX_GRANTED_IN_CHALLENGE = 50;

/** The scopes that metadata and challenges name. */
export class AdvertisedScopes {
  readonly #rules: ApplicableRules;
  readonly #graph: ScopeGraph;
  readonly #keepsGranted: boolean;
  readonly #initial: readonly string[] | undefined;
  /** Published beside the scopes of the rules, or instead of them. */
  readonly #published: readonly string[];
  readonly #isComplete: boolean;
  readonly #order: ReadonlyMap<string, number>;

  /** @param path of the options in messages */
  constructor(options: PolicyOptions, rules: ApplicableRules, graph: ScopeGraph, path: string) {
    const { initial, supported = [], descriptions = {} } = options;
    this.#rules = rules;
    this.#graph = graph;
    this.#keepsGranted = options.challengeScopes === "granted+required";
    this.#isComplete = "only" in supported;
    const [listed, at, described] =
      "only" in supported
        ? [supported.only, ".only", []]
        : [supported, "", Object.keys(descriptions)];
    this.#published = [
      ...described,
      ...listed.map((scope, index) => checkScope(scope, `${path}.supported${at}[${index}]`)),
    ];
    this.#initial = initial?.map((scope, index) => checkScope(scope, `${path}.initial[${index}]`));
    this.#checkInitial(path);
    this.#order = new Map(rules.namedScopes.map((scope, index) => [scope, index]));
  }

  /** A first token with which nothing works would send every client round twice. */
  #checkInitial(path: string): void {
    if (this.#initial === undefined) return;
    const missing = missingScopes(this.#rules.required, this.#graph.grant(this.#initial));
    if (this.#initial.length > 0 && missing.length === 0) return;
    throw new ConfigurationError(
      "ERR_OAUTH_SCOPE",
      this.#initial.length === 0
        ? `${path}.initial is empty; name the scopes that clients begin with, or leave it out.`
        : `${path}.initial lacks ${missing.join(" ")}, which ${path}.required asks of every request; add it.`,
    );
  }

  /**
   * `scopes_supported` (RFC 9728 §2): every scope that the rules name, `required`
   * first, then those with a description and those of `supported`; or only the latter.
   * Scopes that only imply others are left out: some clients ask for everything that is listed.
   *
   * @param targets whose classes may ask for scopes of their own
   * @throws ConfigurationError when such a class asks for something malformed
   */
  scopesSupported(targets: Iterable<OperationTarget>): readonly string[] {
    if (this.#isComplete) return this.#published;
    const ofClasses = [...targets].flatMap((target) => {
      const requirement = this.#rules.scopesOfClass(target);
      return requirement === undefined ? [] : namedScopes(requirement);
    });
    return unique([...this.#rules.namedScopes, ...ofClasses, ...this.#published]);
  }

  /**
   * Scopes for the 401 challenge (`mcp-challenge-scope`): `initial`, else
   * `required`, else the fewest that open a tool (on a server without tools, a
   * resource or a prompt) and imply no others, else `scopesSupported`.
   *
   * A client starts with what it surely needs and steps up for the rest. It is
   * always told something: without a scope in the challenge, clients ask for
   * everything that the metadata lists.
   *
   * @param targets what the server has
   * @throws ConfigurationError when a class asks for something malformed
   */
  challengeScope(targets: Iterable<OperationTarget>): readonly string[] {
    if (this.#initial !== undefined) return this.#initial;
    const required = neededScopes(this.#rules.required, NO_SCOPES);
    if (required.length > 0) return required;
    const all = [...targets];
    return this.#scopesToBegin(all) ?? this.scopesSupported(all);
  }

  #scopesToBegin(targets: readonly OperationTarget[]): readonly string[] | undefined {
    const tools = targets.filter(({ type }) => type === "tool");
    const ways = (tools.length > 0 ? tools : targets).flatMap((target) => {
      if (target.type === "task") return [];
      const needs = [
        { kind: "request", method: LIST_METHODS[target.type] } as const,
        { kind: "request", method: USE_METHODS[target.type], target } as const,
      ].filter((operation) => !this.#rules.isPublic(operation, undefined));
      const requirement = { kind: "all", terms: this.#rules.needsOf(needs).scopes } as const;
      return [narrowestScopes(requirement, (scope) => this.#graph.impliesOthers(scope)) ?? []];
    });
    const sets = new Map(ways.map((way) => [this.inOrder(way).join(" "), way]));
    const opened = (set: readonly string[]) =>
      ways.filter((way) => way.every((scope) => set.includes(scope))).length;
    const [best] = [...sets.values()]
      .filter((set) => set.length > 0)
      .map((set) => ({ set, opened: opened(set) }))
      .sort((a, b) => a.set.length - b.set.length || b.opened - a.opened);
    return best && this.inOrder(best.set);
  }

  /** The error for a token that lacks some of the `needed` scopes, as the challenge names them. */
  scopeError(
    token: Pick<AccessToken, "scopes">,
    needed: readonly string[],
  ): InsufficientScopeError {
    const kept = this.#keepsGranted ? this.#keptScopes(token.scopes, needed) : [];
    return new InsufficientScopeError("scope_insufficient", this.inOrder([...needed, ...kept]));
  }

  #keptScopes(granted: readonly string[], needed: readonly string[]): string[] {
    return this.inOrder(
      granted.filter(
        (scope) =>
          isScopeToken(scope) &&
          scope !== "offline_access" &&
          !IDENTITY_SCOPES.has(scope) &&
          !needed.includes(scope),
      ),
    ).slice(0, MAX_GRANTED_IN_CHALLENGE);
  }

  /** Once each, as the policy names them, then the others by code unit: one cause, one text. */
  inOrder(scopes: readonly string[]): string[] {
    const place = (scope: string): number => this.#order.get(scope) ?? this.#order.size;
    return unique(scopes).sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
  }
}

function unique(scopes: readonly string[]): string[] {
  return [...new Set(scopes)];
}
