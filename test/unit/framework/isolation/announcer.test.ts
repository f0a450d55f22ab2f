import { describe, expect, it } from "@jest/globals";

import { Announcer } from "../../../../src/framework/isolation/announcer.js";
import type { JsonRpcMessage } from "../../../../src/framework/internals.js";
import { LogLevels } from "../../../../src/framework/isolation/log-levels.js";
import { protectionOf } from "../../../../src/framework/registry.js";
import { fakeProvider } from "../../../support/fake-protection.js";
import { SessionRegistry } from "../../../support/resolved.js";

function setup() {
  const announcer = new Announcer(new LogLevels("warning"));
  const sessions = new SessionRegistry();
  const sent: unknown[] = [];
  const send = async (message: unknown) => void sent.push(message);
  const sender = { token: { audience: [], scopes: [], claims: {} }, tokenHash: "x" };
  const opening = sessions.open({ principal: "alice" }, sender);
  const transport = { send, close: () => Promise.resolve() };
  sessions.add({ id: "1", principal: "alice", transport }, opening);
  announcer.addSessions(sessions, protectionOf(fakeProvider().provider)!, transport);
  return { announcer, sessions, sent };
}

describe("what a transport says to all its sessions", () => {
  it("is notifications", async () => {
    const { announcer, sessions, sent } = setup();
    const changed = { jsonrpc: "2.0", method: "notifications/tools/list_changed" } as const;
    await announcer.announce(changed, sessions);
    expect(sent).toEqual([changed]);
  });

  it.each([
    ["a response", { jsonrpc: "2.0", id: 1, result: {} }],
    ["a request", { jsonrpc: "2.0", id: 1, method: "roots/list" }],
  ])("is never %s", async (_, message) => {
    const { announcer, sessions, sent } = setup();
    await expect(announcer.announce(message as JsonRpcMessage, sessions)).rejects.toThrow(
      "need a session",
    );
    expect(sent).toEqual([]);
  });

  it("is nothing once the transport has stopped", async () => {
    const { announcer, sessions, sent } = setup();
    announcer.removeSessions(sessions);
    await announcer.announce({ jsonrpc: "2.0", method: "notifications/x" }, sessions);
    expect(sent).toEqual([]);
  });
});
