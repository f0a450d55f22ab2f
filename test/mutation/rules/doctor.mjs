export default [
  {
    rule: "`doctor` calls this machine only for a server on this machine",
    file: "src/cli/doctor/run-doctor.ts",
    from: "isLoopbackHost(new URL(run.url).hostname) ? guarded : withoutLoopback(guarded)",
    to: "guarded",
    tests: ["test/integration/cli/doctor-broken-servers.test.ts"],
  },
  {
    rule: "`doctor --json` prints no control character",
    file: "src/cli/commands/doctor.ts",
    from: "printableJson(report)",
    to: "JSON.stringify(report, null, 2)",
    tests: ["test/integration/cli/doctor-broken-servers.test.ts"],
  },
  {
    rule: "loopback behind NAT64 is not this machine",
    file: "src/net/address-policy.ts",
    from: 'return translated.range() === "loopback" ? v6 : translated;',
    to: "return translated;",
    tests: ["test/unit/net/address-policy.test.ts"],
  },
  {
    rule: "a template that resources share is as protected as the strictest of them",
    file: "src/framework/server-catalogue.ts",
    from: "uri === name || templateOf(resource) === name ? [resource] : [],\n      );",
    to: "uri === name || templateOf(resource) === name ? [resource] : [],\n      ).slice(0, 1);",
    tests: ["test/unit/framework/server-catalogue.test.ts"],
  },
  {
    rule: "a client id metadata document is compared with its own URL",
    file: "src/cli/cimd/check-document.ts",
    from: "else if (id !== url)",
    to: "else if (!url.startsWith(id))",
    tests: ["test/unit/cli/cimd"],
  },
  {
    rule: "cimd create overwrites nothing without --force",
    file: "src/cli/cimd/run-cimd.ts",
    from: 'flag: isForced ? "w" : "wx"',
    to: 'flag: "w"',
    tests: ["test/unit/cli/cimd/cimd.test.ts"],
  },
];
