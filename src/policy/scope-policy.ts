import type { ReasonOf } from "../core/reasons/reasons.js";
import type { AccessToken } from "../core/access-token.js";
import { systemClock, type Clock } from "../core/clock.js";
import {
  ConfigurationError,
  InsufficientScopeError,
  InsufficientUserAuthenticationError,
  MissingCredentialError,
  OAuthError,
  UnavailableError,
} from "../core/errors.js";
import {
  ApplicableRules,
  LISTS,
  USE_METHODS,
  type ClassGuards,
  type ClassScopes,
  type Needs,
} from "./rules/applicable-rules.js";
import { isStrongEnough } from "./authentication-strength.js";
import type { Operation, OperationTarget } from "../messages/operation.js";
import { requirementOf, type OperationRequirement } from "./requirements.js";
import { ScopeGraph, type ScopeGrant } from "./scope-graph.js";
import type { Authorization, Authorize, PolicyOptions } from "./scope-options.js";
import {
  compileRequirement,
  isFulfilled,
  missingScopes,
  namedScopes,
  narrowestScopes,
  neededScopes,
  type ScopeRequirement,
} from "./scope-requirement.js";
import { checkScope, isScopeToken } from "./scope-token.js";

/** The answer of a policy to one request. */
export type PolicyResult =
  | { readonly allowed: true }
  | {
      readonly allowed: false;
      /** What to answer; its `requiredScopes` is what a challenge names. */
      readonly error: OAuthError;
      /** Scopes that the token lacks, in the order of the policy; for the audit log. */
      readonly missing: readonly string[];
    };

const ALLOWED: PolicyResult = { allowed: true };

/** Path of the options in messages. */
const PATH = "scopes";

const LIST_METHODS = {
  tool: "tools/list",
  resource: "resources/list",
  prompt: "prompts/list",
} as const;

const NOBODY: readonly Authorize[] = [];

/** Scopes that speak about the user and not about this server. */
const IDENTITY_SCOPES = new Set(["openid", "profile", "email", "address", "phone"]);
const NO_SCOPES: ScopeGrant = new Set<string>();
/** Bounds the challenge: a header beyond a few kilobytes is refused by clients and proxies. */
const MAX_GRANTED_IN_CHALLENGE = 50;

/**
 * Decides who may do what, over plain data. Rules only ever add up: the most
 * restrictive reading holds.
 *
 * Does not check that the token is valid, nor who owns a task or a session.
 *
 * @throws ConfigurationError in the constructor, naming the option
 */
export class ScopePolicy {
  /** What a scope allows, in the author's words. */
  readonly descriptions: ReadonlyMap<string, string>;
  readonly #rules: ApplicableRules;
  readonly #graph: ScopeGraph;
  readonly #listsAll: boolean;
  readonly #keepsGranted: boolean;
  readonly #authorize: Authorize | undefined;
  readonly #guardsOf: ClassGuards;
  readonly #initial: readonly string[] | undefined;
  readonly #supported: readonly string[] | undefined;
  readonly #order: ReadonlyMap<string, number>;
  readonly #clock: Clock;

  constructor(
    options: PolicyOptions = {},
    classScopes?: ClassScopes,
    clock: Clock = systemClock,
    guardsOf: ClassGuards = () => [],
  ) {
    const { implies = {}, wildcards = false, supported, descriptions = {} } = options;
    this.#rules = new ApplicableRules(options, classScopes, PATH, guardsOf);
    this.#guardsOf = guardsOf;
    this.#graph = new ScopeGraph(implies, { wildcards, path: `${PATH}.implies` });
    this.#listsAll = options.lists === "all";
    this.#keepsGranted = options.challengeScopes === "granted+required";
    this.#authorize = options.authorize;
    this.#supported = supported?.map((scope, index) =>
      checkScope(scope, `${PATH}.supported[${index}]`),
    );
    this.#initial = options.initial?.map((scope, index) =>
      checkScope(scope, `${PATH}.initial[${index}]`),
    );
    this.#checkInitial();
    this.descriptions = new Map(
      Object.entries(descriptions).map(([scope, text]) => [
        checkScope(scope, `${PATH}.descriptions[${JSON.stringify(scope)}]`),
        text,
      ]),
    );
    this.#order = new Map(this.#rules.namedScopes.map((scope, index) => [scope, index]));
    this.#clock = clock;
  }

  /** A first token with which nothing works would send every client round twice. */
  #checkInitial(): void {
    if (this.#initial === undefined) return;
    const missing = missingScopes(this.#rules.required, this.#graph.grant(this.#initial));
    if (this.#initial.length > 0 && missing.length === 0) return;
    throw new ConfigurationError(
      "ERR_OAUTH_SCOPE",
      this.#initial.length === 0
        ? `${PATH}.initial is empty; name the scopes that clients begin with, or leave it out.`
        : `${PATH}.initial lacks ${missing.join(" ")}, which ${PATH}.required asks of every request; add it.`,
    );
  }

  /** Something may be done without a token. */
  get hasPublicPart(): boolean {
    return this.#rules.hasPublicPart;
  }

  /**
   * Decides a request as a whole: one operation that may not be done refuses
   * all of them, with one error that names what all of them need.
   *
   * @param token `undefined` for an anonymous client; invalid tokens were refused before
   * @param operations from `parseOperations`; none for a GET or DELETE, which need `required`,
   *   or nothing if there is a public part, because anonymous clients have sessions there
   * @returns a promise only where `authorize` is set; never throws or rejects
   */
  decide(
    token: AccessToken | undefined,
    operations: readonly Operation[],
  ): PolicyResult | Promise<PolicyResult> {
    try {
      const open = operations.length === 0 && this.#rules.hasPublicPart;
      const closed = operations.filter((operation) => !this.#rules.isPublic(operation, token));
      if (open || (operations.length > 0 && closed.length === 0)) return ALLOWED;
      if (token === undefined) return refuse(new MissingCredentialError("credential_missing"));

      const needs = this.#rules.needsOf(closed);
      const grant = this.#graph.grant(token.scopes);
      return (
        this.#checkScopes(token, grant, needs) ??
        this.#checkAuthentication(token, needs) ??
        this.#askAuthor(token, grant, needs, closed)
      );
    } catch (error) {
      return refuse(asOAuthError(error, "class_scopes_unreadable"));
    }
  }

  /**
   * Answers, for one token or an anonymous client, which tools, resources and prompts a
   * list may show: those that scopes and `authorize` allow. Authentication that
   * is too weak hides nothing, as the user can strengthen it.
   *
   * @returns `undefined` when the list goes out as it is
   */
  listView(
    method: string,
    token: AccessToken | undefined,
  ): ((name: string) => boolean | Promise<boolean>) | undefined {
    const type = LISTS.get(method);
    if (type === undefined) return undefined;
    const grant = token && this.#graph.grant(token.scopes);
    // A client that may list only the public part sees only that part.
    if (grant !== undefined && this.#listsAll) {
      const { scopes } = this.#rules.needsOf([{ kind: "request", method }]);
      if (scopes.every((requirement) => isFulfilled(requirement, grant))) return undefined;
    }
    const use = USE_METHODS[type];
    return (name) => {
      const operation: Operation = {
        kind: "request",
        method: use,
        target: { type, name },
        params: type === "resource" ? { uri: name } : { name },
        isListing: true,
      };
      try {
        if (this.#rules.isPublic(operation, token)) return true;
        if (token === undefined || grant === undefined) return false;
        const { scopes } = this.#rules.needsOf([operation]);
        if (!scopes.every((requirement) => isFulfilled(requirement, grant))) return false;
        const deciders = this.#decidersOf(operation);
        return deciders.length === 0 || this.#shows(deciders, token, grant, operation);
      } catch {
        return false;
      }
    };
  }

  /**
   * Scopes that `token` lacks for `requirement`, through the hierarchy; empty
   * when it suffices. For checks inside a tool.
   *
   * @throws ConfigurationError for a malformed requirement
   */
  missingScopes(token: Pick<AccessToken, "scopes">, requirement: ScopeRequirement): string[] {
    const compiled = compileRequirement(requirement, "requireScopes");
    return missingScopes(compiled, this.#graph.grant(token.scopes));
  }

  /**
   * The error for a token that lacks `requirement`, with the scopes a challenge
   * names; `undefined` when it suffices. For checks inside a tool.
   *
   * @throws ConfigurationError for a malformed requirement
   */
  insufficientScope(
    token: Pick<AccessToken, "scopes">,
    requirement: ScopeRequirement,
  ): InsufficientScopeError | undefined {
    const compiled = compileRequirement(requirement, "requireScopes");
    const grant = this.#graph.grant(token.scopes);
    if (isFulfilled(compiled, grant)) return undefined;
    const needed = [this.#rules.required, compiled].flatMap((part) => neededScopes(part, grant));
    return this.#scopeError(token, needed);
  }

  /**
   * What each operation requires, as a table.
   *
   * @param targets what the server has
   * @param granted lists only what a token with these scopes may do
   * @throws ConfigurationError when a class asks for something malformed
   */
  requirements(
    targets: Iterable<OperationTarget> = [],
    granted?: readonly string[],
  ): OperationRequirement[] {
    const grant = granted && this.#graph.grant(granted);
    return this.#rules.operations(targets).flatMap((operation) => {
      const isPublic = this.#rules.isPublic(operation, undefined);
      const needs = isPublic ? undefined : this.#rules.needsOf([operation]);
      const isOpen =
        grant === undefined || needs?.scopes.every((scope) => isFulfilled(scope, grant)) !== false;
      return isOpen ? [requirementOf(operation, needs)] : [];
    });
  }

  /**
   * `scopes_supported` (RFC 9728 §2): the option of that name, or every scope
   * that the rules name, `required` first. Scopes that only imply others are
   * left out: some clients ask for everything that is listed.
   *
   * @param targets whose classes may ask for scopes of their own
   * @throws ConfigurationError when such a class asks for something malformed
   */
  scopesSupported(targets: Iterable<OperationTarget> = []): readonly string[] {
    if (this.#supported !== undefined) return this.#supported;
    const ofClasses = [...targets].flatMap((target) => {
      const requirement = this.#rules.scopesOfClass(target);
      return requirement === undefined ? [] : namedScopes(requirement);
    });
    return unique([...this.#rules.namedScopes, ...ofClasses]);
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
  challengeScope(targets: Iterable<OperationTarget> = []): readonly string[] {
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
    const sets = new Map(ways.map((way) => [this.#inOrder(way).join(" "), way]));
    const opened = (set: readonly string[]) =>
      ways.filter((way) => way.every((scope) => set.includes(scope))).length;
    const [best] = [...sets.values()]
      .filter((set) => set.length > 0)
      .map((set) => ({ set, opened: opened(set) }))
      .sort((a, b) => a.set.length - b.set.length || b.opened - a.opened);
    return best && this.#inOrder(best.set);
  }

  // -- the checks, in their order

  #checkScopes(token: AccessToken, grant: ScopeGrant, needs: Needs): PolicyResult | undefined {
    if (needs.scopes.every((requirement) => isFulfilled(requirement, grant))) return undefined;
    return refuse(
      this.#scopeError(
        token,
        needs.scopes.flatMap((requirement) => neededScopes(requirement, grant)),
      ),
      this.#inOrder(needs.scopes.flatMap((requirement) => missingScopes(requirement, grant))),
    );
  }

  #checkAuthentication(token: AccessToken, needs: Needs): PolicyResult | undefined {
    const requirement = needs.authentication;
    if (requirement === undefined || isStrongEnough(token, requirement, this.#clock())) {
      return undefined;
    }
    const { acr = [], maxAge } = requirement;
    return refuse(
      new InsufficientUserAuthenticationError("authentication_insufficient", {
        ...(acr.length > 0 && { acrValues: acr }),
        ...(maxAge !== undefined && { maxAge }),
      }),
    );
  }

  /** The functions of the application that decide about an operation: `authorize`, then `canUse` of its tool. */
  #decidersOf(operation: Operation): readonly Authorize[] {
    const guards = operation.target === undefined ? NOBODY : this.#guardsOf(operation.target);
    return this.#authorize === undefined ? guards : [this.#authorize, ...guards];
  }

  #askAuthor(
    token: AccessToken,
    grant: ScopeGrant,
    needs: Needs,
    operations: readonly Operation[],
  ): PolicyResult | Promise<PolicyResult> {
    // Loops instead of array methods, because this runs for every request.
    const questions: (() => Authorization | Promise<Authorization>)[] = [];
    for (const operation of operations) {
      for (const decide of this.#decidersOf(operation)) {
        questions.push(() => decide(token, operation));
      }
    }
    return questions.length === 0 ? ALLOWED : this.#askAll(questions, token, grant, needs);
  }

  async #askAll(
    questions: readonly (() => Authorization | Promise<Authorization>)[],
    token: AccessToken,
    grant: ScopeGrant,
    needs: Needs,
  ): Promise<PolicyResult> {
    const needed: string[] = [];
    let refused = false;
    try {
      for (const ask of questions) {
        const more = scopesAsked(await ask());
        if (more === undefined) refused = true;
        else needed.push(...more);
      }
    } catch (error) {
      return refuse(asOAuthError(error, "authorize_failed"));
    }
    // Naming scopes would send the client round in circles: none of them helps.
    if (refused) return refuse(new InsufficientScopeError("not_authorized", []));
    const missing = needed.filter((scope) => !grant.has(scope));
    if (missing.length === 0) return ALLOWED;
    const all = needs.scopes.flatMap((requirement) => neededScopes(requirement, grant));
    return refuse(this.#scopeError(token, [...all, ...needed]), this.#inOrder(missing));
  }

  async #shows(
    deciders: readonly Authorize[],
    token: AccessToken,
    grant: ScopeGrant,
    operation: Operation,
  ): Promise<boolean> {
    try {
      for (const decide of deciders) {
        const scopes = scopesAsked(await decide(token, operation));
        if (scopes?.every((scope) => grant.has(scope)) !== true) return false;
      }
      return true;
    } catch {
      return false;
    }
  }

  // -- the challenge

  #scopeError(
    token: Pick<AccessToken, "scopes">,
    needed: readonly string[],
  ): InsufficientScopeError {
    const kept = this.#keepsGranted ? this.#keptScopes(token.scopes, needed) : [];
    return new InsufficientScopeError("scope_insufficient", this.#inOrder([...needed, ...kept]));
  }

  #keptScopes(granted: readonly string[], needed: readonly string[]): string[] {
    return this.#inOrder(
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
  #inOrder(scopes: readonly string[]): string[] {
    const place = (scope: string): number => this.#order.get(scope) ?? this.#order.size;
    return unique(scopes).sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
  }
}

/** Scopes an author's answer asks for; `undefined` when it refuses. Only the documented answers allow. */
function scopesAsked(answer: unknown): readonly string[] | undefined {
  if (answer === true) return [];
  if (typeof answer !== "object" || answer === null) return undefined;
  const { scopes } = answer as { scopes?: unknown };
  if (!Array.isArray(scopes) || scopes.length === 0) return undefined;
  return scopes.map((scope, index) => checkScope(scope, `authorize().scopes[${index}]`));
}

function refuse(error: OAuthError, missing: readonly string[] = []): PolicyResult {
  return { allowed: false, error, missing };
}

function asOAuthError(error: unknown, reason: ReasonOf<503>): OAuthError {
  return error instanceof OAuthError ? error : new UnavailableError(reason, { cause: error });
}

function unique(scopes: readonly string[]): string[] {
  return [...new Set(scopes)];
}
