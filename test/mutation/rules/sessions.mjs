export default [
  {
    rule: "a named session must be open and belong to the principal that names it",
    file: "src/gate/pipeline.ts",
    from: "host.sessions.find(id, authentication?.principal)",
    to: "host.sessions.find(id, undefined)",
    tests: ["test/integration/guard.test.ts"],
  },
  {
    rule: "anonymous clients fill at most half of the sessions",
    file: "src/binding/session.ts",
    from: "holder.isAnonymous && anonymous >= max",
    to: "anonymous < 0 && anonymous >= max",
    tests: ["test/unit/binding/session.test.ts"],
  },
  {
    rule: "a user's sessions count over all of the user's clients",
    file: "src/sessions/holders.ts",
    from: "if (subject !== undefined) return JSON.stringify([issuer ?? null, subject]);",
    to: "if (subject !== undefined) return owner.principal;",
    tests: ["test/unit/binding/session.test.ts"],
  },
  {
    rule: "the user with the most sessions makes room, and never one with fewer than the newcomer",
    file: "src/sessions/holders.ts",
    from: "largest === undefined || sizeOf(largest) < size",
    to: "largest === undefined",
    tests: ["test/unit/binding/session.test.ts"],
  },
  {
    rule: "a lone session ends by idleness",
    file: "src/binding/session.ts",
    from: "this.#timer ??= setInterval(() => this.sweep(), SWEEP_SECONDS * 1000).unref();",
    to: "",
    tests: ["test/unit/binding/session.test.ts"],
  },
];
