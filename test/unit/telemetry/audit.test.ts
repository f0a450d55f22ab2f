import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { describe, expect, it } from "@jest/globals";
import type { AuditSink, AuthEvent, AuthOutcome } from "../../../src/core/auth-event.js";
import { closeSinks, fanOut } from "../../../src/telemetry/audit-sinks.js";
import { jsonLinesAudit } from "../../../src/telemetry/json-lines-audit.js";
import { refusalLog } from "../../../src/telemetry/refusal-log.js";
import { temporaryFolder } from "../../support/temporary/folder.js";

function event(fields: Partial<AuthEvent> = {}): AuthEvent {
  return {
    kind: "decision",
    time: 1_800_000_000,
    outcome: "refused",
    status: 401,
    reason: "expired",
    transport: "http-stream",
    method: "POST",
    ...fields,
  };
}

/** A stream that takes one chunk and then nothing until told. */
function slowStream() {
  const taken: string[] = [];
  let proceed: (() => void) | undefined;
  const stream = new Writable({
    highWaterMark: 1,
    write: (chunk: Buffer, _encoding, done) => {
      taken.push(chunk.toString());
      proceed = done;
    },
  });
  return {
    stream,
    taken,
    drain: async () => {
      while (proceed !== undefined) {
        const go = proceed;
        proceed = undefined;
        go();
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}

describe("what sinks want of allowed requests", () => {
  const everything = () => undefined;
  const nothing = Object.assign(() => undefined, {
    wants: (outcome: AuthOutcome) => outcome !== "allowed",
  });

  it("is everything, unless each of them says otherwise", () => {
    const wants = (...sinks: AuditSink[]) => fanOut(sinks, () => undefined).wants?.("allowed");
    expect(wants(everything)).toBe(true);
    expect(wants(nothing, everything)).toBe(true);
    expect(wants(nothing, nothing)).toBe(false);
    expect(wants()).toBe(false);
    const broken = Object.assign(() => undefined, {
      wants: () => {
        throw new Error("broken");
      },
    });
    expect(wants(nothing, broken)).toBe(true);
  });

  it("is nothing for the log of refusals, except where lines were left out", () => {
    const lines: string[] = [];
    const log = refusalLog({ warn: (line) => lines.push(line), linesPerMinute: 1 });
    expect(log.wants?.("allowed")).toBe(false);
    log(event());
    expect(log.wants?.("allowed")).toBe(false);
    log(event());
    expect(log.wants?.("allowed")).toBe(true);
    log(event({ outcome: "allowed", time: 1_800_000_060 }));
    expect(lines.at(-1)).toContain("1 more refusals: expired");
    expect(log.wants?.("allowed")).toBe(false);
    const chatty = refusalLog({ warn: () => undefined, info: () => undefined });
    expect(chatty.wants?.("allowed")).toBe(true);
  });
});

describe("several sinks", () => {
  it("all get the event, also when one of them fails; one complaint is enough", async () => {
    const seen: string[] = [];
    let complaints = 0;
    const sink = fanOut(
      [
        () => {
          throw new Error("broken");
        },
        async () => Promise.reject(new Error("broken, too")),
        ({ reason }) => void seen.push(reason ?? ""),
      ],
      () => complaints++,
    );
    sink(event());
    sink(event({ reason: "bad" }));
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen).toEqual(["expired", "bad"]);
    expect(complaints).toBe(2);
  });
});

describe("the log of refusals", () => {
  function log(options: { info?: boolean } = {}) {
    const lines: string[] = [];
    const write = (line: string): void => void lines.push(line);
    const sink = refusalLog({
      warn: write,
      linesPerMinute: 3,
      ...(options.info === true && { info: write }),
    });
    return { lines, sink };
  }

  it("has one line with the reason, and where from", () => {
    const { lines, sink } = log();
    sink(event({ clientAddress: "192.0.2.1", requestId: "r-1" }));
    expect(lines).toEqual([
      "mcp-framework-oauth: 401 expired (POST http-stream from 192.0.2.1, request r-1)",
    ]);
  });

  it("is quiet about what is allowed and about a first request without a token", () => {
    const { lines, sink } = log();
    sink(event({ outcome: "allowed", status: 200 }));
    sink(event({ reason: "credential_missing" }));
    sink(event({ kind: "elevation", outcome: "allowed" }));
    expect(lines).toEqual([]);
  });

  it("does not log revocations: their caller gets the result", () => {
    const revocation = { kind: "revocation", method: "revoke", transport: "none" } as const;
    const { lines, sink } = log();
    sink(event({ ...revocation, outcome: "allowed", status: 200 }));
    sink(event({ ...revocation, outcome: "unavailable", status: 503 }));
    expect(lines).toEqual([]);
  });

  it("tells what is allowed, and all other kinds, where asked to", () => {
    const { lines, sink } = log({ info: true });
    sink(event({ outcome: "allowed", status: 200 }));
    sink(event({ kind: "elevation", outcome: "allowed", status: 200 }));
    sink(event({ kind: "revocation", outcome: "allowed", status: 200 }));
    expect(lines).toHaveLength(3);
  });

  it("is not flooded: repetitions are counted, and other reasons still seen", () => {
    const { lines, sink } = log();
    for (let i = 0; i < 1_000; i++) sink(event());
    sink(event({ reason: "bad" }));
    expect(lines).toHaveLength(4);
    sink(event({ time: 1_800_000_060 }));
    expect(lines[4]).toBe("mcp-framework-oauth: 997 more refusals: expired");
    expect(lines).toHaveLength(6);
  });

  it("is not flooded by made-up reasons either", () => {
    const { lines, sink } = log();
    for (let i = 0; i < 5_000; i++) sink(event({ reason: `reason_${i}` }));
    expect(lines.length).toBeLessThanOrEqual(203);
  });

  it("keeps one refusal on one line", () => {
    const { lines, sink } = log();
    sink(event({ reason: "a\nmcp-framework-oauth: 200", method: "X\r\n" }));
    expect(lines.join("")).not.toMatch(/[\r\n]/);
  });
});

describe("JSON lines", () => {
  it("go to a file that others cannot read, one event a line", async () => {
    const path = join(temporaryFolder(), "audit.jsonl");
    const sink = jsonLinesAudit(path);
    sink(event({ subject: "line\nbreak" }));
    sink(event({ reason: "bad" }));
    await sink.close();
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { ...event({ subject: "line\nbreak" }), time: "2027-01-15T08:00:00.000Z" },
      { ...event({ reason: "bad" }), time: "2027-01-15T08:00:00.000Z" },
    ]);
    expect(statSync(path).mode & 0o077).toBe(0);
  });

  it("wait for a slow stream up to a limit, and the rest is counted and told", async () => {
    const { stream, taken, drain } = slowStream();
    const sink = jsonLinesAudit(stream, { maxQueued: 5 });
    for (let i = 0; i < 100; i++) sink(event({ reason: `r${i}` }));
    expect(sink.dropped).toBe(94);
    await drain();
    const reasons = taken.map((line) => JSON.parse(line) as { reason?: string; count?: number });
    expect(reasons.map(({ reason, count }) => reason ?? count)).toEqual([
      "r0",
      94,
      "r1",
      "r2",
      "r3",
      "r4",
      "r5",
    ]);
    sink(event({ reason: "later" }));
    expect(taken.at(-1)).toContain("later");
  });

  it("are dropped, not thrown, once the stream is broken", async () => {
    const stream = new Writable({ write: (_chunk, _encoding, done) => done(new Error("full")) });
    const sink = jsonLinesAudit(stream);
    sink(event());
    await new Promise((resolve) => setImmediate(resolve));
    expect(() => sink(event())).not.toThrow();
    expect(sink.dropped).toBeGreaterThanOrEqual(1);
    await closeSinks([sink]);
  });
});
