import { request, type ClientRequest, type IncomingMessage } from "node:http";
import { afterEach, describe, expect } from "@jest/globals";
import { startProtected, type ProtectedServer } from "../support/protected.js";
import { INITIALIZE } from "../support/initialize.js";
import { requirement } from "../support/requirement.js";

let server: ProtectedServer | undefined;
const open: ClientRequest[] = [];
afterEach(async () => {
  for (const req of open.splice(0)) req.destroy();
  await server?.close();
  server = undefined;
});

const MIB = 1024 * 1024;

/** A POST whose last byte never comes. `answered` settles when it is refused. */
async function stall(
  bytes: number,
  headers: Record<string, string>,
  answered: (status: number) => void,
  localAddress = "127.0.0.1",
): Promise<void> {
  const req = request(server!.url, {
    method: "POST",
    agent: false,
    localAddress,
    headers: { ...headers, "Content-Type": "application/json", "Content-Length": bytes + 1 },
  });
  open.push(req);
  await new Promise<void>((resolve) => {
    req.once("error", () => resolve());
    req.once("response", (response: IncomingMessage) => {
      response.resume();
      answered(response.statusCode ?? 0);
      resolve();
    });
    req.write(Buffer.alloc(bytes, 32), () => resolve());
  });
}

/** Stalls bodies until one is refused, or `most` are held. */
async function fill(
  bytes: number,
  most: number,
  headers: Record<string, string>,
  localAddress?: string,
) {
  const refused: number[] = [];
  let held = 0;
  while (held < most && refused.length === 0) {
    await stall(bytes, headers, (status) => refused.push(status), localAddress);
    // The answer comes after the server has read what arrived before.
    await fetch(new URL("/health", server!.url));
    held++;
  }
  return { status: refused[0], held };
}

/** An initialize whose body comes in two pieces, so that it needs a share of the budget. */
const initialize = (headers: Record<string, string>, from: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const body = JSON.stringify(INITIALIZE);
    const req = request(server!.url, {
      method: "POST",
      agent: false,
      localAddress: from,
      headers: {
        ...headers,
        Accept: "application/json, text/event-stream",
        "Content-Type": "application/json",
        "Content-Length": body.length,
      },
    });
    req.once("error", reject).once("response", (response: IncomingMessage) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    req.write(body.slice(0, 20), () => {
      void fetch(new URL("/health", server!.url)).then(() => req.end(body.slice(20)), reject);
    });
  });

const bearer = async (sub: string) => ({
  Authorization: `Bearer ${await server!.issuer.sign({ sub })}`,
});

describe("unfinished bodies", () => {
  requirement(
    "avail-fair",
    "of one user are refused beyond the user's share, and cost no one behind the same address",
    async () => {
      server = await startProtected();
      const alice = await bearer("alice");
      const { status, held } = await fill(3 * MIB, 40, alice);
      expect(status).toBe(429);
      expect(held).toBeGreaterThan(4);
      expect((await fill(3 * MIB, 4, alice, "127.0.0.2")).status).toBe(429);
      expect(await initialize(await bearer("bob"), "127.0.0.1")).toBe(200);
    },
  );

  requirement(
    "avail-fair",
    "of one address are refused beyond their share, and cost no other address",
    async () => {
      server = await startProtected();
      const headers = await bearer("alice");
      let refused: number | undefined;
      let users = 0;
      for (; users < 8 && refused === undefined; users++) {
        refused = (await fill(3 * MIB, 4, await bearer(`user-${users}`))).status;
      }
      expect(refused).toBe(429);
      expect(users).toBeGreaterThan(2);
      expect(await initialize(headers, "127.0.0.2")).toBe(200);
      for (const req of open.splice(0)) req.destroy();
      // What they held is free once the server has noticed that they left.
      let again = 429;
      while (again === 429) again = await initialize(headers, "127.0.0.1");
      expect(again).toBe(200);
    },
  );
});
