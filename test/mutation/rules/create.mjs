const tests = ["test/unit/cli/scaffold/nasty-answers.test.ts"];

export default [
  {
    rule: "an answer of `create` is a URL to the letter",
    file: "src/cli/scaffold/questions/answers.ts",
    from: "if (!URI.test(text))",
    to: "if (false)",
    tests,
  },
  {
    rule: "an answer that `create` writes into code is a literal",
    file: "src/cli/scaffold/file-syntax.ts",
    from: "return JSON.stringify(text).replace(",
    to: 'return `"${text}"`.replace(',
    tests,
  },
  {
    rule: "an answer that `create` writes into .env is one value of one line",
    file: "src/cli/scaffold/file-syntax.ts",
    from: "if (/^[\\x20-\\x7e]*$/.test(text) && !/['\\\\]/.test(text)) return `'${text}'`;",
    to: "return `'${text}'`;",
    tests,
  },
  {
    rule: "an answer that `create` writes into YAML is one scalar",
    file: "src/cli/scaffold/provider-variables.ts",
    from: "`    Default: ${yamlScalar(example)}`",
    to: "`    Default: ${example}`",
    tests,
  },
  {
    rule: "a name that only begins like localhost is not this machine",
    file: "src/cli/scaffold/questions/answers.ts",
    from: "isLoopbackHost(url.hostname)",
    to: 'url.hostname.startsWith("localhost")',
    tests,
  },
];
