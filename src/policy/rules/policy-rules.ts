import { ConfigurationError } from "../../core/errors.js";
import {
  checkAuthenticationRequirement,
  type AuthenticationRequirement,
} from "../authentication-strength.js";
import { compileNamePattern, compileUriPattern, type Pattern } from "./pattern.js";
import { RuleSet } from "./rule-set.js";
import type { PublicPart, Rules, PolicyOptions } from "../scope-options.js";
import { compileRequirement, isDemanding, type CompiledRequirement } from "../scope-requirement.js";

/** What one rule asks for. */
export interface RuleDemands {
  readonly scopes?: CompiledRequirement;
  readonly authentication?: AuthenticationRequirement;
}

/** The rules of one kind of name, and which of these names are public. */
export interface NameRules {
  readonly protections: RuleSet<RuleDemands>;
  readonly publicNames: RuleSet<true>;
}

/** The options `operations`, `tools`, `resources` and `prompts`, each with its public names. */
export interface PolicyRules {
  readonly method: NameRules;
  readonly tool: NameRules;
  readonly resource: NameRules;
  readonly prompt: NameRules;
}

type RuleOption = "operations" | "tools" | "resources" | "prompts";
type CompilePattern = (source: string, path: string) => Pattern;

/** Methods of the MCP revisions so far, those that only servers send left out. */
export const KNOWN_METHODS: ReadonlySet<string> = new Set([
  ...["initialize", "ping", "server/discover", "logging/setLevel", "completion/complete"],
  ...["tools/list", "tools/call", "prompts/list", "prompts/get"],
  ...["resources/list", "resources/templates/list", "resources/read"],
  ...["resources/subscribe", "resources/unsubscribe", "subscriptions/listen"],
  ...["tasks/list", "tasks/get", "tasks/result", "tasks/cancel", "tasks/update"],
  ...["notifications/initialized", "notifications/cancelled", "notifications/progress"],
  ...["notifications/roots/list_changed", "notifications/tasks/status"],
]);

/**
 * @param path name of the whole option, for messages
 * @throws ConfigurationError that names the option
 */
export function compileRules(options: PolicyOptions, path: string): PolicyRules {
  const { anonymous = {}, authentication = {} } = options;
  const compileKind = (
    kind: RuleOption,
    publicKind: keyof PublicPart,
    compilePattern: CompilePattern,
  ): NameRules => {
    const byKey = new Map<string, { pattern: Pattern; value: RuleDemands }>();
    for (const [key, requirement] of entries(options[kind], `${path}.${kind}`)) {
      const at = `${path}.${kind}[${JSON.stringify(key)}]`;
      const value = { scopes: compileRequirement(requirement, at) };
      byKey.set(key, { pattern: compilePattern(key, at), value });
    }
    for (const [key, strength] of entries(authentication[kind], `${path}.authentication.${kind}`)) {
      const at = `${path}.authentication.${kind}[${JSON.stringify(key)}]`;
      const { pattern, value } = byKey.get(key) ?? { pattern: compilePattern(key, at), value: {} };
      const checked = checkAuthenticationRequirement(strength, at);
      byKey.set(key, { pattern, value: { ...value, authentication: checked } });
    }
    const at = `${path}.anonymous.${publicKind}`;
    const rules = {
      protections: new RuleSet([...byKey.values()]),
      publicNames: compilePublicNames(anonymous[publicKind], at, compilePattern),
    };
    refuseContradictions(rules, at);
    return rules;
  };
  return {
    method: compileKind("operations", "methods", compileMethodPattern),
    tool: compileKind("tools", "tools", compileNamePattern),
    resource: compileKind("resources", "resources", compileUriPattern),
    prompt: compileKind("prompts", "prompts", compileNamePattern),
  };
}

function compilePublicNames(
  names: unknown = [],
  at: string,
  compilePattern: CompilePattern,
): RuleSet<true> {
  if (!isStringList(names)) {
    throw new ConfigurationError("ERR_OAUTH_PATTERN", `${at} must be a list of names.`);
  }
  return new RuleSet(
    names.map((name, index) => ({ pattern: compilePattern(name, `${at}[${index}]`), value: true })),
  );
}

/** A misspelt method would be a rule that protects nothing, so it is refused. */
function compileMethodPattern(source: string, path: string): Pattern {
  const pattern = compileNamePattern(source, path);
  if (pattern.isLiteral && !KNOWN_METHODS.has(source)) {
    throw new ConfigurationError(
      "ERR_OAUTH_METHOD",
      `${path} is no MCP method a client can call. For a method of your own, end the key with *.`,
    );
  }
  return pattern;
}

function refuseContradictions({ protections, publicNames }: NameRules, at: string): void {
  for (const { pattern } of publicNames.rules) {
    const rule = protections.rules.find((other) => other.pattern.source === pattern.source);
    if (rule !== undefined && isProtecting(rule.value)) {
      throw new ConfigurationError(
        "ERR_OAUTH_ANONYMOUS_CONFLICT",
        `${at} makes ${JSON.stringify(pattern.source)} public, and a rule for the same key protects it. Remove one of them.`,
      );
    }
  }
}

/** Whether the rule asks for anything. */
export function isProtecting(protection: RuleDemands): boolean {
  return (
    protection.authentication !== undefined ||
    (protection.scopes !== undefined && isDemanding(protection.scopes))
  );
}

function entries<T>(rules: Rules<T> | undefined, at: string): [string, T][] {
  if (rules === undefined) return [];
  if (typeof rules !== "object" || rules === null || Array.isArray(rules)) {
    throw new ConfigurationError(
      "ERR_OAUTH_PATTERN",
      `${at} must be an object of names or patterns.`,
    );
  }
  return Object.entries(rules);
}

function isStringList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === "string");
}
