import { describe, expect, it, jest } from "@jest/globals";
import { InvalidTokenError } from "../../../src/core/errors.js";
import type { OnError } from "../../../src/core/on-error.js";
import { safeCause } from "../../../src/core/safe-cause.js";
import { Faults } from "../../../src/telemetry/faults.js";

function createFaults(onError?: OnError) {
  const time = { now: 1_800_000_000 };
  const lines: string[] = [];
  const faults = new Faults({
    log: (line) => lines.push(line),
    onError,
    clock: () => time.now,
  });
  return { faults, lines, time };
}

const cause = safeCause(new TypeError("boom"), []);

describe("Faults", () => {
  it("writes one line with cause and stack for each source and minute", () => {
    const { faults, lines, time } = createFaults();
    for (let count = 0; count < 5; count++) faults.report("validate", cause);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(
      /^mcp-framework-oauth: validate failed: TypeError: boom \(at .*faults\.test\.ts:\d+:\d+/,
    );
    faults.report("enrich", cause);
    expect(lines).toHaveLength(2);
    time.now += 59;
    faults.report("validate", cause);
    expect(lines).toHaveLength(2);
    time.now += 1;
    faults.report("validate", cause);
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line).toMatch(/^[\x20-\x7e]+$/);
  });

  it("is not silenced by a clock that was set back", () => {
    const { faults, lines, time } = createFaults();
    faults.report("validate", cause);
    time.now -= 3600;
    faults.report("validate", cause);
    expect(lines).toHaveLength(2);
  });

  it("gives each error to onError, with its source", () => {
    const onError = jest.fn<OnError>();
    const { faults } = createFaults(onError);
    faults.report("issuers", cause);
    faults.report("issuers", cause);
    expect(onError.mock.calls).toEqual([
      [cause, { source: "issuers" }],
      [cause, { source: "issuers" }],
    ]);
  });

  it.each<[string, OnError]>([
    [
      "throws",
      () => {
        throw new Error("no");
      },
    ],
    ["rejects", () => Promise.reject(new Error("no")) as unknown as void],
  ])("goes on when onError %s", async (_, onError) => {
    const { faults, lines } = createFaults(onError);
    expect(() => faults.report("validate", cause)).not.toThrow();
    await Promise.resolve();
    expect(lines).toHaveLength(1);
  });

  it("reports what a watched function throws, now or later, and passes the original on", async () => {
    const { faults, lines, time } = createFaults();
    const original = new Error("no row for the-secret-token");
    const now = faults.watch(
      "validate",
      (_token: string): string => {
        throw original;
      },
      (token) => [token],
    );
    const later = faults.watch(
      "validate",
      (_token: string) => Promise.reject<string>(original),
      (token) => [token],
    );
    expect(() => now("the-secret-token")).toThrow(original);
    time.now += 60;
    await expect(later("the-secret-token")).rejects.toBe(original);
    expect(lines).toHaveLength(2);
    for (const line of lines) {
      expect(line).toContain("no row for [removed]");
      expect(line).not.toContain("the-secret");
    }
  });

  it("reports no answer, and no refusal on purpose", async () => {
    const { faults, lines } = createFaults();
    expect(faults.watch("validate", (text: string) => text)("good")).toBe("good");
    expect(await faults.watch("validate", async () => "good")()).toBe("good");
    const refusing = faults.watch("enrich", () =>
      Promise.reject(new InvalidTokenError("custom_locked")),
    );
    await expect(refusing()).rejects.toThrow(InvalidTokenError);
    expect(lines).toEqual([]);
  });

  it("withholds what a function says that returns a secret", async () => {
    const { faults, lines } = createFaults();
    const source = faults.watchSecret(() =>
      Promise.reject<string>(new Error("cannot parse hunter2")),
    );
    await expect(source()).rejects.toThrow("hunter2");
    expect(lines[0]).toMatch(
      /^mcp-framework-oauth: secret failed: Error \(message withheld.*faults\.test\.ts/,
    );
    expect(lines[0]).not.toContain("hunter2");
  });
});
