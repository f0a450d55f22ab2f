export default [
  {
    rule: "one DPoP key does not fill the replay memory",
    file: "src/binding/replay-quota.ts",
    from: "if (held > 0 && held >= free) return undefined;",
    to: "",
    tests: ["test/unit/binding/dpop.test.ts"],
  },
  {
    rule: "a replay is refused also when its key has used up its quota",
    file: "src/binding/replay.ts",
    from: "if ((await this.#store.get(key)) === undefined) throw tooMany(ttlSeconds);",
    to: "return true;",
    tests: ["test/unit/binding/dpop.test.ts"],
  },
];
