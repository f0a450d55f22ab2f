import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createOutboundFetch } from "../../../src/net/guarded-fetch.js";
import {
  startHostileServer,
  type Behaviour,
  type HostileServer,
} from "../../support/hostile-server.js";
import { failureOf, resolving, startProxy } from "../../support/outbound.js";
import { holdTimers, releaseTimers, untilDeadline } from "../../support/timers.js";

const NO_PROXY = { env: {} };

beforeEach(holdTimers);
afterEach(releaseTimers);

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

    it("never repeats a URL's credentials or query in an error", async () => {
      const error = await fetch("https://user:hunter2@idp.example/?key=hunter2").catch(String);
      expect(error).not.toContain("hunter2");
    });
  });

  describe("against a server", () => {
    let server: HostileServer;
    const fetch = createOutboundFetch({ ...NO_PROXY, maxBytes: 1000 });
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

    it("gives up on a server that hangs", async () => {
      expect(await untilDeadline(outcome({ kind: "hang" }))).toBe("timeout");
    });

    it("gives up on a body that drips: the limit is for the whole exchange", async () => {
      expect(await untilDeadline(outcome({ kind: "drip", everyMs: 20 }))).toBe("timeout");
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

    it("lets the caller see an error status with any media type", async () => {
      server.behave({ kind: "answer", status: 404, headers: { "content-type": "text/html" } });
      const response = await fetch(server.origin, { accept: ["application/json"] });
      expect(response.status).toBe(404);
    });

    it("stops when the caller does", async () => {
      server.behave({ kind: "hang" });
      const slow = createOutboundFetch(NO_PROXY);
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

    it("does not retry on a new connection", async () => {
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
        const answer = failureOf(proxy.fetch("https://idp.example/"));
        expect(await untilDeadline(answer)).toBe("timeout");
        proxy.close();
      },
    );
  });
});
