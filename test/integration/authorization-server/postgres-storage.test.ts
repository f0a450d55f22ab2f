import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { randomBytes } from "node:crypto";
import { createServer, type AddressInfo, type Socket } from "node:net";
import pg from "pg";
import {
  createPostgresEngine,
  postgresStorage,
} from "../../../src/authorization-server/storage/postgres-storage.js";
import { SealedStorage } from "../../../src/authorization-server/storage/sealed-storage.js";
import { StorageUnavailableError } from "../../../src/authorization-server/storage/storage.js";
import { storageContract } from "../../../src/testing/storage-contract.js";
import {
  describeWithPostgres,
  startPostgresServer,
  type PostgresServer,
} from "../../support/postgres-server.js";

describeWithPostgres("storage in PostgreSQL", () => {
  let server: PostgresServer;
  let url: string;

  beforeAll(async () => {
    server = await startPostgresServer();
  });
  beforeEach(async () => {
    url = await server.createDatabase();
  });
  afterAll(async () => {
    await server?.stop();
  });

  for (const { name, run } of storageContract) {
    it(name, () =>
      run((clock) => ({ engine: createPostgresEngine(url, { clock, timeoutSeconds: 60 }) })),
    );
  }

  it("works over the application's own pool, at any isolation level, and leaves it open", async () => {
    const pool = new pg.Pool({
      connectionString: url,
      options: "-c default_transaction_isolation=serializable",
    });
    const leavesNothing = storageContract.filter(({ name }) => /removes a whole grant/.test(name));
    expect(leavesNothing).toHaveLength(1);
    await leavesNothing[0]!.run((clock) => ({
      engine: createPostgresEngine(pool, { clock, timeoutSeconds: 60 }),
    }));
    expect((await pool.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
    await pool.end();
  });

  it("holds no id, token or cookie in a dump", async () => {
    const storage = await SealedStorage.open(
      postgresStorage(url, { keys: [{ id: "k1", secret: randomBytes(32) }] }),
    );
    const hidden = Array.from({ length: 5 }, () => randomBytes(24).toString("base64url"));
    const [id, grant, uid, account, cookie] = hidden as [string, string, string, string, string];
    const payload = { grantId: grant, uid, session: { cookie }, accountId: account };
    const indexes = { grant, uid, userCode: cookie, account, client: id };
    await storage.commit([{ put: { kind: "Interaction", id, payload, indexes } }]);
    const client = new pg.Client(url);
    await client.connect();
    const { rows } = await client.query("select * from mcp_oauth_records where kind <> 'Meta'");
    await client.end();
    await storage.close();
    expect(rows).toHaveLength(1);
    const row = rows[0] as { payload: string };
    const opened = Buffer.from(row.payload.split(".")[2]!, "base64url").toString("latin1");
    for (const text of hidden) expect(JSON.stringify(row) + opened).not.toContain(text);
  });

  it("refuses a schema that a newer version wrote", async () => {
    const engine = createPostgresEngine(url);
    await engine.open();
    const client = new pg.Client(url);
    await client.connect();
    await client.query("update mcp_oauth_schema set version = 99");
    await engine.close();
    await expect(createPostgresEngine(url).open()).rejects.toMatchObject({
      code: "ERR_OAUTH_STORAGE_SCHEMA",
    });
    await client.query("update mcp_oauth_schema set version = 1");
    await client.end();
    const again = createPostgresEngine(url);
    await again.open();
    await again.close();
  });

  it("is migrated once by processes that start concurrently", async () => {
    const engines = Array.from({ length: 8 }, () =>
      createPostgresEngine(url, { timeoutSeconds: 60 }),
    );
    await Promise.all(engines.map((engine) => engine.open()));
    await Promise.all(engines.map((engine) => engine.close()));
  });

  it("is an outage while the server is down, and recovers automatically", async () => {
    const engine = createPostgresEngine(url, { timeoutSeconds: 60 });
    await engine.open();
    const put = { kind: "Client", id: "c1", payload: "p", indexes: {}, createdAt: 1 };
    await engine.commit([{ put }]);
    await server.kill();
    await expect(engine.get("Client", "c1")).rejects.toThrow(StorageUnavailableError);
    await expect(engine.commit([{ put }])).rejects.toThrow(StorageUnavailableError);
    await server.restart();
    expect(await engine.get("Client", "c1")).toMatchObject({ payload: "p" });
    await engine.close();
  });

  it("survives the loss of a connection between two statements", async () => {
    const pool = new pg.Pool({ connectionString: url });
    const engine = createPostgresEngine(pool, { timeoutSeconds: 60 });
    await engine.open();
    const connection = await pool.connect();
    // An event without a listener would throw, and crash the process.
    expect(() => connection.emit("error", new Error("terminated"))).not.toThrow();
    connection.release(true);
    expect(await engine.get("Client", "none")).toBeUndefined();
    await engine.close();
    await pool.end();
  });

  it("is an outage when the server does not answer in time", async () => {
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => void sockets.add(socket));
    await new Promise<void>((listening) => void silent.listen(0, "127.0.0.1", listening));
    const { port } = silent.address() as AddressInfo;
    const deaf = `postgres://someone:hidden-password@127.0.0.1:${port}/db`;
    const engine = createPostgresEngine(deaf, { timeoutSeconds: 0.05 });
    const error: unknown = await engine.open().catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(StorageUnavailableError);
    expect(`${String(error)} ${String((error as Error).cause)}`).not.toContain("hidden");
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
});

describe("the URL of storage in PostgreSQL", () => {
  it.each(["", "localhost:5432", "mysql://root:hidden@localhost/db"])(
    "must be one of PostgreSQL, and is not repeated: %j",
    (value) => {
      let message = "";
      try {
        postgresStorage(value, { keys: [] });
      } catch (error) {
        message = String(error);
      }
      expect(message).toContain("ERR_OAUTH_STORAGE_URL");
      expect(message).not.toContain("hidden");
    },
  );
});
