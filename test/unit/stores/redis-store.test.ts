import { afterEach, describe, expect, it, jest } from "@jest/globals";
import { ConfigurationError } from "../../../src/core/errors.js";
import type { RedisClient } from "../../../src/stores/redis-commands.js";
import { createRedisStore, RedisStore } from "../../../src/stores/redis-store.js";
import { holdTimers, releaseTimers } from "../../support/timers.js";

afterEach(releaseTimers);

function client(call: RedisClient["call"], more: Partial<RedisClient> = {}): RedisClient {
  return { call, ...more };
}

describe("createRedisStore", () => {
  it.each(["", "localhost:6379", "http://localhost", "redis://", "not a url :secret@"])(
    "refuses %j as a URL, without repeating it",
    async (url) => {
      const error: unknown = await createRedisStore(url).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(ConfigurationError);
      expect((error as Error).message).not.toContain("secret");
      expect((error as Error).cause).toBeUndefined();
    },
  );

  it("refuses something that is neither URL nor client", async () => {
    await expect(createRedisStore({} as RedisClient)).rejects.toThrow(ConfigurationError);
    await expect(createRedisStore(undefined as never)).rejects.toThrow(ConfigurationError);
    const answering = client(() => Promise.resolve("1"));
    await expect((await createRedisStore(answering)).get("n:a")).resolves.toBe("1");
  });

  it.each([0, -1, 1.5, NaN, Infinity])("refuses a time limit of %d ms", async (value) => {
    const answering = client(() => Promise.resolve("1"));
    await expect(createRedisStore(answering, { commandTimeoutMs: value })).rejects.toThrow(
      ConfigurationError,
    );
    await expect(createRedisStore("redis://h", { commandTimeoutMs: value })).rejects.toThrow(
      ConfigurationError,
    );
  });

  it("names the cure when ioredis is not installed", async () => {
    jest.unstable_mockModule("ioredis", () => {
      throw new Error("Cannot find package 'ioredis'");
    });
    await expect(createRedisStore("redis://localhost")).rejects.toThrow(/npm install ioredis/);
  });
});

describe("RedisStore", () => {
  it.each(["close", "reconnecting", "end"])(
    "sends nothing while the client is in %j",
    async (status) => {
      const call = jest.fn<RedisClient["call"]>(() => Promise.resolve("1"));
      await expect(new RedisStore(client(call, { status })).get("n:a")).rejects.toMatchObject({
        code: "disconnected",
      });
      expect(call).not.toHaveBeenCalled();
      await expect(new RedisStore(client(call, { status: "ready" })).get("n:a")).resolves.toBe("1");
    },
  );

  it("is not worn out by a client that throws", async () => {
    let broken = true;
    const call: RedisClient["call"] = () => {
      if (broken) throw new Error("no connection");
      return Promise.resolve("1");
    };
    const store = new RedisStore(client(call), { maxPending: 2 });
    for (let index = 0; index < 3; index++) {
      await expect(store.get("n:a")).rejects.toMatchObject({ code: "failed" });
    }
    broken = false;
    await expect(store.get("n:a")).resolves.toBe("1");
  });

  it("reads key by key in a cluster, where MGET cannot span slots", async () => {
    const commands: string[] = [];
    const cluster = client(
      (command) => {
        commands.push(command);
        return Promise.resolve(String(commands.length));
      },
      { isCluster: true },
    );
    expect(await new RedisStore(cluster).getMany(["n:a", "n:b"])).toEqual(["1", "2"]);
    expect(commands).toEqual(["GET", "GET"]);
  });

  it("keeps the code of an error and nothing else", async () => {
    const failure = Object.assign(new Error("READONLY secret"), { command: { args: ["secret"] } });
    const error: unknown = await new RedisStore(client(() => Promise.reject(failure)))
      .set("n:a", "secret", 60)
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ code: "READONLY", message: "Redis SET failed: READONLY" });
    expect((error as Error).cause).toBeUndefined();
  });

  it("takes an answer that lay unread while this process was busy", async () => {
    holdTimers();
    // Lies in the socket: read in the turn in which the time limit is noticed, after the timers.
    const answering = client(() => new Promise((resolve) => setImmediate(() => resolve("1"))));
    const answer = new RedisStore(answering, { commandTimeoutMs: 1 }).get("n:a");
    jest.advanceTimersByTime(1);
    await expect(answer).resolves.toBe("1");
  });

  it("does not take a strange answer for an addition", async () => {
    const answers = (value: unknown) => new RedisStore(client(() => Promise.resolve(value)));
    await expect(answers(null).add("n:a", "1", 1)).resolves.toBe(false);
    await expect(answers("QUEUED").add("n:a", "1", 1)).resolves.toBe(false);
    await expect(answers("OK").add("n:a", "1", 1)).resolves.toBe(true);
    await expect(answers("x").increment("n:a", 1)).rejects.toThrow(/unexpected_reply/);
    await expect(answers("x").getMany(["n:a"])).rejects.toThrow(/unexpected_reply/);
  });
});
