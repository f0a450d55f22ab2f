import { describe, expect, it } from "@jest/globals";
import { runInExchange, type Exchange } from "../../../../src/framework/exchange.js";
import type { FrameworkTool, SessionServer } from "../../../../src/framework/internals.js";
import { connectScoped } from "../../../../src/framework/message-scope.js";
import { scopeTool } from "../../../../src/framework/isolation/tool-scope.js";
import { fakeSessionServer, fakeTransport } from "../../../support/fake-session.js";

const EXCHANGE = { streaming: false } as unknown as Exchange;

interface Fields extends FrameworkTool {
  server?: unknown;
  _progressToken?: unknown;
  _abortSignal?: unknown;
}

function makeTool(fields: Partial<Fields> = {}): Fields {
  const tool: Fields = { name: "t", injectServer: () => undefined, ...fields };
  scopeTool(tool);
  return tool;
}

/** Runs `work` as the handling of one message, as the server of a session would. */
async function inMessage(work: (server: SessionServer) => void): Promise<void> {
  const transport = fakeTransport();
  const server = fakeSessionServer(() => work(server));
  await connectScoped(
    server,
    transport,
    (to) => server.connect(to),
    false,
    () => true,
  );
  runInExchange(EXCHANGE, () =>
    transport.onmessage?.({ jsonrpc: "2.0", id: 1, method: "tools/call" }),
  );
}

describe("what mcp-framework writes into a tool", () => {
  it("stays with the message it was written for", async () => {
    const tool = makeTool();
    const seen: unknown[] = [];
    await inMessage(() => {
      tool._progressToken = "one";
      tool._abortSignal = "signal";
      seen.push(tool._progressToken, tool._abortSignal);
    });
    await inMessage(() => seen.push(tool._progressToken, tool._abortSignal));
    expect(seen).toEqual(["one", "signal", undefined, undefined]);
    expect(tool._progressToken).toBeUndefined();
  });

  it("is the session's server during a message, also after an assignment", async () => {
    const tool = makeTool({ server: "shared" });
    await inMessage((server) => {
      tool.server = "another session's";
      expect(tool.server).toBe(server);
    });
    expect(tool.server).toBe("shared");
  });

  it("is neither shown nor kept in a guarded request outside any message", () => {
    const tool = makeTool({ server: "shared", _progressToken: "stdio's" });
    runInExchange(EXCHANGE, () => {
      expect([tool.server, tool._progressToken]).toEqual([undefined, undefined]);
      tool._progressToken = "alice's";
    });
    expect([tool.server, tool._progressToken]).toEqual(["shared", "stdio's"]);
  });

  it("is an ordinary field on stdio", () => {
    const tool = makeTool({ server: "shared" });
    tool.server = "other";
    tool._progressToken = 7;
    expect([tool.server, tool._progressToken]).toEqual(["other", 7]);
  });
});
