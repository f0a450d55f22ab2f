const tests = ["test/unit/policy/scope-policy.test.ts"];

export default [
  {
    rule: "the first challenge names no scope that implies others",
    file: "src/policy/advertised-scopes.ts",
    from: "(scope) => this.#graph.impliesOthers(scope)",
    to: "() => false",
    tests,
  },
  {
    rule: "the first challenge names the fewest scopes that open a tool",
    file: "src/policy/advertised-scopes.ts",
    from: "a.set.length - b.set.length || b.opened - a.opened",
    to: "b.opened - a.opened",
    tests,
  },
  {
    rule: "the first challenge covers what every request needs",
    file: "src/policy/advertised-scopes.ts",
    from: "if (this.#initial.length > 0 && missing.length === 0) return;",
    to: "return;",
    tests,
  },
];
