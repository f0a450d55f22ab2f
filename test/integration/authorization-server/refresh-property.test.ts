import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { MemoryStorageEngine } from "../../../src/authorization-server/storage/memory-storage.js";
import { runSchedules, startRefreshWorld, type RefreshWorld } from "../../support/refresh-world.js";

const WINDOW = 30;
/** `REFRESH_SCHEDULES=10000 npm test -- refresh-property` takes some ten minutes. */
const SCHEDULES = Number(process.env["REFRESH_SCHEDULES"] ?? 300);
const options = { numRuns: SCHEDULES / 2, seed: 17 };
// Only for hangs: a busy machine may be many times slower than an idle one.
jest.setTimeout(300_000 + SCHEDULES * 2_000);

describe("refresh tokens under random schedules", () => {
  let world: RefreshWorld;
  beforeAll(async () => {
    world = await startRefreshWorld((clock) => new MemoryStorageEngine({ clock }), WINDOW);
  });
  afterAll(() => world.close());

  it("never sign out a client that retries in time after races, lost responses and crashes", () =>
    runSchedules(world, "honest", options));

  it("follow the model when they are stolen: every theft is detected after the window", () =>
    runSchedules(world, "hostile", options));

  it("are checked by a schedule that contains every event", () => {
    const events = new Set(world.seen);
    expect([...events].sort()).toEqual(
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
});
