import { describe, expect, it, jest } from "@jest/globals";
import { InvalidTokenError, UnavailableError } from "../../../src/core/errors.js";
import { UpstreamGate, type UpstreamLimits } from "../../../src/limits/upstream-gate.js";
import { outcome } from "../../support/outcome.js";
import { requirement } from "../../support/requirement.js";

const down = async () => {
  throw new UnavailableError("custom_down");
};
const up = async () => "up";

function createGate(limits: UpstreamLimits = {}) {
  const time = { now: 1000 };
  const gate = new UpstreamGate(
    "callback",
    () => time.now,
    limits,
    () => 1,
  );
  return { gate, time };
}

function held() {
  let release: (value: string) => void = () => undefined;
  const promise = new Promise<string>((resolve) => (release = resolve));
  return { call: () => promise, release };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe("UpstreamGate", () => {
  it("lets so many calls run at once and starts the next when one ends", async () => {
    const { gate } = createGate({ maxConcurrent: 2 });
    const first = held();
    const second = held();
    const third = jest.fn(up);
    void gate.run(first.call);
    void gate.run(second.call);
    const last = gate.run(third);
    await settle();
    expect(third).not.toHaveBeenCalled();
    expect(gate.load).toEqual({ active: 2, waiting: 1 });
    first.release("done");
    await expect(last).resolves.toBe("up");
    second.release("done");
    await settle();
    expect(gate.load).toEqual({ active: 0, waiting: 0 });
  });

  it("never runs more than the limit, in any order of completion", async () => {
    const { gate } = createGate({ maxConcurrent: 3, maxQueued: 100, failuresToPause: Infinity });
    let active = 0;
    let most = 0;
    const work = async (n: number) => {
      most = Math.max(most, ++active);
      await settle();
      active -= 1;
      if (n % 3 === 0) throw new UnavailableError("custom_down");
    };
    await Promise.allSettled(Array.from({ length: 60 }, (_, n) => gate.run(() => work(n))));
    expect(most).toBe(3);
    expect(gate.load).toEqual({ active: 0, waiting: 0 });
  });

  requirement("avail-fair", "keeps half of its places from one address", async () => {
    const { gate } = createGate({ maxConcurrent: 4 });
    const flood = held();
    const calls = Array.from({ length: 9 }, () => gate.run(flood.call, "203.0.113.5"));
    expect(gate.load).toEqual({ active: 2, waiting: 7 });
    await expect(gate.run(up, "198.51.100.1")).resolves.toBe("up");
    flood.release("done");
    await Promise.all(calls);
  });

  it("refuses what does not fit into the queue, at once", async () => {
    const { gate } = createGate({ maxConcurrent: 1, maxQueued: 1 });
    const first = held();
    void gate.run(first.call);
    const queued = gate.run(up);
    expect(await outcome(gate.run(up))).toBe("UnavailableError callback_overloaded");
    first.release("done");
    await expect(queued).resolves.toBe("up");
  });

  it("does not let a call wait longer than it may", async () => {
    const { gate } = createGate({ maxConcurrent: 1, maxWaitSeconds: 0.01 });
    const first = held();
    void gate.run(first.call);
    expect(await outcome(gate.run(up))).toBe("UnavailableError callback_overloaded");
    expect(gate.load).toEqual({ active: 1, waiting: 0 });
    first.release("done");
  });

  it("makes no calls for a while after failures in a row, then probes with one", async () => {
    const { gate, time } = createGate({ failuresToPause: 3 });
    for (let n = 0; n < 3; n++)
      expect(await outcome(gate.run(down))).toBe("UnavailableError custom_down");
    const call = jest.fn(up);
    expect(await outcome(gate.run(call))).toBe("UnavailableError callback_paused");
    expect(call).not.toHaveBeenCalled();

    time.now += 1;
    const probe = held();
    const probing = gate.run(probe.call);
    expect(await outcome(gate.run(call))).toBe("UnavailableError callback_paused");
    probe.release("back");
    await expect(probing).resolves.toBe("back");
    await expect(gate.run(call)).resolves.toBe("up");
  });

  it("doubles the pause while probes fail, up to half a minute", async () => {
    const { gate, time } = createGate({ failuresToPause: 1 });
    await outcome(gate.run(down));
    for (const pause of [1, 2, 4, 8, 16, 30, 30]) {
      time.now += pause - 0.001;
      expect(await outcome(gate.run(up))).toBe("UnavailableError callback_paused");
      time.now += 0.001;
      expect(await outcome(gate.run(down))).toBe("UnavailableError custom_down");
    }
  });

  it("does not lengthen a pause by calls that were in progress when it began", async () => {
    const { gate, time } = createGate({ failuresToPause: 1 });
    await Promise.all([1, 2, 3, 4].map(() => outcome(gate.run(down))));
    time.now += 1;
    await expect(gate.run(up)).resolves.toBe("up");
  });

  it("spreads the ends of pauses", async () => {
    const time = { now: 0 };
    const early = new UpstreamGate(
      "callback",
      () => time.now,
      { failuresToPause: 1 },
      () => 0,
    );
    await outcome(early.run(down));
    time.now = 0.5;
    await expect(early.run(up)).resolves.toBe("up");
  });

  it("starts counting again after a success", async () => {
    const { gate } = createGate({ failuresToPause: 2 });
    await outcome(gate.run(down));
    await gate.run(up);
    await outcome(gate.run(down));
    await expect(gate.run(up)).resolves.toBe("up");
  });

  it("takes a refused token for a sign of life", async () => {
    const { gate } = createGate({ failuresToPause: 2 });
    const refuse = async () => {
      throw new InvalidTokenError("custom_bad");
    };
    for (let n = 0; n < 20; n++) await outcome(gate.run(refuse));
    await expect(gate.run(up)).resolves.toBe("up");
  });

  it("sends the queue away when a pause begins", async () => {
    const { gate } = createGate({ maxConcurrent: 1, failuresToPause: 1 });
    const running = outcome(gate.run(down));
    const queued = [outcome(gate.run(up)), outcome(gate.run(up))];
    expect(await running).toBe("UnavailableError custom_down");
    expect(await Promise.all(queued)).toEqual([
      "UnavailableError callback_paused",
      "UnavailableError callback_paused",
    ]);
    expect(gate.load).toEqual({ active: 0, waiting: 0 });
  });

  it("does not stay paused for hours when the clock is set back", async () => {
    const { gate, time } = createGate({ failuresToPause: 1 });
    await outcome(gate.run(down));
    time.now -= 7200;
    await expect(gate.run(up)).resolves.toBe("up");
  });
});
