import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { describe, expect, it } from "@jest/globals";
import { limitBacklog } from "../../../src/http/backlog.js";

const LIMIT = 256 * 1024;
const CHUNK = "x".repeat(64 * 1024);

/** A response being sent, and the client at its other end. */
async function stream(reads: boolean): Promise<{ res: ServerResponse; end: () => void }> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const client = connect(port, "127.0.0.1");
  client.on("error", () => undefined);
  if (reads) client.resume();
  else client.pause();
  client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const [, res] = (await once(server, "request")) as [unknown, ServerResponse];
  limitBacklog(res, LIMIT);
  return {
    res,
    end: () => {
      client.destroy();
      server.close();
    },
  };
}

describe("limitBacklog", () => {
  it("cuts off a client that does not read, and holds no more than the limit and a chunk", async () => {
    const { res, end } = await stream(false);
    let most = 0;
    for (let turn = 0; turn < 2000 && !res.destroyed; turn++) {
      res.write(CHUNK);
      most = Math.max(most, res.writableLength);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(res.destroyed).toBe(true);
    expect(most).toBeLessThanOrEqual(LIMIT + 2 * CHUNK.length);
    end();
  });

  it("leaves a client that reads alone", async () => {
    const { res, end } = await stream(true);
    for (let turn = 0; turn < 200; turn++) {
      if (!res.write(CHUNK)) await once(res, "drain");
    }
    expect(res.destroyed).toBe(false);
    end();
  });
});
