import { describe, expect, it } from "@jest/globals";
import type { AccessToken } from "../../../src/core/access-token.js";
import {
  ConfigurationError,
  InsufficientScopeError,
  InsufficientUserAuthenticationError,
  InvalidTokenError,
  MissingCredentialError,
  UnavailableError,
} from "../../../src/core/errors.js";
import { parseOperations, type Operation } from "../../../src/messages/operation.js";
import type { PolicyOptions } from "../../../src/policy/scope-options.js";
import { ScopePolicy, type PolicyResult } from "../../../src/policy/scope-policy.js";

const NOW = 1_800_000_000;
const token = (scopes: string, fields: Partial<AccessToken> = {}): AccessToken => ({
  subject: "alice",
  audience: [],
  scopes: scopes.split(" ").filter(Boolean),
  claims: {},
  ...fields,
});

const read = (method: string, params?: unknown): Operation[] =>
  parseOperations({ jsonrpc: "2.0", id: 1, method, ...(params !== undefined && { params }) });
const call = (name: string, more: object = {}) => read("tools/call", { name, ...more });
const resource = (uri: string, method = "resources/read") => read(method, { uri });
const prompt = (name: string) => read("prompts/get", { name });
const complete = (type: "prompt" | "resource", name: string) =>
  read("completion/complete", {
    ref: { type: `ref/${type}`, [type === "prompt" ? "name" : "uri"]: name },
  });
const notify = (method: string) => parseOperations({ jsonrpc: "2.0", method });
const answer = parseOperations({ jsonrpc: "2.0", id: 1, result: {} });

/** "ok", or the status and the scopes a challenge names. */
function summary(decision: PolicyResult): string {
  if (decision.allowed) return "ok";
  const { error } = decision;
  const scopes = error instanceof InsufficientScopeError ? error.requiredScopes : [];
  return [error.status, ...scopes].join(" ");
}
const decide = async (
  options: PolicyOptions,
  holder: AccessToken | undefined,
  operations: Operation[],
): Promise<string> =>
  summary(await new ScopePolicy(options, undefined, () => NOW).decide(holder, operations));
const errorOf = async (decision: PolicyResult | Promise<PolicyResult>) => {
  const settled = await decision;
  return settled.allowed ? undefined : settled.error;
};

const STAFF: PolicyOptions = {
  required: ["access"],
  operations: {
    "tools/call": ["tools"],
    "resources/*": ["resources"],
    "prompts/get": ["prompts"],
    "tasks/*": ["tasks"],
  },
  tools: { "delete-*": ["admin"], "delete-user": [{ anyOf: ["users", "root"] }], open: [] },
  resources: { "file://secret/*": ["secret"], "users://{id}": ["users"] },
  prompts: { "internal-*": ["internal"] },
};

const MIXED: PolicyOptions = {
  required: ["access"],
  operations: { "tools/*": ["tools"], "resources/*": ["resources"], "prompts/*": ["prompts"] },
  tools: { "public-secret": ["secret"], "*": ["any"], "pay-*": ["pay"] },
  resources: { "doc://internal/*": ["internal"] },
  anonymous: {
    tools: ["public-*", "weather", "pay-info"],
    resources: ["doc://*"],
    methods: ["logging/*"],
  },
};

describe("ScopePolicy decides", () => {
  // operation × token × policy → status and challenge
  it.each<[string, PolicyOptions, string | undefined, Operation[], string]>([
    ["anything, without options", {}, "", call("x"), "ok"],
    ["an anonymous client, without options", {}, undefined, call("x"), "401"],
    ["an anonymous GET, without options", {}, undefined, [], "401"],

    ["a GET", STAFF, "access", [], "ok"],
    ["a GET without the base scope", STAFF, "tools", [], "403 access"],
    ["initialize with the base scope", STAFF, "access", read("initialize"), "ok"],
    ["initialize without", STAFF, "", read("initialize"), "403 access"],
    ["ping with the base scope", STAFF, "access", read("ping"), "ok"],
    ["a notification", STAFF, "access", notify("notifications/initialized"), "ok"],
    ["a notification without", STAFF, "", notify("notifications/initialized"), "403 access"],
    ["a response", STAFF, "access", answer, "ok"],
    ["a response without", STAFF, "", answer, "403 access"],
    ["an anonymous response", STAFF, undefined, answer, "401"],

    ["a call", STAFF, "access tools", call("echo"), "ok"],
    ["a call without the method's scope", STAFF, "access", call("echo"), "403 access tools"],
    ["a call without the base scope", STAFF, "tools", call("echo"), "403 access tools"],
    ["a call as notification", STAFF, "access", notifyCall("echo"), "403 access tools"],
    ["a call without token", STAFF, undefined, call("echo"), "401"],
    ["a tool's pattern", STAFF, "access tools", call("delete-x"), "403 access tools admin"],
    ["a tool's pattern, held", STAFF, "access tools admin", call("delete-x"), "ok"],
    ["the tool's scope alone", STAFF, "admin", call("delete-x"), "403 access tools admin"],
    [
      "pattern and name together",
      STAFF,
      "access tools admin",
      call("delete-user"),
      "403 access tools admin users",
    ],
    ["the first alternative", STAFF, "access tools admin users", call("delete-user"), "ok"],
    ["the second alternative", STAFF, "access tools admin root", call("delete-user"), "ok"],
    [
      "the alternative that is held is named",
      STAFF,
      "access root",
      call("delete-user"),
      "403 access tools admin root",
    ],
    [
      "a rule that asks for nothing adds nothing",
      STAFF,
      "access",
      call("open"),
      "403 access tools",
    ],
    ["another case is another name", STAFF, "access tools", call("Delete-x"), "ok"],

    ["a resource", STAFF, "access resources", resource("file://a"), "ok"],
    [
      "a resource deep under a pattern",
      STAFF,
      "access resources",
      resource("file://secret/a/b"),
      "403 access resources secret",
    ],
    [
      "subscribing to it",
      STAFF,
      "access resources",
      resource("file://secret/a", "resources/subscribe"),
      "403 access resources secret",
    ],
    [
      "completing it",
      STAFF,
      "access resources",
      complete("resource", "file://secret/{name}"),
      "403 access resources secret",
    ],
    [
      "a template's resource",
      STAFF,
      "access resources",
      resource("users://7"),
      "403 access resources users",
    ],
    [
      "the template itself",
      STAFF,
      "access resources",
      complete("resource", "users://{id}"),
      "403 access resources users",
    ],
    ["a prompt", STAFF, "access prompts", prompt("hello"), "ok"],
    ["an inner prompt", STAFF, "access", prompt("internal-a"), "403 access prompts internal"],
    ["completing as getting", STAFF, "access", complete("prompt", "hello"), "403 access prompts"],
    [
      "completing as reading",
      { operations: { "resources/read": ["r"] } },
      "",
      complete("resource", "a"),
      "403 r",
    ],
    [
      "subscribing as reading",
      { operations: { "resources/read": ["r"] } },
      "",
      resource("a", "resources/subscribe"),
      "403 r",
    ],
    ["a task", STAFF, "access", read("tasks/get", { taskId: "1" }), "403 access tasks"],
    ["a method that no rule names", STAFF, "access", read("custom/thing"), "ok"],
    ["the same without the base scope", STAFF, "tools", read("custom/thing"), "403 access"],
    ["a method under a catch-all", { operations: { "*": ["x"] } }, "", read("custom/a"), "403 x"],
    ["initialize under a catch-all", { operations: { "*": ["x"] } }, "", read("initialize"), "ok"],
    [
      "a notification under a catch-all",
      { operations: { "*": ["x"] } },
      "",
      notify("notifications/cancelled"),
      "ok",
    ],
    ["initialize by name", { operations: { initialize: ["x"] } }, "", read("initialize"), "403 x"],

    ["a batch, all held", STAFF, "access tools", [...call("a"), ...call("b")], "ok"],
    [
      "a batch as a whole, in the order of the policy",
      STAFF,
      "access tools",
      [...prompt("p"), ...call("delete-x"), ...call("a"), ...resource("file://a")],
      "403 access tools resources prompts admin",
    ],
    [
      "a batch hides nothing behind a ping",
      STAFF,
      "access",
      [...read("ping"), ...call("a")],
      "403 access tools",
    ],

    [
      "a broader scope, with the plain ones named",
      { ...STAFF, implies: { root: ["access", "tools"] } },
      "root",
      call("delete-x"),
      "403 access tools admin",
    ],
    [
      "a broader scope through another",
      { ...STAFF, implies: { root: ["admin"], admin: ["access", "tools"] } },
      "root",
      call("delete-x"),
      "ok",
    ],
    ["a wildcard scope", { required: ["a:b"], wildcards: true }, "a:*", call("x"), "ok"],
    ["a wildcard scope without the option", { required: ["a:b"] }, "a:*", call("x"), "403 a:b"],

    [
      "granted scopes kept",
      { ...STAFF, challengeScopes: "granted+required" },
      "zeta prompts openid offline_access access alpha",
      call("a"),
      "403 access tools prompts alpha zeta",
    ],
    [
      "granted scopes left out",
      { ...STAFF, challengeScopes: "required" },
      "zeta prompts access",
      call("a"),
      "403 access tools",
    ],

    ["a public tool", MIXED, undefined, call("weather"), "ok"],
    ["a public tool by pattern", MIXED, undefined, call("public-a"), "ok"],
    ["a rule before a public pattern", MIXED, undefined, call("public-secret"), "401"],
    ["a public name before a rule's pattern", MIXED, undefined, call("pay-info"), "ok"],
    ["a tool that is not public", MIXED, undefined, call("echo"), "401"],
    ["a look-alike of a public tool", MIXED, undefined, call("we\u0430ther"), "401"],
    ["a public tool run as a task", MIXED, undefined, call("weather", { task: {} }), "401"],
    ["a public tool as a task, with token", MIXED, "", call("weather", { task: {} }), "ok"],
    ["a public tool for a token without scopes", MIXED, "", call("weather"), "ok"],
    ["another tool for a token without scopes", MIXED, "", call("echo"), "403 access tools any"],
    ["a public resource", MIXED, undefined, resource("doc://a"), "ok"],
    ["completing a public resource", MIXED, undefined, complete("resource", "doc://a"), "ok"],
    ["a protected part of it", MIXED, undefined, resource("doc://internal/a"), "401"],
    [
      "subscribing to a public resource",
      MIXED,
      undefined,
      resource("doc://a", "resources/subscribe"),
      "401",
    ],
    ["a prompt that is not public", MIXED, undefined, prompt("a"), "401"],
    ["a public method", MIXED, undefined, read("logging/setLevel"), "ok"],
    ["a method that is not", MIXED, undefined, read("tasks/list"), "401"],
    ["a task", MIXED, undefined, read("tasks/get", { taskId: "1" }), "401"],
    ["an anonymous initialize", MIXED, undefined, read("initialize"), "ok"],
    ["an anonymous initialized", MIXED, undefined, notify("notifications/initialized"), "ok"],
    [
      "what makes the server ask",
      MIXED,
      undefined,
      notify("notifications/roots/list_changed"),
      "401",
    ],
    ["an anonymous answer", MIXED, undefined, answer, "401"],
    ["an anonymous GET", MIXED, undefined, [], "ok"],
    ["a list with a public part", MIXED, undefined, read("tools/list"), "ok"],
    ["templates with a public part", MIXED, undefined, read("resources/templates/list"), "ok"],
    ["a list without", MIXED, undefined, read("prompts/list"), "401"],
    [
      "a batch with one that is not public",
      MIXED,
      undefined,
      [...call("weather"), ...call("echo")],
      "401",
    ],
    [
      "the public part does not count in a challenge",
      MIXED,
      "",
      [...call("weather"), ...prompt("a")],
      "403 access prompts",
    ],
    [
      "every tool public, but those with rules",
      { anonymous: { methods: ["tools/call"] }, tools: { "*": ["any"] } },
      undefined,
      call("a"),
      "401",
    ],
    [
      "every tool public",
      { required: ["access"], anonymous: { methods: ["tools/call"] } },
      undefined,
      call("a"),
      "ok",
    ],
    [
      "a method's rule before a public pattern",
      { anonymous: { methods: ["tools/*"] }, operations: { "tools/call": ["tools"] } },
      undefined,
      call("a"),
      "401",
    ],
    [
      "a rule for initialize before the public part",
      { anonymous: { tools: ["a"] }, operations: { initialize: ["x"] } },
      undefined,
      read("initialize"),
      "401",
    ],
    [
      "strong authentication before a public pattern",
      { anonymous: { tools: ["*"] }, authentication: { tools: { pay: { maxAge: 60 } } } },
      undefined,
      call("pay"),
      "401",
    ],
    ["public lists of no names open nothing", { anonymous: { tools: [] } }, undefined, [], "401"],
  ])("%s", async (_, options, scopes, operations, expected) => {
    const holder = scopes === undefined ? undefined : token(scopes);
    expect(await decide(options, holder, operations)).toBe(expected);
  });

  function notifyCall(name: string): Operation[] {
    return parseOperations({ jsonrpc: "2.0", method: "tools/call", params: { name } });
  }

  it("answers without a promise where no function is asked", () => {
    expect(new ScopePolicy(STAFF).decide(token("access"), [])).toEqual({ allowed: true });
  });

  it("refuses with the class whose status fits, and lists what is missing", async () => {
    const policy = new ScopePolicy(STAFF);
    expect(await errorOf(policy.decide(undefined, []))).toBeInstanceOf(MissingCredentialError);
    const decision = await policy.decide(token("tools"), call("delete-x"));
    expect(decision).toMatchObject({ allowed: false, missing: ["access", "admin"] });
  });

  it("gives the same challenge for the same cause, in any order of scopes and messages", async () => {
    const options = { ...STAFF, challengeScopes: "granted+required" } as const;
    const a = await decide(options, token("z y prompts"), [...call("a"), ...resource("b")]);
    const b = await decide(options, token("prompts y z"), [...resource("b"), ...call("a")]);
    expect(a).toBe("403 access tools resources prompts y z");
    expect(b).toBe(a);
  });

  it("does not let a method that imitates a memo key weaken a rule", async () => {
    const policy = new ScopePolicy(STAFF);
    for (const joint of ["\0", ":", " ", "/", ""]) {
      await policy.decide(token("access"), read(`tools/call${joint}delete-x`));
      await policy.decide(token("access"), read(`tool${joint}delete-x`));
    }
    expect(summary(await policy.decide(token("access tools"), call("delete-x")))).toBe(
      "403 access tools admin",
    );
  });

  it("bounds what it keeps of granted scopes, but names all that is needed", async () => {
    const many = Array.from({ length: 500 }, (_, index) => `s${index}`).join(" ");
    const options = { ...STAFF, challengeScopes: "granted+required" } as const;
    const error = await errorOf(new ScopePolicy(options).decide(token(many), call("a")));
    const { requiredScopes } = error as InsufficientScopeError;
    expect(requiredScopes).toHaveLength(52);
    expect(requiredScopes.slice(0, 2)).toEqual(["access", "tools"]);
  });

  it("puts no scope into a challenge that would break out of its quotes", async () => {
    const options = { ...STAFF, challengeScopes: "granted+required" } as const;
    const holder = { ...token(""), scopes: ['a", error="x', "b\\", "ok"] };
    expect(await decide(options, holder, call("a"))).toBe("403 access tools ok");
  });
});

describe("Scopes of classes", () => {
  const classes = new Map<string, unknown>([
    ["tool write", ["files:write"]],
    ["tool free", []],
    ["tool broken", "files write"],
    ["resource a://b", { anyOf: ["r1", "r2"] }],
  ]);
  const policy = (options: PolicyOptions = {}) =>
    new ScopePolicy(options, ({ type, name }) => classes.get(`${type} ${name}`) as never);

  it.each<[string, Operation[], string]>([
    ["", call("write"), "403 files:write"],
    ["files:write", call("write"), "ok"],
    ["", call("free"), "ok"],
    ["", call("other"), "ok"],
    ["", resource("a://b"), "403 r1"],
    ["r2", resource("a://b"), "ok"],
    ["", complete("resource", "a://b"), "403 r1"],
    ["files:write", call("broken"), "503"],
  ])("with %j: %j → %s", async (scopes, operations, expected) => {
    expect(summary(await policy().decide(token(scopes), operations))).toBe(expected);
  });

  it("add to the rules", async () => {
    const both = policy({ tools: { "w*": ["w"] } });
    expect(summary(await both.decide(token("w"), call("write")))).toBe("403 w files:write");
    expect(summary(await both.decide(token("files:write"), call("write")))).toBe(
      "403 w files:write",
    );
  });

  it("apply also to operations that the options make public", async () => {
    const open = policy({ anonymous: { tools: ["write", "free"], methods: ["tools/call"] } });
    expect(summary(await open.decide(undefined, call("write")))).toBe("401");
    expect(summary(await open.decide(undefined, call("free")))).toBe("ok");
  });

  it("refuse when they cannot be read", async () => {
    const throwing = new ScopePolicy({}, () => {
      throw new TypeError("no");
    });
    expect(summary(await throwing.decide(token("a"), call("x")))).toBe("503");
    expect(throwing.listView("tools/list", token("a"))?.("x")).toBe(false);
  });
});

describe("authorize", () => {
  const asking = (authorize: unknown, more: PolicyOptions = {}) =>
    new ScopePolicy({ ...more, authorize: authorize as NonNullable<PolicyOptions["authorize"]> });
  const ask = async (authorize: unknown, holder = token(""), operations = call("x")) =>
    summary(await asking(authorize).decide(holder, operations));

  it.each<[unknown, string]>([
    [true, "ok"],
    [false, "403"],
    [undefined, "403"],
    [null, "403"],
    [1, "403"],
    ["yes", "403"],
    [{}, "403"],
    [[], "403"],
    [{ scopes: [] }, "403"],
    [{ scopes: "x" }, "403"],
    [{ scopes: ["x"] }, "403 x"],
    [{ scopes: ["held"] }, "ok"],
    [{ scopes: ["held", "x"] }, "403 held x"],
    [{ scopes: ["not a scope"] }, "503"],
    [{ scopes: ["offline_access"] }, "503"],
  ])("that returns %j: %s", async (result, expected) => {
    expect(await ask(() => result, token("held"))).toBe(expected);
    expect(await ask(async () => result, token("held"))).toBe(expected);
  });

  it("gets the token and the operation with its arguments", async () => {
    const byTenant = (holder: AccessToken, operation: Operation) =>
      (operation.params as { arguments: { tenant: string } }).arguments.tenant ===
      holder.claims["tenant"];
    const holder = token("", { claims: { tenant: "a" } });
    expect(await ask(byTenant, holder, call("x", { arguments: { tenant: "a" } }))).toBe("ok");
    expect(await ask(byTenant, holder, call("x", { arguments: { tenant: "b" } }))).toBe("403");
  });

  it("cannot tell when it throws, which is not the token's fault (outage)", async () => {
    const failing = asking(() => Promise.reject(new Error("database down")));
    const error = await errorOf(failing.decide(token(""), call("x")));
    expect(error).toBeInstanceOf(UnavailableError);
    expect(
      await ask(() => {
        throw new Error("no");
      }),
    ).toBe("503");
  });

  it("may refuse with an error of its own choice", async () => {
    expect(await ask(() => Promise.reject(new InvalidTokenError("custom_revoked")))).toBe("401");
  });

  it("is asked for each message, and only once scopes and authentication suffice", async () => {
    const asked: (string | undefined)[] = [];
    const policy = asking(
      (_: AccessToken, { target, method }: Operation) => asked.push(target?.name ?? method) > 0,
      { tools: { b: ["b"] } },
    );
    await policy.decide(token(""), [...call("a"), ...call("b")]);
    expect(asked).toEqual([]);
    await policy.decide(token("b"), [...call("a"), ...call("b"), ...read("ping")]);
    expect(asked).toEqual(["a", "b", "ping"]);
  });

  it("refuses a batch for one of its messages, with the scopes of all in one challenge", async () => {
    const byName = (_: AccessToken, { target }: Operation) =>
      target?.name === "no" ? false : { scopes: [`s:${target?.name}`] };
    expect(await ask(byName, token("s:a"), [...call("a"), ...call("no")])).toBe("403");
    expect(await ask(byName, token("s:a"), [...call("c"), ...call("a"), ...call("b")])).toBe(
      "403 s:a s:b s:c",
    );
  });

  it("is not called for the public part", async () => {
    const policy = asking(() => false, { anonymous: { tools: ["a"] } });
    expect(summary(await policy.decide(undefined, call("a")))).toBe("ok");
    expect(summary(await policy.decide(token(""), call("b")))).toBe("403");
  });
});

describe("Authentication strength (stepup-auth)", () => {
  const options: PolicyOptions = {
    tools: { "pay-*": ["pay"] },
    authentication: {
      required: { maxAge: 3600 },
      operations: { "prompts/*": { acr: ["silver", "gold"] } },
      tools: { "pay-*": { acr: ["gold", "silver"] }, "pay-big": { acr: ["gold"], maxAge: 60 } },
    },
  };
  const policy = new ScopePolicy(options, undefined, () => NOW);
  const holder = (acr: string, age: number) => token("pay", { acr, authTime: NOW - age });

  it.each<[string, number, Operation[], string]>([
    ["bronze", 3600, call("a"), "ok"],
    ["bronze", 3601, call("a"), "401"],
    ["bronze", 10, call("pay-small"), "401"],
    ["silver", 3600, call("pay-small"), "ok"],
    ["silver", 10, call("pay-big"), "401"],
    ["gold", 61, call("pay-big"), "401"],
    ["gold", 60, call("pay-big"), "ok"],
    ["bronze", 10, prompt("a"), "401"],
    ["silver", 10, prompt("a"), "ok"],
    ["silver", 10, [...prompt("a"), ...call("pay-big")], "401"],
    ["gold", 3601, [], "401"],
    ["gold", 3600, [], "ok"],
  ])("acr %s, %d s ago", async (acr, age, operations, expected) => {
    expect(summary(await policy.decide(holder(acr, age), operations))).toBe(expected);
  });

  it("asks for the strictest of all that applies", async () => {
    const error = await errorOf(policy.decide(holder("silver", 0), call("pay-big")));
    expect(error).toBeInstanceOf(InsufficientUserAuthenticationError);
    expect(error).toMatchObject({ requirement: { acrValues: ["gold"], maxAge: 60 } });
  });

  it("names missing scopes first", async () => {
    const weak = token("", { acr: "bronze", authTime: 0 });
    expect(summary(await policy.decide(weak, call("pay-big")))).toBe("403 pay");
  });

  it("refuses what two rules make impossible", async () => {
    const torn = new ScopePolicy(
      { authentication: { tools: { a: { acr: ["x"] }, "*": { acr: ["y"] } } } },
      undefined,
      () => NOW,
    );
    for (const acr of ["x", "y", ""]) {
      expect(summary(await torn.decide(token("", { acr }), call("a")))).toBe("401");
    }
  });
});

describe("What is published", () => {
  it("lists the scopes of the rules, base first, once each", () => {
    expect(new ScopePolicy(STAFF).scopesSupported()).toEqual(
      "access tools resources prompts tasks admin users root secret internal".split(" "),
    );
  });

  it("adds what classes ask for, what is described and listed, and leaves out what only implies", () => {
    const options = { required: ["a"], implies: { root: ["a"] } };
    const classes = () => ["c", "a"];
    const target = { type: "tool", name: "x" } as const;
    expect(new ScopePolicy(options, classes).scopesSupported([target])).toEqual(["a", "c"]);
    const more = { ...options, supported: ["z", "a"], descriptions: { d: "Does d", c: "Does c" } };
    expect(new ScopePolicy(more, classes).scopesSupported([target])).toEqual(["a", "c", "d", "z"]);
  });

  it("is exactly what the option says with only", () => {
    const options = { required: ["a"], descriptions: { d: "Does d" }, supported: { only: ["z"] } };
    const only = new ScopePolicy(options, () => ["c"]);
    expect(only.scopesSupported([{ type: "tool", name: "x" }])).toEqual(["z"]);
    expect(only.challengeScope([])).toEqual(["a"]);
  });

  it.each<[string, PolicyOptions, string]>([
    ["the base scopes", STAFF, "access"],
    ["the first alternative", { required: { anyOf: ["a", "b"] } }, "a"],
    [
      "basic use, without base scopes",
      { operations: { "tools/*": ["tools"], "logging/setLevel": ["admin"] }, tools: { x: ["x"] } },
      "tools",
    ],
    ["what one tool needs", { tools: { x: ["x"], y: ["y"] } }, "x"],
    ["as few as possible", { tools: { x: ["a", "b"], y: ["y"] } }, "y"],
    ["what opens most", { tools: { x: ["x"], y: ["y"], z: ["y"] } }, "y"],
    ["nothing that implies others", { tools: { x: ["x"], y: ["y"] }, implies: { x: ["y"] } }, "y"],
    ["nothing like it", { tools: { x: ["f:*"], y: ["y"] }, wildcards: true }, "y"],
    [
      "an alternative that implies nothing",
      { tools: { "*": { anyOf: ["x", { allOf: ["y", "z"] }] } }, implies: { x: ["y"] } },
      "y z",
    ],
    [
      "what a tool needs beside a public one",
      { anonymous: { tools: ["x"] }, tools: { y: ["y"], z: ["y", "z"] } },
      "y",
    ],
    [
      "all there is, where every way implies others",
      { tools: { "*": ["x"], x: ["w"] }, implies: { x: ["w"] } },
      "x w",
    ],
    ["what the author says", { initial: ["i"], tools: { "*": ["x"] } }, "i"],
    ["what the author says, with base scopes", { ...STAFF, initial: ["access", "i"] }, "access i"],
    ["what implies base scopes", { required: ["a"], implies: { b: ["a"] }, initial: ["b"] }, "b"],
    ["nothing without any scope", {}, ""],
  ])(
    "challenges anonymous clients with the scope %s (mcp-challenge-scope)",
    (_, options, expected) => {
      const targets = ["x", "y", "z"].map((name) => ({ type: "tool", name }) as const);
      expect(new ScopePolicy(options).challengeScope(targets).join(" ")).toBe(expected);
    },
  );

  it("challenges anonymous clients with the scope of a resource or prompt if there are no tools", () => {
    const policy = new ScopePolicy({
      resources: { "a://x": ["secret", "x"] },
      prompts: { p: ["prompts"] },
      tools: { "*": ["t"] },
    });
    const targets = [
      { type: "resource", name: "a://x" },
      { type: "prompt", name: "p" },
    ] as const;
    expect(policy.challengeScope(targets)).toEqual(["prompts"]);
    expect(policy.challengeScope([...targets, { type: "tool", name: "y" }])).toEqual(["t"]);
  });

  it("keeps descriptions", () => {
    const { descriptions } = new ScopePolicy({ descriptions: { a: "Does a" } });
    expect(descriptions.get("a")).toBe("Does a");
  });
});

describe("Inside a tool", () => {
  const policy = new ScopePolicy({ required: ["base"], implies: { admin: ["x"] } });

  it("says what is missing, through the hierarchy", () => {
    expect(policy.missingScopes(token("admin"), ["x", "y"])).toEqual(["y"]);
    expect(policy.missingScopes(token("admin y"), ["x", "y"])).toEqual([]);
  });

  it("makes the error whose challenge names all that is needed", () => {
    expect(policy.insufficientScope(token("admin"), ["x"])).toBeUndefined();
    expect(policy.insufficientScope(token("base"), ["x"])?.requiredScopes).toEqual(["base", "x"]);
  });

  it("does not take a malformed requirement for none", () => {
    expect(() => policy.missingScopes(token(""), "x" as never)).toThrow(ConfigurationError);
    expect(() => policy.insufficientScope(token(""), "x" as never)).toThrow(ConfigurationError);
  });
});

describe("Options", () => {
  it.each<[string, unknown]>([
    ["scopes.required[0]", { required: ["a b"] }],
    ["scopes.required[0]", { required: ["offline_access"] }],
    ["scopes.required", { required: "a" }],
    ['scopes.operations["tools/call"][0]', { operations: { "tools/call": ['"'] } }],
    ['scopes.operations["tool/call"]', { operations: { "tool/call": ["a"] } }],
    ['scopes.operations["tools/Call"]', { operations: { "tools/Call": ["a"] } }],
    ['scopes.tools["a"].anyOf[1]', { tools: { a: { anyOf: ["a", "offline_access"] } } }],
    ['scopes.tools["a"]', { tools: { a: "b" } }],
    ["scopes.tools", { tools: ["a"] }],
    ['scopes.resources["x://{"]', { resources: { "x://{": ["a"] } }],
    ['scopes.prompts["p"][0]', { prompts: { p: [1] } }],
    ['scopes.implies["a"][0]', { implies: { a: ["b c"] } }],
    ["scopes.implies", { implies: { a: ["b"], b: ["a"] } }],
    ["scopes.initial[0]", { initial: ["a b"] }],
    ["scopes.initial", { initial: [] }],
    ["scopes.initial", { initial: ["a"], required: ["b"] }],
    ["scopes.supported[1]", { supported: ["a", "offline_access"] }],
    ["scopes.supported.only[0]", { supported: { only: ["a b"] } }],
    ['scopes.descriptions["a b"]', { descriptions: { "a b": "x" } }],
    ["scopes.anonymous.tools", { anonymous: { tools: "a" } }],
    ["scopes.anonymous.methods[0]", { anonymous: { methods: ["tools/cal"] } }],
    ["scopes.anonymous.tools", { anonymous: { tools: ["a"] }, tools: { a: ["x"] } }],
    ["scopes.anonymous.tools", { anonymous: { tools: ["a*"] }, tools: { "a*": ["x"] } }],
    [
      "scopes.anonymous.methods",
      { anonymous: { methods: ["tools/call"] }, operations: { "tools/call": ["x"] } },
    ],
    [
      "scopes.anonymous.tools",
      { anonymous: { tools: ["a"] }, authentication: { tools: { a: { maxAge: 1 } } } },
    ],
    ["scopes.authentication.required.maxAge", { authentication: { required: { maxAge: -1 } } }],
    [
      'scopes.authentication.tools["a"].acr',
      { authentication: { tools: { a: { acr: ["a b"] } } } },
    ],
  ])("names %s when it is wrong", (place, options) => {
    const create = () => new ScopePolicy(options as PolicyOptions);
    expect(create).toThrow(ConfigurationError);
    expect(create).toThrow(`${place} `);
  });

  it("takes methods of one's own as a pattern, and public names whose rule asks for nothing", () => {
    expect(() => new ScopePolicy({ operations: { "custom/*": ["a"] } })).not.toThrow();
    expect(() => new ScopePolicy({ anonymous: { tools: ["a"] }, tools: { a: [] } })).not.toThrow();
  });
});
