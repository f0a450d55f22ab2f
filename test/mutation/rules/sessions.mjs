export default [
  {
    rule: "a named session must be open and belong to the principal that names it",
    file: "src/framework/guard.ts",
    from: "this.#options.sessions.find(id, principal)",
    to: "this.#options.sessions.find(id, undefined)",
    tests: ["test/integration/guard.test.ts"],
  },
];
