import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { AccessToken } from "../../../src/core/access-token.js";
import { ConfigurationError, OAuthError } from "../../../src/core/errors.js";
import { filterList } from "../../../src/policy/list-filter.js";
import { parseOperations } from "../../../src/messages/operation.js";
import type { PolicyOptions } from "../../../src/policy/scope-options.js";
import { ScopePolicy } from "../../../src/policy/scope-policy.js";

/*
 * Random policies, tokens and bodies, decided twice: by the policy, and by an
 * evaluator that is too slow and too simple to be wrong in the same way.
 */

type Simple = (string | { anyOf: string[] })[];
type SimpleRules = Record<string, Simple>;
interface SimpleOptions {
  required: Simple;
  operations: SimpleRules;
  tools: SimpleRules;
  resources: SimpleRules;
  prompts: SimpleRules;
  implies: Record<string, string[]>;
  anonymous: { methods: string[]; tools: string[]; resources: string[]; prompts: string[] };
}
interface Message {
  id?: number;
  method?: string;
  params?: { name?: string; uri?: string; task?: object; ref?: Record<string, string> };
}

const SCOPES = ["a", "b", "c", "d"];
// The Cyrillic look-alike, the other case and the inherited name are other names.
const NAMES = ["del", "del-x", "d\u0435l-x", "Del-x", "get", "constructor", "__proto__"];
const URIS = ["f://a", "f://a/b", "f://{x}", "g://a", "f://"];
const NAME_KEYS = ["*", "del*", "*-x", "del-x", "get"];
const URI_KEYS = ["*", "f://*", "f://{x}", "f://a", "g://a"];
const METHODS = [
  ...["tools/call", "tools/list", "resources/read", "resources/subscribe", "prompts/get"],
  ...["completion/complete", "initialize", "ping", "notifications/initialized", "tasks/list"],
];
const METHOD_KEYS = ["*", "tools/*", "*/list", "ini*", ...METHODS];

// -- the reference

function regexOf(key: string, isUri: boolean): RegExp {
  const source = key
    .split(isUri ? /(\*|\{x\})/ : /(\*)/)
    .map((part) => (part === "*" ? ".*" : isUri && part === "{x}" ? "[^/]*" : part))
    .join("");
  return new RegExp(`^${source.replace("f://", "f:\\/\\/")}$`, "s");
}

function holds(scope: string, granted: string[], implies: Record<string, string[]>): boolean {
  if (granted.includes(scope)) return true;
  return Object.entries(implies).some(
    ([broader, narrower]) => narrower.includes(scope) && holds(broader, granted, implies),
  );
}

const fulfils = (need: Simple, granted: string[], implies: Record<string, string[]>): boolean =>
  need.every((term) =>
    typeof term === "string"
      ? holds(term, granted, implies)
      : term.anyOf.some((scope) => holds(scope, granted, implies)),
  );

const isLifecycle = (method: string): boolean =>
  /^(initialize$|ping$|notifications\/)/.test(method);

function targetOf({
  method,
  params,
}: Message): ["tools" | "resources" | "prompts", string] | [undefined, ""] {
  if (method === "tools/call") return ["tools", params?.name ?? ""];
  if (method === "prompts/get") return ["prompts", params?.name ?? ""];
  if (method?.startsWith("resources/")) return ["resources", params?.uri ?? ""];
  const ref = params?.ref;
  if (method !== "completion/complete" || ref === undefined) return [undefined, ""];
  return ref["type"] === "ref/prompt"
    ? ["prompts", ref["name"] ?? ""]
    : ["resources", ref["uri"] ?? ""];
}

function methodKeys(options: SimpleOptions, method: string): string[] {
  return Object.keys(options.operations).filter(
    (key) => regexOf(key, false).test(method) && !(isLifecycle(method) && key.startsWith("*")),
  );
}

function nameKeys(rules: SimpleRules, kind: string, name: string): string[] {
  return Object.keys(rules).filter((key) => regexOf(key, kind === "resources").test(name));
}

function isOpenName(
  list: string[],
  ruleKeys: string[],
  rules: SimpleRules,
  kind: string,
  name: string,
) {
  const isPattern = (key: string): boolean =>
    key.includes("*") || (kind === "resources" && key.includes("{"));
  const matching = list.filter((key) => regexOf(key, kind === "resources").test(name));
  if (matching.some((key) => !isPattern(key))) return true;
  return (
    matching.length > 0 && !ruleKeys.some((key) => key !== "*" && (rules[key]?.length ?? 0) > 0)
  );
}

function isOpen(options: SimpleOptions, message: Message, stranger: boolean): boolean {
  const { anonymous } = options;
  const { method, params } = message;
  const anything = Object.values(anonymous).some((list: string[]) => list.length > 0);
  if (!anything || method === undefined) return false;
  if (stranger && method === "tools/call" && params?.task !== undefined) return false;
  const keys = methodKeys(options, method);
  const byMethod = isOpenName(anonymous.methods, keys, options.operations, "methods", method);
  const [kind, name] = targetOf(message);
  if (kind === undefined) {
    if (byMethod) return true;
    if (method === "tools/list") return anonymous.tools.length > 0;
    return isLifecycle(method) && !keys.some((key) => (options.operations[key]?.length ?? 0) > 0);
  }
  const rules = options[kind];
  const own = nameKeys(rules, kind, name);
  const byName = isOpenName(anonymous[kind], own, rules, kind, name);
  if (byName && method !== "resources/subscribe") return true;
  return byMethod && own.every((key) => rules[key]?.length === 0);
}

function mayDo(options: SimpleOptions, message: Message, granted: string[] | undefined): boolean {
  if (isOpen(options, message, granted === undefined)) return true;
  if (granted === undefined) return false;
  const needs = [options.required];
  const { method } = message;
  const [kind, name] = targetOf(message);
  const methods = method === undefined ? [] : [method];
  if (method === "resources/subscribe") methods.push("resources/read");
  if (method === "completion/complete") {
    methods.push(kind === "prompts" ? "prompts/get" : "resources/read");
  }
  for (const one of methods) {
    for (const key of methodKeys(options, one)) needs.push(options.operations[key] ?? []);
  }
  if (kind !== undefined) {
    for (const key of nameKeys(options[kind], kind, name)) needs.push(options[kind][key] ?? []);
  }
  return needs.every((need) => fulfils(need, granted, options.implies));
}

// -- what is generated

const scope = fc.constantFrom(...SCOPES);
const requirement = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: scope },
    { weight: 1, arbitrary: fc.record({ anyOf: fc.array(scope, { minLength: 1, maxLength: 2 }) }) },
  ),
  { maxLength: 2 },
);
const rules = (keys: string[]) =>
  fc.dictionary(fc.constantFrom(...keys), requirement, { maxKeys: 3, noNullPrototype: true });
const someOf = (keys: string[]) =>
  fc.oneof(fc.constant<string[]>([]), fc.uniqueArray(fc.constantFrom(...keys), { maxLength: 2 }));
const implies = fc.constantFrom<Record<string, string[]>>(
  {},
  { a: ["b"] },
  { a: ["b", "c"], b: ["d"] },
  { d: ["c"], c: ["b"] },
);
const policies: fc.Arbitrary<SimpleOptions> = fc.record({
  required: fc.oneof(fc.constant<Simple>([]), requirement),
  operations: rules(METHOD_KEYS),
  tools: rules(NAME_KEYS),
  resources: rules(URI_KEYS),
  prompts: rules(NAME_KEYS),
  implies,
  anonymous: fc.record({
    methods: someOf(METHOD_KEYS),
    tools: someOf(NAME_KEYS),
    resources: someOf(URI_KEYS),
    prompts: someOf(NAME_KEYS),
  }),
});
const grants = fc.option(fc.uniqueArray(scope), { nil: undefined });
const uri = fc.constantFrom(...URIS);
const name = fc.constantFrom(...NAMES);
const messages: fc.Arbitrary<Message> = fc.oneof(
  fc
    .tuple(fc.constantFrom(...METHODS), name, uri, fc.boolean(), fc.boolean(), fc.boolean())
    .map(([method, byName, byUri, isPrompt, isTask, isNotification]) => ({
      jsonrpc: "2.0",
      ...(!isNotification && { id: 1 }),
      method,
      params: {
        name: byName,
        uri: byUri,
        ref: isPrompt ? { type: "ref/prompt", name: byName } : { type: "ref/resource", uri: byUri },
        ...(isTask && { task: {} }),
      },
    })),
  fc.constant({ jsonrpc: "2.0", id: 1, result: {} }),
);

const tokenOf = (scopes: string[] | undefined): AccessToken | undefined =>
  scopes && { audience: [], scopes, claims: {} };

/** `undefined` for options that contradict themselves. */
function policyOf(options: SimpleOptions, more: PolicyOptions = {}): ScopePolicy | undefined {
  try {
    return new ScopePolicy({ ...options, ...more });
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return undefined;
  }
}

describe("ScopePolicy under fuzz", () => {
  it("allows exactly what a naive evaluator allows", () => {
    const seen = { allowed: 0, refused: 0 };
    const batches = fc.array(messages, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(
        policies,
        grants,
        fc.array(batches, { maxLength: 4 }),
        (options, granted, all) => {
          const policy = policyOf(options);
          if (policy === undefined) return;
          // One policy decides several bodies, so that its memos are in play.
          for (const batch of all) {
            const decision = policy.decide(tokenOf(granted), parseOperations(batch));
            const expected = batch.every((message) => mayDo(options, message, granted));
            expect(decision).toMatchObject({ allowed: expected });
            seen[expected ? "allowed" : "refused"]++;
          }
        },
      ),
      { numRuns: 2000 },
    );
    expect(Math.min(seen.allowed, seen.refused)).toBeGreaterThan(300);
  });

  it("never takes a right away when a scope is added", () => {
    fc.assert(
      fc.property(
        policies,
        fc.array(scope),
        scope,
        messages,
        (options, granted, added, message) => {
          const policy = policyOf(options);
          const operations = parseOperations(message);
          const before = policy?.decide(tokenOf(granted), operations);
          if (before === undefined || !("allowed" in before) || !before.allowed) return;
          expect(policy?.decide(tokenOf([...granted, added]), operations)).toEqual(before);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("never allows an anonymous client more than a token without scopes", () => {
    fc.assert(
      fc.property(policies, messages, (options, message) => {
        const policy = policyOf(options);
        const operations = parseOperations(message);
        const stranger = policy?.decide(undefined, operations);
        if (stranger === undefined || !("allowed" in stranger) || !stranger.allowed) return;
        expect(policy?.decide(tokenOf([]), operations)).toEqual(stranger);
      }),
      { numRuns: 1000 },
    );
  });

  it("is content with a token for just what its challenge named (mcp-single-challenge)", () => {
    let stepped = 0;
    fc.assert(
      fc.property(
        policies,
        fc.array(scope),
        fc.array(messages, { minLength: 1, maxLength: 3 }),
        fc.constantFrom("required" as const, "granted+required" as const),
        (options, granted, batch, challengeScopes) => {
          const policy = policyOf(options, { challengeScopes });
          const operations = parseOperations(batch);
          const first = policy?.decide(tokenOf(granted), operations);
          if (first === undefined || !("allowed" in first) || first.allowed) return;
          expect(first.error).toMatchObject({ status: 403 });
          expect(first.missing.length).toBeGreaterThan(0);
          const { requiredScopes } = first.error as unknown as { requiredScopes: string[] };
          expect(policy?.decide(tokenOf(requiredScopes), operations)).toEqual({ allowed: true });
          if (challengeScopes === "granted+required") {
            expect(requiredScopes).toEqual(expect.arrayContaining(granted));
          }
          stepped++;
        },
      ),
      { numRuns: 1000 },
    );
    expect(stepped).toBeGreaterThan(100);
  });

  it("lists exactly what may be called", () => {
    const result = { tools: NAMES.map((one) => ({ name: one })), nextCursor: "x" };
    fc.assert(
      fc.property(policies, grants, (options, granted) => {
        const policy = policyOf(options);
        if (policy === undefined) return;
        const visible = filterList("tools/list", result, tokenOf(granted), policy);
        const callable = result.tools.filter((one) => {
          const message = { method: "tools/call", params: one };
          return mayDo(options, message, granted);
        });
        expect(visible).toEqual({ tools: callable, nextCursor: "x" });
      }),
      { numRuns: 500 },
    );
  });

  it("never throws for any body, and never allows one that it could not parse", () => {
    const policy = new ScopePolicy({ required: ["a"], tools: { "*": ["b"] } });
    const junk = fc.oneof(
      fc.jsonValue({ maxDepth: 5 }),
      fc.array(fc.array(messages)),
      messages.chain((message) =>
        fc
          .tuple(
            fc.constantFrom("jsonrpc", "id", "method", "params", "result", "error"),
            fc.jsonValue(),
          )
          .map(([member, value]) => ({ ...message, [member]: value })),
      ),
    );
    fc.assert(
      fc.property(junk, (body) => {
        let operations;
        try {
          operations = parseOperations(body);
        } catch (error) {
          expect(error).toBeInstanceOf(OAuthError);
          return;
        }
        expect(policy.decide(tokenOf(["b"]), operations)).toMatchObject({ allowed: false });
        expect(policy.decide(undefined, operations)).toMatchObject({ allowed: false });
      }),
      { numRuns: 1000 },
    );
  });
});
