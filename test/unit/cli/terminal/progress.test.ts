import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { startProgress } from "../../../../src/cli/terminal/progress.js";

describe("progress", () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  const stream = (isTTY: boolean) => Object.assign(new PassThrough(), { isTTY });
  const written = (output: PassThrough) => String((output.read() as Buffer | null) ?? "");

  it("says nothing about what takes less than a second", () => {
    const terminal = stream(true);
    const progress = startProgress(terminal, "working");
    jest.advanceTimersByTime(999);
    progress.stop();
    jest.advanceTimersByTime(5_000);
    expect(written(terminal)).toBe("");
  });

  it("says what is being done after a second, and leaves no trace", () => {
    const terminal = stream(true);
    const progress = startProgress(terminal, "one");
    progress.update("two");
    jest.advanceTimersByTime(1_000);
    expect(written(terminal)).toMatch(/ two$/);
    progress.stop();
    expect(written(terminal)).toBe("\r\x1b[2K");
    jest.advanceTimersByTime(5_000);
    expect(written(terminal)).toBe("");
  });

  it("is silent where standard error is no terminal", () => {
    const file = stream(false);
    const progress = startProgress(file, "working");
    jest.advanceTimersByTime(5_000);
    progress.stop();
    expect(written(file)).toBe("");
  });
});
