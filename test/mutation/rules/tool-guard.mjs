const tests = ["test/integration/tool-rights.test.ts"];

export default [
  {
    rule: "canUse sees the arguments as the handler gets them",
    file: "src/framework/tool-guard.ts",
    from: "return await tool.validateInput(sent ?? {});",
    to: "return sent ?? {};",
    tests,
  },
  {
    rule: "arguments that the schema refuses do not bypass canUse",
    file: "src/policy/scope-policy.ts",
    from: 'return refuse(asOAuthError(error, "authorize_failed"));',
    to: 'if (error instanceof UnavailableError) return refuse(asOAuthError(error, "authorize_failed"));',
    tests,
  },
  {
    rule: "a tool with canUse is never public",
    file: "src/policy/rules/applicable-rules.ts",
    from: "if (this.guardsOf(target).length > 0) return false;",
    to: "",
    tests,
  },
  {
    rule: "lists hide tools that canUse refuses",
    file: "src/policy/scope-policy.ts",
    from: "return deciders.length === 0 || this.#shows(deciders, token, grant, operation);",
    to: "return true;",
    tests,
  },
  {
    rule: "a canUse that is never called is a start-up error",
    file: "src/framework/server-catalogue.ts",
    from: "refuseUnusedGuards(server);",
    to: "",
    tests,
  },
  {
    rule: "a canUse of an app's tool keeps the server from starting",
    file: "src/framework/tool-guard.ts",
    from: 'if ("canUse" in tool) throw',
    to: 'if ("canUse" in {}) throw',
    tests: ["test/unit/framework/server-catalogue.test.ts"],
  },
  {
    rule: "the scopes of an app's tool are required",
    file: "src/framework/server-catalogue.ts",
    from: "[...present(server.toolsMap.get(name)), ...appTools(server, name)]",
    to: "present(server.toolsMap.get(name))",
    tests: ["test/integration/app-tools.test.ts", "test/unit/framework/server-catalogue.test.ts"],
  },
  {
    rule: "a batch is never refused by one of its handlers",
    file: "src/framework/isolation/handler-refusal.ts",
    from: "hasSpoken === true || Array.isArray(exchange.body)",
    to: "hasSpoken === true",
    tests: ["test/integration/handler-refusal.test.ts"],
  },
  {
    rule: "a message that a handler sent is never replaced by a refusal",
    file: "src/framework/isolation/handler-refusal.ts",
    from: "hasSpoken === true || Array.isArray(exchange.body)",
    to: "Array.isArray(exchange.body)",
    tests: ["test/integration/handler-refusal.test.ts"],
  },
  {
    rule: "a refusal that a handler lets out refuses the request",
    file: "src/framework/isolation/handler-refusal.ts",
    from: "if (refusal && scope !== undefined)",
    to: "if (!refusal && scope !== undefined)",
    tests: ["test/integration/handler-refusal.test.ts"],
  },
];
