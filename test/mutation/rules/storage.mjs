const SEALED = "src/authorization-server/storage/sealed-storage.ts";
const SEALED_TEST = "test/unit/authorization-server/storage/sealed-storage.test.ts";

export default [
  {
    rule: "a sealed payload opens in its own row only",
    file: SEALED,
    from: 'return JSON.stringify(["authorization-server", kind, id]);',
    to: 'return JSON.stringify(["authorization-server", kind, id.length]);',
    tests: [SEALED_TEST],
  },
  {
    rule: "a record that does not open is an outage, not an absence",
    file: SEALED,
    from: "return record && this.#open(record);",
    to: "try { return record && this.#open(record); } catch { return undefined; }",
    tests: [SEALED_TEST],
  },
  {
    rule: "ids are hashed with a key of the database",
    file: SEALED,
    from: 'return this.#hash(["id", kind, id]);',
    to: "return `${kind}${id}`;",
    tests: [SEALED_TEST],
  },
  {
    rule: "index values are hashed with a key of the database",
    file: SEALED,
    from: 'return this.#hash(["index", index, value]);',
    to: "return `${index}${value}`;",
    tests: [SEALED_TEST],
  },
  {
    rule: "a database with records never gets a new hash key",
    file: SEALED,
    from: "if (isEmpty) {",
    to: "if (isEmpty || engine) {",
    tests: [SEALED_TEST],
  },
  {
    rule: "a sealing key that records need cannot be dropped",
    file: SEALED,
    from: "if (missing !== undefined) throw missingKey(missing);",
    to: "",
    tests: [SEALED_TEST],
  },
  {
    rule: "sealing anew never overwrites a record that changed meanwhile",
    file: SEALED,
    from: "return this.#engine.commit([{ swap: { kind, id, from, to } }]);",
    to: "return this.#engine.commit([{ put: { ...record, payload: to } }]);",
    tests: [SEALED_TEST],
  },
  {
    rule: "a key stays listed while a record could not be sealed anew",
    file: SEALED,
    from: "if (missed === 0) await",
    to: "if (missed >= 0) await",
    tests: [SEALED_TEST],
  },
  {
    rule: "a passphrase is no storage key",
    file: "src/authorization-server/storage/storage-keys.ts",
    from: "if (/^[A-Za-z0-9+/_-]{43}=?$/.test(secret)) return",
    to: "if (secret.length > 0) return",
    tests: [SEALED_TEST],
  },
];
