const tests = ["test/integration/transport-options.test.ts"];

export default [
  {
    rule: "the framework's own `*` lets no page in",
    file: "src/framework/adapters/author-cors.ts",
    from: 'return allowOrigin === undefined || allowOrigin === "*" ? allowOrigin : [allowOrigin];',
    to: 'return allowOrigin === undefined || allowOrigin === "*" ? "*" : [allowOrigin];',
    tests,
  },
  {
    rule: "the cors option of a transport counts",
    file: "src/framework/install.ts",
    from: "cors: corsOf(protection, [config]),",
    to: "cors: protection.cors,",
    tests,
  },
  {
    rule: "cors and allowedOrigins do not contradict each other",
    file: "src/gate/cors.ts",
    from: "this.#allowed === undefined || listOf(this.#allowed) === listOf(policy.#allowed)",
    to: "this.#options !== undefined",
    tests,
  },
  {
    rule: "a resource that clients would refuse is warned of",
    file: "src/framework/install.ts",
    from: 'pathname.replace(/\\/?$/, "/")',
    to: "pathname",
    tests,
  },
  {
    rule: "a token that lacks several claims is told so at once",
    file: "src/validators/claims.ts",
    from: "(name) => isAbsent[name] && !optional?.has(name)",
    to: "(name) => isAbsent[name] && reason.startsWith(name)",
    tests: ["test/unit/validators/claims.test.ts"],
  },
  {
    rule: "opaque tokens are hinted at with the simplest configuration",
    file: "src/wiring/validation/create-validation.ts",
    from: "issuersOfJwtsAlone(options).map(",
    to: "[].map(",
    tests,
  },
];
