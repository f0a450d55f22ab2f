const tests = ["test/integration/refusal-reasons.test.ts"];

export default [
  {
    rule: "clients do not learn reasons in production",
    file: "src/options/rules/rules.ts",
    from: "if (isProduction()) {",
    to: "if (false) {",
    tests,
  },
  {
    rule: "clients get reasons only if the option is set",
    file: "src/gate/answers/refusal.ts",
    from: "context.exposesReasons ? explained(error) : bodyOf(error)",
    to: "explained(error)",
    tests,
  },
];
