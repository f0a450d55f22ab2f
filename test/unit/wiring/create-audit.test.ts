import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { logger } from "mcp-framework";
import type { AuthEvent } from "../../../src/core/auth-event.js";
import { createAudit } from "../../../src/wiring/create-audit.js";
import { OAuthAuthProvider } from "../../../src/index.js";
import { startServer } from "../../support/mcp-server.js";
import { WhoAmI } from "../../support/tools.js";

const EVENT = { outcome: "refused", subject: "alice" } as AuthEvent;

let logged: string[];
let spy: { mockRestore(): void };
beforeEach(() => {
  logged = [];
  spy = jest.spyOn(logger, "error").mockImplementation((line) => void logged.push(line));
});
afterEach(() => spy.mockRestore());

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("an audit sink", () => {
  it("gets the event", async () => {
    const sink = jest.fn();
    createAudit({ audit: sink })(EVENT);
    await settled();
    expect(sink.mock.calls).toEqual([[EVENT]]);
    expect(logged).toEqual([]);
  });

  it.each<[string, () => unknown]>([
    [
      "throws",
      () => {
        throw new Error("cannot write alice");
      },
    ],
    ["rejects", () => Promise.reject(new Error("cannot write alice"))],
  ])("that %s is noted, without what it said", async (_, sink) => {
    expect(() => createAudit({ audit: sink })(EVENT)).not.toThrow();
    await settled();
    expect(logged).toEqual(["mcp-framework-oauth: the audit sink failed; an event is lost"]);
  });

  it("that throws keeps no request from its answer", async () => {
    const running = await startServer({
      transport: "http-stream batch",
      provider: new OAuthAuthProvider({
        resource: "http://127.0.0.1:8080/mcp",
        authorizationServers: ["http://127.0.0.1:1"],
        verifyAtStart: "off",
        audit: () => {
          throw new Error("no disk");
        },
      }),
      tools: [WhoAmI],
    });
    const response = await fetch(running.url, { method: "POST", body: "{}" });
    expect(response.status).toBe(401);
    await running.close();
  });
});
