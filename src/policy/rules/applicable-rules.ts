import type { AccessToken } from "../../core/access-token.js";
import {
  checkAuthenticationRequirement,
  strictest,
  type AuthenticationRequirement,
} from "../authentication-strength.js";
import type { Operation, OperationTarget } from "../../messages/operation.js";
import {
  compileRules,
  isProtecting,
  KNOWN_METHODS,
  type NameRules,
  type PolicyRules,
  type RuleDemands,
} from "./policy-rules.js";
import type { Rule } from "./rule-set.js";
import type { Authorize, PolicyOptions } from "../scope-options.js";
import {
  compileRequirement,
  isDemanding,
  namedScopes,
  type CompiledRequirement,
  type ScopeRequirement,
} from "../scope-requirement.js";

/**
 * What the class behind a tool, resource or prompt asks for (`scopes = [...]`),
 * if it asks. Called for every decision; must be a look-up.
 */
export type ClassScopes = (target: OperationTarget) => ScopeRequirement | undefined;

/**
 * Functions of the class behind a tool that decide about its calls (`canUse`). Called for every
 * decision; must be a look-up.
 */
export type ClassGuards = (target: OperationTarget) => readonly Authorize[];

/** What every client needs to connect. Clients of both eras discover first, and initialize after that failed. */
const LIFECYCLE: ReadonlySet<string> = new Set(["server/discover", "initialize", "ping"]);

/** What anonymous clients need to reach the public part. Notifications that make the server act are not in it. */
const STRANGERS_METHODS: ReadonlySet<string> = new Set([
  ...LIFECYCLE,
  ...["notifications/initialized", "notifications/cancelled", "notifications/progress"],
]);

/** Methods that a public tool, resource or prompt opens with it. */
const USES: ReadonlySet<string> = new Set([
  ...["tools/call", "resources/read", "prompts/get", "completion/complete"],
]);

/** List methods, and what they list. */
export const LISTS: ReadonlyMap<string, "tool" | "resource" | "prompt"> = new Map([
  ["tools/list", "tool"],
  ["resources/list", "resource"],
  ["resources/templates/list", "resource"],
  ["prompts/list", "prompt"],
]);

/** Method that uses a thing of each kind. */
export const USE_METHODS = {
  tool: "tools/call",
  resource: "resources/read",
  prompt: "prompts/get",
} as const;

/** What an operation, or several, must fulfil. */
export interface Needs {
  readonly scopes: readonly CompiledRequirement[];
  readonly authentication: AuthenticationRequirement | undefined;
}

type MutableNeeds = { scopes: CompiledRequirement[]; authentication: Needs["authentication"] };

/**
 * Which rules hold for an operation, and whether it is public. All rules that
 * match add up; whether a token fulfils them is not asked here.
 *
 * @throws ConfigurationError in the constructor, naming the option
 */
export class ApplicableRules {
  readonly required: CompiledRequirement;
  /** Something may be done without a token. */
  readonly hasPublicPart: boolean;
  /** Every scope in the options, in order. */
  readonly namedScopes: readonly string[];
  readonly #requiredAuthentication: AuthenticationRequirement | undefined;
  readonly #rules: PolicyRules;
  readonly #classScopes: ClassScopes | undefined;
  readonly #compiledClassScopes = new WeakMap<object, CompiledRequirement>();

  /** @param path name of the whole option, for messages */
  constructor(
    options: PolicyOptions,
    classScopes: ClassScopes | undefined,
    path: string,
    private readonly guardsOf: ClassGuards,
  ) {
    const strength = options.authentication?.required;
    this.required = compileRequirement(options.required ?? [], `${path}.required`);
    this.#requiredAuthentication =
      strength && checkAuthenticationRequirement(strength, `${path}.authentication.required`);
    this.#rules = compileRules(options, path);
    this.#classScopes = classScopes;
    const { method, tool, resource, prompt } = this.#rules;
    const kinds = [method, tool, resource, prompt];
    this.hasPublicPart = kinds.some(({ publicNames }) => publicNames.rules.length > 0);
    const requirements = kinds.flatMap(({ protections }) =>
      protections.rules.flatMap(({ value }) => value.scopes ?? []),
    );
    this.namedScopes = unique([this.required, ...requirements].flatMap(namedScopes));
  }

  /**
   * Every distinct operation: the methods that clients request, and the use of each
   * tool, resource and prompt that a rule or `targets` names. A pattern is one operation.
   */
  operations(targets: Iterable<OperationTarget>): Operation[] {
    const all = [...targets];
    const patterns = ({ protections, publicNames }: NameRules) =>
      [...protections.rules, ...publicNames.rules].map(({ pattern }) => pattern);
    const methods = [
      ...[...KNOWN_METHODS].filter((method) => !method.startsWith("notifications/")),
      ...patterns(this.#rules.method)
        .filter((pattern) => ![...KNOWN_METHODS].some((method) => pattern.matches(method)))
        .map(({ source }) => source),
    ];
    const uses = (["tool", "resource", "prompt"] as const).flatMap((type) => {
      const named = all.filter((target) => target.type === type).map(({ name }) => name);
      const ruled = patterns(this.#rules[type]).map(({ source }) => source);
      return unique([...named, ...ruled]).map((name) => ({
        kind: "request" as const,
        method: USE_METHODS[type],
        target: { type, name },
      }));
    });
    return [...unique(methods).map((method) => ({ kind: "request" as const, method })), ...uses];
  }

  /** All that `operations` must fulfil; for none of them, what every request must. */
  needsOf(operations: readonly Operation[]): Needs {
    const needs: MutableNeeds = {
      scopes: [this.required],
      authentication: this.#requiredAuthentication,
    };
    for (const operation of operations) this.#addNeeds(needs, operation);
    return needs;
  }

  #addNeeds(needs: MutableNeeds, { method, target }: Operation): void {
    if (method === undefined) return;
    addRules(needs, this.methodRules(method));
    if (target === undefined || target.type === "task") return;
    const alsoNeeds = alsoNeededMethod(method, target);
    if (alsoNeeds !== undefined) addRules(needs, this.methodRules(alsoNeeds));
    addRules(needs, this.#rules[target.type].protections.match(target.name));
    const ofClass = this.scopesOfClass(target);
    if (ofClass !== undefined) needs.scopes.push(ofClass);
  }

  /** The rules under `operations` that hold for a method. */
  methodRules(method: string): readonly Rule<RuleDemands>[] {
    const rules = this.#rules.method.protections.match(method);
    if (!isLifecycle(method)) return rules;
    return rules.filter(({ pattern }) => !pattern.source.startsWith("*"));
  }

  /** @throws ConfigurationError when the class asks for something malformed */
  scopesOfClass(target: OperationTarget): CompiledRequirement | undefined {
    const requirement = this.#classScopes?.(target);
    if (requirement === undefined) return undefined;
    let compiled = this.#compiledClassScopes.get(requirement);
    if (compiled === undefined) {
      compiled = compileRequirement(requirement, `scopes of ${target.type} ${target.name}`);
      this.#compiledClassScopes.set(requirement, compiled);
    }
    return compiled;
  }

  /** Whether no token, or any token, is enough. */
  isPublic(operation: Operation, token: AccessToken | undefined): boolean {
    const { method, target } = operation;
    if (!this.hasPublicPart || method === undefined) return false;
    // A task outlives its request and belongs to a principal; an anonymous client has none.
    if (operation.isTask && token === undefined) return false;
    if (target === undefined || target.type === "task") return this.#isPublicMethod(method);

    const rules = this.#rules[target.type];
    const ofClass = this.scopesOfClass(target);
    if (ofClass !== undefined && isDemanding(ofClass)) return false;
    // It decides about a token.
    if (this.guardsOf(target).length > 0) return false;
    if (USES.has(method) && isPublicName(rules, target.name)) return true;
    return (
      isPublicName(this.#rules.method, method) &&
      !rules.protections.match(target.name).some(({ value }) => isProtecting(value))
    );
  }

  #isPublicMethod(method: string): boolean {
    if (isPublicName(this.#rules.method, method)) return true;
    const listed = LISTS.get(method);
    if (listed !== undefined) return this.#rules[listed].publicNames.rules.length > 0;
    return (
      STRANGERS_METHODS.has(method) &&
      !this.methodRules(method).some(({ value }) => isProtecting(value))
    );
  }
}

function isLifecycle(method: string): boolean {
  return LIFECYCLE.has(method) || method.startsWith("notifications/");
}

/** Watching or completing something tells about it what reading it would. */
function alsoNeededMethod(method: string, target: OperationTarget): string | undefined {
  if (method === "resources/subscribe") return "resources/read";
  if (method !== "completion/complete") return undefined;
  return target.type === "prompt" ? "prompts/get" : "resources/read";
}

/** A name spelled out, or a pattern where no rule of its own protects the name. */
function isPublicName({ publicNames, protections }: NameRules, name: string): boolean {
  const matches = publicNames.match(name);
  if (matches.length === 0) return false;
  if (matches.some(({ pattern }) => pattern.isLiteral)) return true;
  return !protections
    .match(name)
    .some(({ pattern, value }) => !pattern.isCatchAll && isProtecting(value));
}

function addRules(needs: MutableNeeds, rules: readonly Rule<RuleDemands>[]): void {
  for (const { value } of rules) {
    if (value.scopes !== undefined) needs.scopes.push(value.scopes);
    if (value.authentication === undefined) continue;
    needs.authentication =
      needs.authentication === undefined
        ? value.authentication
        : strictest(needs.authentication, value.authentication);
  }
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
