const tests = ["test/integration/mirrored-headers.test.ts"];

export default [
  {
    rule: "a request has one Host header",
    file: "src/gate/admission.ts",
    from: "if (count > 1 || ",
    to: "if (",
    tests: ["test/integration/smuggled-headers.test.ts"],
  },
  {
    rule: "the Host header is looked at before public documents",
    file: "src/gate/pipeline.ts",
    from: "  checkOneHost,\n  answerPublicDocument,",
    to: "  answerPublicDocument,\n  checkOneHost,",
    tests: ["test/integration/smuggled-headers.test.ts"],
  },
  {
    rule: "metadata is not published over plain http where https is required",
    file: "src/gate/pipeline.ts",
    from: "  decision.checkEncryption();\n",
    to: "",
    tests: ["test/integration/limits.test.ts"],
  },
  {
    rule: "the origin of a page is checked also without CORS headers",
    file: "src/gate/cors.ts",
    from: "  allows(origin: string): boolean {\n",
    to: "  allows(origin: string): boolean {\n    if (!this.#options.sendsHeaders) return true;\n",
    tests: ["test/integration/transport-options.test.ts"],
  },
  {
    rule: "headers that mirror the body agree with it, before scopes are decided",
    file: "src/gate/pipeline.ts",
    from: "  matchHeaders,\n",
    to: "",
    tests,
  },
  {
    rule: "a mirrored value is compared after it was decoded",
    file: "src/messages/mirrored-headers.ts",
    from: "if (encoded === undefined) return raw;",
    to: "if (raw !== undefined) return raw;",
    tests: ["test/unit/messages/mirrored-headers.test.ts"],
  },
  {
    rule: "every message of a batch agrees with the headers",
    file: "src/messages/mirrored-headers.ts",
    from: "names.every((name) => name === value)",
    to: "names.length === 0 || names.some((name) => name === value)",
    tests: ["test/unit/messages/mirrored-headers.test.ts"],
  },
  {
    rule: "anonymous clients may discover the server where part of it is public",
    file: "src/policy/rules/applicable-rules.ts",
    from: '["server/discover", "initialize", "ping"]',
    to: '["initialize", "ping"]',
    tests,
  },
];
