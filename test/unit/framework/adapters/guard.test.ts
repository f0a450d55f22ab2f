import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "@jest/globals";

import { guardedListener } from "../../../../src/framework/adapters/guard.js";
import type { Protection } from "../../../../src/gate/protection.js";
import { protectionOf } from "../../../../src/framework/registry.js";
import { fakeProvider } from "../../../support/fake-protection.js";
import { SessionRegistry } from "../../../support/resolved.js";

let close: () => void = () => undefined;
afterEach(() => close());

type Framework = (...args: Parameters<RequestListener>) => unknown;

async function serve(protection: Protection, framework: Framework): Promise<string> {
  const guard = guardedListener(
    protection,
    {
      kind: "http-stream",
      endpoints: new Map([["/mcp", "mcp"]]),
      health: undefined,
      sessions: new SessionRegistry(),
      maxBodyBytes: 1000,
      streaming: false,
    },
    framework,
  );
  const server = createServer(guard).listen(0, "127.0.0.1");
  close = () => server.close();
  await new Promise((resolve) => server.once("listening", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
}

const { provider } = fakeProvider({ alice: {} });
const ALICE = { headers: { Authorization: "Bearer alice" } };

describe("the guard", () => {
  it("lets the framework answer", async () => {
    const url = await serve(protectionOf(provider)!, (_, res) => res.end("framework"));
    expect(await (await fetch(url, ALICE)).text()).toBe("framework");
  });

  it.each([
    ["before it answers", () => Promise.reject(new Error("boom")), 503],
    [
      "after it has begun to answer",
      (_, res) => {
        res.writeHead(200).end("begun");
        return Promise.reject(new Error("boom"));
      },
      200,
    ],
  ] as [string, (...args: Parameters<RequestListener>) => Promise<void>, number][])(
    "outlives a framework that fails %s",
    async (_, framework, status) => {
      const url = await serve(protectionOf(provider)!, framework);
      expect((await fetch(url, ALICE)).status).toBe(status);
    },
  );

  it("closes the connection when it cannot even begin to decide", async () => {
    const broken = {
      begin: () => {
        throw new Error("boom");
      },
    } as unknown as Protection;
    const reached: string[] = [];
    const url = await serve(broken, () => reached.push("framework"));
    await expect(fetch(url, ALICE)).rejects.toThrow("fetch failed");
    expect(reached).toEqual([]);
  });
});
