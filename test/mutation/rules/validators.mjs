export default [
  {
    rule: "a key set that stays without a usable key revokes the keys",
    file: "src/keys/remote-jwks.ts",
    from: "now - this.#emptySince >= EMPTY_CONFIRMED_AFTER_SECONDS",
    to: "now < this.#emptySince",
    tests: ["test/unit/keys/remote-jwks.test.ts"],
  },
  {
    rule: "an answer that is no key set revokes no keys",
    file: "src/keys/remote-jwks.ts",
    from: 'if (!response.ok) throw new UnavailableError("jwks_unreachable");',
    to: "",
    tests: ["test/unit/keys/remote-jwks.test.ts"],
  },
  {
    rule: "PEM text is no HMAC secret",
    file: "src/keys/static-keys.ts",
    from: "if (isPem(key.export())) throw asymmetric();",
    to: "",
    tests: ["test/unit/keys/static-keys.test.ts"],
  },
  {
    rule: "PEM text as an HMAC secret is refused when options are checked",
    file: "src/options/rules/validation-rules.ts",
    from: "if (isPem(secret)) {",
    to: "if (false) {",
    tests: ["test/unit/config/options.test.ts"],
  },
];
