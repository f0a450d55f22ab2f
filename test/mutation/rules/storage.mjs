const SEALED = "src/authorization-server/storage/sealed-storage.ts";
const SEALED_TEST = "test/unit/authorization-server/storage/sealed-storage.test.ts";
const SQL = "src/authorization-server/storage/sql/sql-storage.ts";
const SQLITE = "src/authorization-server/storage/sqlite-storage.ts";
const SQLITE_TEST = "test/integration/authorization-server/sqlite-storage.test.ts";
const POSTGRES_TEST = "test/integration/authorization-server/postgres-storage.test.ts";
const REDIS_TEST = "test/integration/authorization-server/redis-storage.test.ts";

export default [
  {
    rule: "a sealed payload can be decrypted only in its own row",
    file: SEALED,
    from: 'return JSON.stringify(["authorization-server", kind, id]);',
    to: 'return JSON.stringify(["authorization-server", kind, id.length]);',
    tests: [SEALED_TEST],
  },
  {
    rule: "a record that cannot be decrypted is an outage, not absent",
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
    rule: "a sealing key that records need cannot be removed",
    file: SEALED,
    from: "if (missing !== undefined) throw missingKey(missing);",
    to: "",
    tests: [SEALED_TEST],
  },
  {
    rule: "resealing never overwrites a record that changed in the meantime",
    file: SEALED,
    from: "return this.#engine.commit([{ swap: { kind, id, from, to } }]);",
    to: "return this.#engine.commit([{ put: { ...record, payload: to } }]);",
    tests: [SEALED_TEST],
  },
  {
    rule: "a key stays listed until all its records are resealed",
    file: SEALED,
    from: "if (missed === 0) await",
    to: "if (missed >= 0) await",
    tests: [SEALED_TEST],
  },
  {
    rule: "a passphrase is not accepted as a storage key",
    file: "src/authorization-server/storage/storage-keys.ts",
    from: "if (/^[A-Za-z0-9+/_-]{43}=?$/.test(secret)) return",
    to: "if (secret.length > 0) return",
    tests: [SEALED_TEST],
  },
  {
    rule: "a record is consumed once",
    file: SQL,
    from: '.where("consumed_at", "is", null)',
    to: "",
    tests: [SQLITE_TEST],
  },
  {
    rule: "an expired record is absent",
    file: SQL,
    from: 'eb.or([eb("expires_at", "is", null), eb("expires_at", ">", now)])',
    to: 'eb.or([eb("expires_at", "is", null), eb("expires_at", ">", 0 * now)])',
    tests: [SQLITE_TEST],
  },
  {
    rule: "a failed condition undoes the whole commit",
    file: SQLITE,
    from: 'run(isDone ? "commit" : "rollback");',
    to: 'run("commit");',
    tests: [SQLITE_TEST],
  },
  {
    rule: "a grant that is removed during a refresh has no successor token",
    file: SQL,
    from: "while (removed > 0n)",
    to: "while (removed < 0n)",
    tests: [POSTGRES_TEST],
  },
  {
    rule: "a schema of a newer version is refused",
    file: "src/authorization-server/storage/sql/migrate.ts",
    from: "if (version > migrations.length) {",
    to: "if (version > migrations.length * 1_000) {",
    tests: [SQLITE_TEST],
  },
  {
    rule: "only the owner can access a new database file",
    file: SQLITE,
    from: 'closeSync(openSync(file, "a", 0o600));',
    to: 'closeSync(openSync(file, "a"));',
    tests: [SQLITE_TEST],
  },
  {
    rule: "a database file that other users can access is refused in production",
    file: SQLITE,
    from: "(statSync(place).mode & 0o077) === 0",
    to: "(statSync(place).mode & 0o002) === 0",
    tests: [SQLITE_TEST],
  },
  {
    rule: "a response waits for the disk",
    file: SQLITE,
    from: 'const { synchronous = "full",',
    to: 'const { synchronous = "normal",',
    tests: [SQLITE_TEST],
  },
  {
    rule: "a Redis that may evict any key is refused",
    file: "src/authorization-server/storage/redis-storage.ts",
    from: 'if (!policy.startsWith("allkeys")) return;',
    to: "if (policy !== undefined) return;",
    tests: [REDIS_TEST],
  },
  {
    rule: "a record in Redis is consumed once",
    file: "src/authorization-server/storage/redis-scripts.ts",
    from: "if redis.call('HGET', rowOf(consume.kind, consume.id), 'consumedAt') then return 0 end",
    to: "",
    tests: [REDIS_TEST],
  },
  {
    rule: "an authorization server removes what has expired in its storage",
    file: "src/authorization-server/create-authorization-server.ts",
    from: "return withUpkeep(assembled, { records, clock, onError: options.onError ?? reportToConsole });",
    to: "return assembled.server;",
    tests: ["test/unit/authorization-server/storage/upkeep.test.ts"],
  },
  {
    rule: "an authorization server in production does not keep its storage in memory",
    file: "src/authorization-server/storage/chosen-storage.ts",
    from: "const isInMemory = storage === undefined || storage.engine instanceof MemoryStorageEngine;",
    to: "const isInMemory = storage === undefined;",
    tests: ["test/unit/authorization-server/options.test.ts"],
  },
  {
    rule: "removal goes on until nothing expired is left",
    file: "src/authorization-server/storage/upkeep.ts",
    from: "while (removed === BATCH && !isStopped())",
    to: "",
    tests: ["test/unit/authorization-server/storage/upkeep.test.ts"],
  },
];
