import type { ReasonOf } from "../core/reasons/reasons.js";
import type { AccessToken } from "../core/access-token.js";
import { systemClock, type Clock } from "../core/clock.js";
import {
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
import { AdvertisedScopes } from "./advertised-scopes.js";
import { requirementOf, type OperationRequirement } from "./requirements.js";
import { ScopeGraph, type ScopeGrant } from "./scope-graph.js";
import type { Authorization, Authorize, PolicyOptions } from "./scope-options.js";
import {
  compileRequirement,
  isFulfilled,
  missingScopes,
  neededScopes,
  type ScopeRequirement,
} from "./scope-requirement.js";
import { checkScope } from "./scope-token.js";

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

const NOBODY: readonly Authorize[] = [];

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
  readonly #advertised: AdvertisedScopes;
  readonly #listsAll: boolean;
  readonly #authorize: Authorize | undefined;
  readonly #guardsOf: ClassGuards;
  readonly #clock: Clock;

  constructor(
    options: PolicyOptions = {},
    classScopes?: ClassScopes,
    clock: Clock = systemClock,
    guardsOf: ClassGuards = () => [],
  ) {
    const { implies = {}, wildcards = false, descriptions = {} } = options;
    this.#rules = new ApplicableRules(options, classScopes, PATH, guardsOf);
    this.#guardsOf = guardsOf;
    this.#graph = new ScopeGraph(implies, { wildcards, path: `${PATH}.implies` });
    this.#listsAll = options.lists === "all";
    this.#authorize = options.authorize;
    this.#advertised = new AdvertisedScopes(options, this.#rules, this.#graph, PATH);
    this.descriptions = new Map(
      Object.entries(descriptions).map(([scope, text]) => [
        checkScope(scope, `${PATH}.descriptions[${JSON.stringify(scope)}]`),
        text,
      ]),
    );
    this.#clock = clock;
  }

  /** Everything may be done, also without a token. */
  get isOpen(): boolean {
    return false;
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
    return this.#advertised.scopeError(token, needed);
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

  /** See {@link AdvertisedScopes.scopesSupported}. @throws ConfigurationError */
  scopesSupported(targets: Iterable<OperationTarget> = []): readonly string[] {
    return this.#advertised.scopesSupported(targets);
  }

  /** See {@link AdvertisedScopes.challengeScope}. @throws ConfigurationError */
  challengeScope(targets: Iterable<OperationTarget> = []): readonly string[] {
    return this.#advertised.challengeScope(targets);
  }

  // -- the checks, in their order

  #checkScopes(token: AccessToken, grant: ScopeGrant, needs: Needs): PolicyResult | undefined {
    if (needs.scopes.every((requirement) => isFulfilled(requirement, grant))) return undefined;
    return refuse(
      this.#advertised.scopeError(
        token,
        needs.scopes.flatMap((requirement) => neededScopes(requirement, grant)),
      ),
      this.#advertised.inOrder(
        needs.scopes.flatMap((requirement) => missingScopes(requirement, grant)),
      ),
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
    return refuse(
      this.#advertised.scopeError(token, [...all, ...needed]),
      this.#advertised.inOrder(missing),
    );
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
