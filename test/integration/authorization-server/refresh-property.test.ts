import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { MemoryStorageEngine } from "../../../src/authorization-server/storage/memory-storage.js";
import { createPostgresEngine } from "../../../src/authorization-server/storage/postgres-storage.js";
import { RedisStorageEngine } from "../../../src/authorization-server/storage/redis-storage.js";
import { createSqliteEngine } from "../../../src/authorization-server/storage/sqlite-storage.js";
import type { StorageEngine } from "../../../src/authorization-server/storage/storage.js";
import { describeWithPostgres, startPostgresServer } from "../../support/postgres-server.js";
import { describeWithRedis, startRedisServer } from "../../support/redis-server.js";
import { runSchedules, startRefreshWorld, type RefreshWorld } from "../../support/refresh-world.js";
import { temporaryFolder } from "../../support/temporary/folder.js";

const WINDOW = 30;
/** `REFRESH_SCHEDULES=10000 npm run evidence -- schedules` takes an hour or more. */
const SCHEDULES = Number(process.env["REFRESH_SCHEDULES"] ?? 1_000);
const SEED = Number(process.env["REFRESH_SEED"] ?? 17);
const options = { numRuns: SCHEDULES / 2, seed: SEED };
// Only for hangs: a busy machine may be many times slower than an idle one.
jest.setTimeout(300_000 + SCHEDULES * 2_000);

interface Place {
  createEngine(clock: () => number): StorageEngine;
  stop(): Promise<void>;
}

function followTheModel(createPlace: () => Promise<Place>): void {
  let place: Place;
  let world: RefreshWorld;
  beforeAll(async () => {
    place = await createPlace();
    world = await startRefreshWorld((clock) => place.createEngine(clock), WINDOW);
  });
  afterAll(async () => {
    await world?.close();
    await place?.stop();
  });

  it("never sign out a client that retries in time after races, lost responses and crashes", () =>
    runSchedules(world, "honest", options));

  it("follow the model when they are stolen: every theft is detected after the window", () =>
    runSchedules(world, "hostile", options));

  it("are checked by a schedule that contains every event", () => {
    expect([...world.seen].sort()).toEqual(
      [
        "answered",
        "crash-after",
        "crash-before",
        "foreign",
        "lost",
        "refused",
        "steal",
        "thief",
        "wait",
      ].sort(),
    );
  });
}

const nothing = () => Promise.resolve();

describe("refresh tokens under random schedules in memory", () =>
  followTheModel(() =>
    Promise.resolve({
      createEngine: (clock) => new MemoryStorageEngine({ clock }),
      stop: nothing,
    }),
  ));

describe("refresh tokens under random schedules in SQLite", () =>
  followTheModel(() =>
    Promise.resolve({
      // The process is not killed here: kill.test.ts does that, with "full".
      createEngine: (clock) =>
        createSqliteEngine(join(temporaryFolder(), "auth.db"), { clock, synchronous: "normal" }),
      stop: nothing,
    }),
  ));

describeWithPostgres("refresh tokens under random schedules in PostgreSQL", () =>
  followTheModel(async () => {
    const server = await startPostgresServer();
    const url = await server.createDatabase();
    return {
      createEngine: (clock) => createPostgresEngine(url, { clock, timeoutSeconds: 60 }),
      stop: () => server.stop(),
    };
  }),
);

describeWithRedis("refresh tokens under random schedules in Redis", () =>
  followTheModel(async () => {
    const server = await startRedisServer();
    return {
      createEngine: (clock) =>
        new RedisStorageEngine(server.url, {
          clock,
          prefix: `${randomUUID()}:`,
          timeoutSeconds: 60,
        }),
      stop: () => server.stop(),
    };
  }),
);
