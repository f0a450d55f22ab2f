import { describe, expect, it } from "@jest/globals";
import type { AuthEvent } from "../../../src/core/auth-event.js";
import { apiKeyWarning } from "../../../src/telemetry/api-key-warning.js";

const START = 1_800_000_000;

function event(fields: Partial<AuthEvent> = {}): AuthEvent {
  return {
    kind: "decision",
    time: START,
    outcome: "allowed",
    status: 200,
    transport: "http-stream",
    method: "POST",
    scheme: "ApiKey",
    tokenFingerprint: "fingerprint-of-1",
    issuer: "urn:mcp-framework-oauth:api-key",
    clientId: "ci",
    ...fields,
  };
}

function warnings() {
  const lines: string[] = [];
  const sink = apiKeyWarning({ warn: (line) => lines.push(line), sunset: undefined });
  return { lines, tell: (fields?: Partial<AuthEvent>) => sink(event(fields)) };
}

describe("the warning of API keys in use", () => {
  it("is one line for each key and hour", () => {
    const { lines, tell } = warnings();
    tell();
    tell({ time: START + 3599 });
    tell({ tokenFingerprint: "fingerprint-of-2", clientId: "other" });
    expect(lines).toEqual([
      "mcp-framework-oauth: client ci uses a deprecated API key (fingerprint fingerprint-of-1)",
      "mcp-framework-oauth: client other uses a deprecated API key (fingerprint fingerprint-of-2)",
    ]);
    tell({ time: START + 3600 });
    expect(lines).toHaveLength(3);
  });

  it("is also for a valid key whose request is refused, and not for an unknown key or a token", () => {
    const { lines, tell } = warnings();
    const { issuer: _issuer, clientId: _client, ...unknown } = event();
    apiKeyWarning({ warn: (line) => lines.push(line), sunset: undefined })({
      ...unknown,
      outcome: "refused",
    });
    tell({ scheme: "Bearer" });
    expect(lines).toEqual([]);
    tell({ outcome: "refused", status: 403 });
    expect(lines).toHaveLength(1);
  });

  it("remembers a thousand keys", () => {
    const { lines, tell } = warnings();
    for (let key = 0; key <= 1000; key++) tell({ tokenFingerprint: `key-${key}` });
    tell({ tokenFingerprint: "key-1000" });
    expect(lines).toHaveLength(1001);
    tell({ tokenFingerprint: "key-0" });
    expect(lines).toHaveLength(1002);
  });

  it("keeps control characters of a client out of the log", () => {
    const { lines, tell } = warnings();
    tell({ clientId: "ci\nforged line" });
    expect(lines[0]).not.toContain("\n");
  });
});
