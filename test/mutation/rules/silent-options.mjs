const rules = ["test/unit/options/rules/enabled.test.ts"];
const server = ["test/integration/open-server.test.ts"];

export default [
  {
    rule: "a setting in a secret manager cannot point to a file of this machine",
    file: "src/options/resolve-environment.ts",
    from: "if (!isReference(value.trim())) return",
    to: "if (value !== undefined) return",
    tests: ["test/unit/options/resolve-environment.test.ts"],
  },
  {
    rule: "a variable that has no effect is not ignored",
    file: "src/options/environment/unused.ts",
    from: "if (unused.length === 0) return;",
    to: "if (unused.length >= 0) return;",
    tests: ["test/unit/options/environment/unused.test.ts"],
  },
  {
    rule: "without NODE_ENV it is not development, so enabled: false does not start",
    file: "src/core/production.ts",
    from: 'return ["development", "test"].includes(nodeEnv() ?? "");',
    to: "return !isProduction();",
    tests: rules,
  },
  {
    rule: "enabled: false starts outside development only with the dangerous option",
    file: "src/options/rules/enabled-rules.ts",
    from: "if (!dangerouslyOmitAuth && !isDevelopment()) {",
    to: "if (false) {",
    tests: rules,
  },
  {
    rule: "only the text false opens a server by its environment",
    file: "src/options/server.ts",
    from: 'choices: ["true", "false"],',
    to: 'choices: ["true", "false", "no", "off"],',
    tests: rules,
  },
  {
    rule: "checks are on by default",
    file: "src/options/server.ts",
    from: 'enabled: env("OAUTH_ENABLED", z.boolean().default(true), {',
    to: 'enabled: env("OAUTH_ENABLED", z.boolean().default(false), {',
    tests: rules,
  },
  {
    rule: "where nothing is checked, tools find no invented token",
    file: "src/gate/guarded-request.ts",
    from: "token: policy.isOpen ? undefined : token",
    to: "token",
    tests: server,
  },
  {
    rule: "where nothing is checked, the log says so",
    file: "src/options/rules/enabled-rules.ts",
    from: "  logger.warn(",
    to: "  void (",
    tests: rules,
  },
];
