const tests = ["test/unit/core/urls/loopback.test.ts"];
const file = "src/core/urls/loopback.ts";

export default [
  {
    rule: "a name that only ends like localhost is not this machine",
    file,
    from: 'host.endsWith(".localhost")',
    to: 'host.endsWith("localhost")',
    tests,
  },
  {
    rule: "text that only looks like a loopback address is not this machine",
    file,
    from: 'OCTET = "(?:25[0-5]|2[0-4]\\\\d|1\\\\d\\\\d|[1-9]?\\\\d)"',
    to: 'OCTET = "\\\\d{1,3}"',
    tests,
  },
  {
    rule: "another spelling of production does not turn protections off",
    file: "src/core/production.ts",
    from: "?.trim().toLowerCase()",
    to: "",
    tests: ["test/unit/core/production.test.ts"],
  },
];
