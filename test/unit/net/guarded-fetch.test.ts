import http from "node:http";
import net, { type LookupFunction } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createOutboundFetch } from "../../../src/net/guarded-fetch.js";
import { OutboundError, type OutboundFailure } from "../../../src/net/outbound-fetch.js";
import {
  startHostileServer,
  type Behaviour,
  type HostileServer,
} from "../../support/hostile-server.js";

const NO_PROXY = { env: {} };

async function failureOf(answer: Promise<unknown>): Promise<OutboundFailure> {
  const error = await answer.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(OutboundError);
  return (error as OutboundError).failure;
}

/** A resolver that gives the next of `answers` at each call, the last one for ever. */
function resolving(...answers: string[][]) {
  const asked: string[] = [];
  const lookup: LookupFunction = (hostname, options, callback) => {
    const addresses = answers[Math.min(asked.length, answers.length - 1)] ?? [];
    asked.push(hostname);
    const found = addresses.map((address) => ({ address, family: net.isIP(address) }));
    if (options.all) callback(null, found);
    else callback(null, found[0]?.address ?? "", found[0]?.family);
  };
  return { lookup, asked };
}

describe("createOutboundFetch", () => {
  describe("before connecting", () => {
    const fetch = createOutboundFetch({ ...NO_PROXY, ...resolving(["127.0.0.1"]) });

    it.each([
      "http://idp.example/",
      "http://10.0.0.1/",
      "ftp://localhost/",
      "file:///etc/passwd",
      "data:application/json,{}",
      "https://user:secret@idp.example/",
      "https://user@idp.example/",
      "/relative",
      "",
    ])("refuses %j as insecure", async (url) => {
      expect(await failureOf(fetch(url))).toBe("insecure_url");
    });

    it.each([
      "https://10.0.0.1/",
      "https://167772161/", // 10.0.0.1, decimal
      "https://0xa.0.0.1/", // hex
      "https://012.0.0.1/", // octal
      "https://10.1/", // short
      "https://2852039166/", // 169.254.169.254
      "https://169.254.169.254/",
      "https://[::ffff:10.0.0.1]/",
      "https://[::ffff:a00:1]/",
      "https://[64:ff9b::a00:1]/",
      "https://[fd00:ec2::254]/",
      "https://[fe80::1]/",
      "https://[::]/",
      "https://0.0.0.0/",
      "https://0/",
      "https://1０.0.0.1/", // full-width digit
    ])("refuses the address in %s", async (url) => {
      expect(await failureOf(fetch(url))).toBe("address_refused");
    });

    it("never repeats a URL's credentials or query in an error", async () => {
      const error = await fetch("https://user:hunter2@idp.example/?key=hunter2").catch(String);
      expect(error).not.toContain("hunter2");
    });
  });

  describe("by name", () => {
    it.each([
      ["private", "10.0.0.1"],
      ["metadata", "169.254.169.254"],
      ["loopback", "127.0.0.1"],
      ["loopback", "::1"],
      ["mapped", "::ffff:127.0.0.1"],
    ])("refuses a public name that resolves to a %s address %s", async (_, address) => {
      const { lookup, asked } = resolving([address]);
      const fetch = createOutboundFetch({ ...NO_PROXY, lookup });
      expect(await failureOf(fetch("https://idp.example/"))).toBe("address_refused");
      expect(asked).toEqual(["idp.example"]);
    });

    it("refuses a name with one bad address among good ones", async () => {
      const fetch = createOutboundFetch({ ...NO_PROXY, ...resolving(["8.8.8.8", "10.0.0.1"]) });
      expect(await failureOf(fetch("https://idp.example/"))).toBe("address_refused");
    });

    it("refuses localhost that resolves elsewhere", async () => {
      const fetch = createOutboundFetch({ ...NO_PROXY, ...resolving(["10.0.0.1"]) });
      expect(await failureOf(fetch("http://localhost:1/"))).toBe("address_refused");
    });

    it("connects to the very address that was checked, so rebinding gains nothing", async () => {
      const server = await startHostileServer({ kind: "json", body: {} });
      // Good at the first question, another machine at the second: there is no second.
      const { lookup, asked } = resolving(["127.0.0.1"], ["10.0.0.1"]);
      const fetch = createOutboundFetch({ ...NO_PROXY, lookup });
      expect((await fetch(`http://localhost:${server.port}/`)).status).toBe(200);
      expect(asked).toEqual(["localhost"]);
      await server.close();
    });

    it("goes on to connect when a private range is allowed", async () => {
      const probe = net.createServer((socket) => socket.destroy());
      await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
      const { port } = probe.address() as net.AddressInfo;
      const fetch = createOutboundFetch({
        ...NO_PROXY,
        ...resolving(["127.0.0.1"]),
        allowPrivateAddresses: ["127.0.0.0/8"],
      });
      expect(await failureOf(fetch(`https://idp.internal:${port}/`))).toBe("network");
      probe.close();
    });
  });

  describe("against a server", () => {
    let server: HostileServer;
    const fetch = createOutboundFetch({ ...NO_PROXY, timeoutMs: 250, maxBytes: 1000 });
    const outcome = (behaviour: Behaviour) => {
      server.behave(behaviour);
      return failureOf(fetch(`${server.origin}/x`));
    };
    beforeEach(async () => {
      server = await startHostileServer({ kind: "json", body: { a: 1 } });
    });
    afterEach(() => server.close());

    it("returns the answer", async () => {
      const response = await fetch(`${server.origin}/path?q=1`);
      expect(response.status).toBe(200);
      expect(response.headers.get("content-type")).toBe("application/json");
      expect(await response.json()).toEqual({ a: 1 });
      expect(server.requests[0]).toMatchObject({ method: "GET", url: "/path?q=1" });
    });

    it("posts a body with its length", async () => {
      await fetch(server.origin, { method: "POST", body: "a=é", headers: { "x-a": "b" } });
      expect(server.requests[0]).toMatchObject({
        method: "POST",
        body: "a=é",
        headers: { "content-length": "4", "x-a": "b", "accept-encoding": "identity" },
      });
    });

    it.each([204, 400, 404, 500, 503])("returns a %d as such", async (status) => {
      server.behave({ kind: "answer", status });
      expect((await fetch(server.origin)).status).toBe(status);
    });

    it.each([301, 302, 303, 307, 308])("does not follow a %d", async (status) => {
      const elsewhere = await startHostileServer();
      expect(await outcome({ kind: "redirect", to: elsewhere.origin, status })).toBe("redirect");
      expect(elsewhere.requests).toEqual([]);
      expect(server.requests).toHaveLength(1);
      await elsewhere.close();
    });

    it("gives up on a server that hangs", async () => {
      expect(await outcome({ kind: "hang" })).toBe("timeout");
    });

    it("gives up on a body that drips: the limit is for the whole exchange", async () => {
      expect(await outcome({ kind: "drip", everyMs: 20 })).toBe("timeout");
    });

    it("stops reading an endless body", async () => {
      expect(await outcome({ kind: "endless" })).toBe("too_large");
    });

    it("does not start on a body that announces too much", async () => {
      expect(await outcome({ kind: "json", body: "x".repeat(1000) })).toBe("too_large");
    });

    it("reads a body of exactly the limit", async () => {
      server.behave({ kind: "answer", body: "x".repeat(1000) });
      expect((await (await fetch(server.origin)).text()).length).toBe(1000);
    });

    it("takes no half of an answer", async () => {
      expect(await outcome({ kind: "truncate", body: '{"keys":[]}' })).toBe("network");
    });

    it.each([
      ["a closed connection", { kind: "reset" }],
      ["bytes that are not HTTP", { kind: "raw", bytes: "SSH-2.0-OpenSSH\r\n" }],
      ["a status out of range", { kind: "raw", bytes: "HTTP/1.1 999 Odd\r\n\r\n" }],
      [
        "headers without end",
        { kind: "raw", bytes: `HTTP/1.1 200 OK\r\na: ${"x".repeat(99_999)}` },
      ],
    ] as [string, Behaviour][])("reports %s", async (_, behaviour) => {
      expect(await outcome(behaviour)).toBe("network");
    });

    it("refuses a compressed body", async () => {
      const headers = { "content-encoding": "gzip" };
      const body = gzipSync("{}");
      expect(await outcome({ kind: "answer", headers, body })).toBe("content_type");
    });

    it("checks the media type of a success when asked to", async () => {
      const accept = ["application/json", "application/token-introspection+jwt"];
      server.behave({ kind: "answer", headers: { "content-type": "Application/JSON; charset=x" } });
      expect((await fetch(server.origin, { accept })).status).toBe(200);
      expect(server.requests[0]?.headers.accept).toBe(accept.join(", "));

      server.behave({ kind: "answer", headers: { "content-type": "text/html" } });
      expect(await failureOf(fetch(server.origin, { accept }))).toBe("content_type");
      server.behave({ kind: "answer", body: "{}" });
      expect(await failureOf(fetch(server.origin, { accept }))).toBe("content_type");
    });

    it("lets the caller see an error status whatever its media type", async () => {
      server.behave({ kind: "answer", status: 404, headers: { "content-type": "text/html" } });
      const response = await fetch(server.origin, { accept: ["application/json"] });
      expect(response.status).toBe(404);
    });

    it("stops when the caller does", async () => {
      server.behave({ kind: "hang" });
      const slow = createOutboundFetch({ ...NO_PROXY, timeoutMs: 60_000 });
      const stop = new AbortController();
      const answer = failureOf(slow(server.origin, { signal: stop.signal }));
      stop.abort();
      expect(await answer).toBe("timeout");
      expect(await failureOf(slow(server.origin, { signal: stop.signal }))).toBe("timeout");
    });

    it("uses one connection for calls in a row", async () => {
      for (let i = 0; i < 3; i++) await fetch(server.origin);
      expect(server.connections()).toBe(1);
    });

    it("asks once more when a kept connection was closed by the server", async () => {
      await fetch(server.origin);
      let calls = 0;
      server.behave(() => (++calls === 1 ? { kind: "reset" } : { kind: "json", body: { b: 2 } }));
      expect(await (await fetch(server.origin)).json()).toEqual({ b: 2 });
      expect(calls).toBe(2);
    });

    it("does not ask again on a new connection", async () => {
      expect(await outcome({ kind: "reset" })).toBe("network");
      expect(server.requests).toHaveLength(1);
    });

    it("keeps a header that cannot be sent out of the error", async () => {
      const bad = { authorization: "Bearer s3cret\n" };
      const error = await fetch(server.origin, { headers: bad }).catch((e: unknown) => e);
      expect(error).toMatchObject({ failure: "network" });
      expect(String(error) + String((error as Error).cause)).not.toContain("s3cret");
    });
  });

  describe("through a proxy", () => {
    async function startProxy(answer: (socket: net.Socket) => void) {
      const tunnels: string[] = [];
      const sockets = new Set<net.Socket>();
      const proxy = http.createServer();
      proxy.on("connect", (request, socket: net.Socket) => {
        tunnels.push(request.url ?? "");
        sockets.add(socket);
        socket.on("error", () => undefined);
        answer(socket);
      });
      await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
      const { port } = proxy.address() as net.AddressInfo;
      const fetch = createOutboundFetch({
        timeoutMs: 250,
        env: { HTTPS_PROXY: `http://127.0.0.1:${port}` },
      });
      const close = () => {
        for (const socket of sockets) socket.destroy();
        proxy.close();
      };
      return { fetch, tunnels, close };
    }

    it("opens a tunnel and speaks TLS inside", async () => {
      let first: number | undefined;
      const proxy = await startProxy((socket) => {
        socket.once("data", (data: Buffer) => {
          first = data[0];
          socket.destroy();
        });
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
      });
      expect(await failureOf(proxy.fetch("https://idp.example/"))).toBe("network");
      expect(proxy.tunnels).toEqual(["idp.example:443"]);
      expect(first).toBe(0x16); // a TLS handshake record
      proxy.close();
    });

    it.each([201, 204, 403, 404, 407, 502])(
      "does not take a proxy's own %d for the server's answer",
      async (status) => {
        const proxy = await startProxy((socket) => {
          socket.end(
            `HTTP/1.1 ${status} X\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{"keys":[]}`,
          );
        });
        expect(await failureOf(proxy.fetch("https://idp.example/"))).toBe("network");
        proxy.close();
      },
    );

    it.each(["", "HTTP/1.1 200 OK\r\n\r\n"])(
      "gives up on a proxy that hangs after %j",
      async (said) => {
        const proxy = await startProxy((socket) => void socket.write(said));
        expect(await failureOf(proxy.fetch("https://idp.example/"))).toBe("timeout");
        proxy.close();
      },
    );

    it("still refuses literal private addresses", async () => {
      const proxy = await startProxy((socket) => socket.destroy());
      expect(await failureOf(proxy.fetch("https://10.0.0.1/"))).toBe("address_refused");
      expect(proxy.tunnels).toEqual([]);
      proxy.close();
    });
  });
});
