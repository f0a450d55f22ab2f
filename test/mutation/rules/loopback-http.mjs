const tests = ["test/unit/options/rules/loopback-http.test.ts"];

export default [
  {
    rule: "http on this machine is refused in production",
    file: "src/options/limits.ts",
    from: "!isProduction()",
    to: "true",
    tests,
  },
  {
    rule: "a list allows http on this machine for what it names only",
    file: "src/options/rules/loopback-http-rules.ts",
    from: "allowed !== false && allowed.includes(part)",
    to: "allowed !== false && allowed.length > 0",
    tests,
  },
  {
    rule: "issuers that are looked up are held to the same rule",
    file: "src/wiring/validation/tenant-options.ts",
    from: 'refuseLoopbackHttp(provider, "issuer", options.issuer ?? issuer, "issuers(): the issuer");',
    to: "",
    tests,
  },
];
