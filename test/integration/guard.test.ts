import { request as httpRequest } from "node:http";
import { connect as connectSocket } from "node:net";
import { afterEach, describe, expect, it } from "@jest/globals";
import type { AccessToken } from "../../src/core/access-token.js";
import type { AuthEvent } from "../../src/core/auth-event.js";
import { fakeProvider } from "../support/fake-protection.js";
import { startServer, type RunningServer, type TransportName } from "../support/mcp-server.js";
import { WhoAmI } from "../support/tools.js";
import { INITIALIZE } from "../support/initialize.js";
import { holdTime, passSeconds, releaseTimers } from "../support/timers.js";
import { bearer, mcpRequest, post } from "../support/mcp-request.js";

let running: RunningServer | undefined;
let events: AuthEvent[] = [];
afterEach(async () => {
  releaseTimers();
  await running?.close();
  running = undefined;
});

async function start(
  transport: TransportName = "http-stream batch",
  tokens: Record<string, Partial<AccessToken>> = { alice: {}, bob: {} },
  options: Record<string, unknown> = {},
): Promise<RunningServer> {
  const fake = fakeProvider(tokens, {}, { sessions: { renewalSeconds: 0 } });
  events = fake.events;
  running = await startServer({ transport, provider: fake.provider, tools: [WhoAmI], options });
  return running;
}

const HEADERS = mcpRequest().headers;
const LIST = { jsonrpc: "2.0", id: 1, method: "tools/list" };

async function open(url: string, token: string): Promise<string> {
  const response = await post(url, INITIALIZE, bearer(token));
  expect(response.status).toBe(200);
  await response.text();
  const id = response.headers.get("mcp-session-id");
  expect(id).toEqual(expect.any(String));
  return id!;
}

describe("a request without a good credential", () => {
  it.each(["POST", "GET", "DELETE"])("is refused on HTTP Stream: %s", async (method) => {
    const { url } = await start();
    const response = await fetch(url, {
      method,
      headers: HEADERS,
      ...(method === "POST" && { body: JSON.stringify(LIST) }),
    });
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toBe(
      'Bearer resource_metadata="http://127.0.0.1:8080/.well-known/x"',
    );
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  it.each(["GET /sse", "POST /messages?sessionId=x", "POST /sse", "GET /messages"])(
    "is refused on SSE: %s",
    async (line) => {
      const { origin } = await start("sse");
      const [method, path] = line.split(" ");
      const response = await fetch(origin + path!, { method: method! });
      expect(response.status).toBe(401);
    },
  );

  it("is refused inside a session, too", async () => {
    const { url } = await start();
    const id = await open(url, "alice");
    expect((await post(url, LIST, { "Mcp-Session-Id": id })).status).toBe(401);
    const wrong = await post(url, LIST, { "Mcp-Session-Id": id, ...bearer("mallory") });
    expect(wrong.status).toBe(401);
    expect(wrong.headers.get("www-authenticate")).toContain('error="invalid_token"');
    expect((await post(url, LIST, { "Mcp-Session-Id": id, ...bearer("alice") })).status).toBe(200);
  });

  it("is refused when the token is in the query", async () => {
    const { url } = await start();
    expect((await post(`${url}?access_token=alice`, INITIALIZE, {})).status).toBe(401);
    const both = await post(`${url}?access_token=alice`, INITIALIZE, bearer("alice"));
    expect(both.status).toBe(400);
  });

  it("is refused with two Authorization headers, in either order", async () => {
    const { port } = await start();
    for (const [first, second] of [
      ["alice", "mallory"],
      ["mallory", "alice"],
    ]) {
      const status = await new Promise((resolve, reject) => {
        const body = JSON.stringify(INITIALIZE);
        const socket = connectSocket(port, "127.0.0.1", () =>
          socket.end(
            `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${first}\r\n` +
              `Authorization: Bearer ${second}\r\nContent-Type: application/json\r\n` +
              `Accept: application/json, text/event-stream\r\n` +
              `Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
          ),
        );
        let answer = "";
        socket.on("data", (chunk) => (answer += String(chunk)));
        socket.on("end", () => resolve(Number(answer.split(" ")[1])));
        socket.on("error", reject);
      });
      expect(status).toBe(400);
    }
  });

  it("is answered by the framework's health check alone, when it reads", async () => {
    const { origin } = await start();
    const statusOf = async (method: string, path: string): Promise<number> =>
      (await fetch(origin + path, { method })).status;
    expect(await Promise.all(["GET", "HEAD"].map((method) => statusOf(method, "/health")))).toEqual(
      [200, 200],
    );
    expect(await Promise.all(["POST", "PUT"].map((method) => statusOf(method, "/health")))).toEqual(
      [404, 404],
    );
    expect(await statusOf("GET", "/healthz")).toBe(404);
    await running?.close();
    const without = await start(undefined, {}, { health: { enabled: false, path: "/up" } });
    expect((await fetch(`${without.origin}/up`)).status).toBe(404);
  });

  it("learns nothing from other spellings of the endpoint's path", async () => {
    const { port } = await start();
    for (const path of ["//x/mcp", "/x/../mcp", "/%6dcp", "/mcp/", "http://x/mcp", "/MCP"]) {
      const status = await new Promise((resolve, reject) => {
        const request = httpRequest({ port, host: "127.0.0.1", method: "POST", headers: HEADERS });
        request.path = path;
        request.on("response", (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        request.on("error", reject);
        request.end(JSON.stringify(INITIALIZE));
      });
      expect([path, status]).toEqual([path, 404]);
    }
  });

  it("reads its refusal although it is still sending", async () => {
    const { url } = await start();
    const response = await post(url, "x".repeat(3_000_000), {});
    expect(response.status).toBe(401);
  });

  it("is not asked for its body when it asks first", async () => {
    const { port } = await start();
    const outcome = await new Promise((resolve, reject) => {
      const request = httpRequest({
        port,
        host: "127.0.0.1",
        path: "/mcp",
        method: "POST",
        headers: { ...HEADERS, Expect: "100-continue", "Content-Length": "10" },
      });
      request.on("continue", () => resolve("continue"));
      request.on("response", (response) => resolve(response.statusCode));
      request.on("error", reject);
      request.flushHeaders();
    });
    expect(outcome).toBe(401);
  });
});

describe("a request with a good credential", () => {
  it("gets through when it waits to be asked for its body", async () => {
    const { port } = await start();
    const outcome = await new Promise((resolve, reject) => {
      const body = JSON.stringify(INITIALIZE);
      const request = httpRequest({
        port,
        host: "127.0.0.1",
        path: "/mcp",
        method: "POST",
        headers: {
          ...HEADERS,
          ...bearer("alice"),
          Expect: "100-continue",
          "Content-Length": String(body.length),
        },
      });
      request.on("continue", () => request.end(body));
      request.on("response", (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.on("error", reject);
      request.flushHeaders();
    });
    expect(outcome).toBe(200);
  });

  it("is 400 when its body is not JSON, or empty", async () => {
    const { url } = await start();
    for (const body of ["{", "", "   ", '{"jsonrpc":"2.0",}']) {
      const response = await post(url, body, bearer("alice"));
      expect(response.status).toBe(400);
      expect(response.headers.get("www-authenticate")).toBeNull();
      expect(await response.json()).toMatchObject({ jsonrpc: "2.0", error: { code: -32700 } });
    }
  });

  it("is 413 when its body is too large, announced or not", async () => {
    const { url } = await start("http-stream batch", { alice: {} }, { maxMessageSize: 1000 });
    const announced = await post(url, JSON.stringify("x".repeat(2000)), bearer("alice"));
    expect(announced.status).toBe(413);
    const chunked = await fetch(url, {
      method: "POST",
      headers: { ...HEADERS, ...bearer("alice") },
      body: new Blob([JSON.stringify("x".repeat(2000))]).stream(),
      duplex: "half",
    });
    expect(chunked.status).toBe(413);
  });

  it("carries a large body through, chunked or not", async () => {
    const { url } = await start();
    const id = await open(url, "alice");
    const call = {
      jsonrpc: "2.0",
      id: 3,
      method: "tools/call",
      params: { name: "whoami", arguments: {}, _meta: { pad: "é".repeat(1_000_000) } },
    };
    const headers = { ...HEADERS, ...bearer("alice"), "Mcp-Session-Id": id };
    for (const body of [JSON.stringify(call), new Blob([JSON.stringify(call)]).stream()]) {
      const response = await fetch(url, {
        method: "POST",
        headers,
        body,
        duplex: "half",
      });
      expect(response.status).toBe(200);
      expect(await response.text()).toContain("alice");
    }
  });
});

describe("a session", () => {
  it("does not exist for another principal, for any request", async () => {
    const { url } = await start();
    const id = await open(url, "alice");
    for (const method of ["POST", "GET", "DELETE"]) {
      const asked = (sessionId: string): Promise<Response> =>
        fetch(url, {
          method,
          headers: { ...HEADERS, ...bearer("bob"), "Mcp-Session-Id": sessionId },
          ...(method === "POST" && { body: JSON.stringify(LIST) }),
        });
      const foreign = await asked(id);
      const unknown = await asked("00000000-0000-0000-0000-000000000000");
      expect([foreign.status, unknown.status]).toEqual([404, 404]);
      expect(await foreign.text()).toBe(await unknown.text());
    }
    expect((await post(url, LIST, { ...bearer("alice"), "Mcp-Session-Id": id })).status).toBe(200);
  });

  it("is not taken over by an initialize that names it", async () => {
    const { url } = await start();
    const id = await open(url, "alice");
    const response = await post(url, INITIALIZE, { ...bearer("bob"), "Mcp-Session-Id": id });
    expect(response.status).toBe(200);
    expect(response.headers.get("mcp-session-id")).not.toBe(id);
  });

  it.each(["constructor", "__proto__", "toString"])("named %s does not exist", async (name) => {
    const { url } = await start();
    const response = await post(url, LIST, { ...bearer("alice"), "Mcp-Session-Id": name });
    expect(response.status).toBe(404);
  });

  it("ends when its owner deletes it", async () => {
    const { url } = await start();
    const id = await open(url, "alice");
    const headers = { ...HEADERS, ...bearer("alice"), "Mcp-Session-Id": id };
    expect((await fetch(url, { method: "DELETE", headers })).status).toBe(200);
    expect((await post(url, LIST, headers)).status).toBe(404);
  });

  it("on SSE does not exist for another principal", async () => {
    const { origin, url } = await start("sse");
    const stream = await fetch(url, { headers: bearer("alice") });
    const reader = stream.body!.getReader();
    const path = /data: (.+)/.exec(new TextDecoder().decode((await reader.read()).value))![1]!;
    expect((await post(origin + path, LIST, bearer("bob"))).status).toBe(404);
    expect((await post(origin + path, INITIALIZE, bearer("bob"))).status).toBe(404);
    expect((await post(origin + path, LIST, bearer("alice"))).status).toBe(202);
    const twice = `${path}&sessionId=other`;
    expect((await post(origin + twice, LIST, bearer("alice"))).status).toBe(404);
    await reader.cancel();
  });

  it("belongs to one token when the token has no subject", async () => {
    const nobody = { subject: undefined, clientId: undefined } as unknown as Partial<AccessToken>;
    const { url } = await start("http-stream batch", { one: nobody, two: nobody });
    const id = await open(url, "one");
    expect((await post(url, LIST, { ...bearer("two"), "Mcp-Session-Id": id })).status).toBe(404);
    expect((await post(url, LIST, { ...bearer("one"), "Mcp-Session-Id": id })).status).toBe(200);
  });
});

describe("a standing stream", () => {
  it.each(["http-stream stream", "sse"] as const)(
    "on %s ends when its token has expired",
    async (transport) => {
      const { url } = await start(transport, { alice: { expiresAt: Date.now() / 1000 + 300 } });
      holdTime();
      const headers: Record<string, string> = { ...bearer("alice"), Accept: "text/event-stream" };
      if (transport !== "sse") headers["Mcp-Session-Id"] = await open(url, "alice");
      const stream = await fetch(url, { headers });
      expect(stream.status).toBe(200);
      const reader = stream.body!.getReader();
      await passSeconds(300);
      for (;;) {
        const { done } = await reader.read();
        if (done) break;
      }
    },
  );
});

describe("a browser", () => {
  it("of a foreign page is refused before anything else", async () => {
    const { url } = await start();
    for (const origin of ["https://evil.example", "null", "http://127.0.0.1.evil.example"]) {
      const response = await post(url, INITIALIZE, { ...bearer("alice"), Origin: origin });
      expect([origin, response.status]).toEqual([origin, 403]);
      expect(response.headers.get("access-control-allow-origin")).toBeNull();
    }
  });

  it("of the user's own machine is told what it needs to find its way", async () => {
    const { url } = await start();
    const response = await post(url, INITIALIZE, { Origin: "http://localhost:6274" });
    expect(response.status).toBe(401);
    expect(response.headers.get("access-control-allow-origin")).toBe("http://localhost:6274");
    expect(response.headers.get("vary")).toBe("Origin");
    expect(response.headers.get("access-control-expose-headers")).toMatch(/WWW-Authenticate/);
    expect(response.headers.get("access-control-expose-headers")).toMatch(/Mcp-Session-Id/);
  });

  it.each(["http-stream batch", "http-stream stream"] as const)(
    "gets one answer to one question of CORS on %s",
    async (transport) => {
      const { url } = await start(transport);
      const response = await post(url, INITIALIZE, {
        ...bearer("alice"),
        Origin: "http://localhost:6274",
      });
      expect(response.headers.get("access-control-allow-origin")).toBe("http://localhost:6274");
      await response.text();
    },
  );

  it("gets one answer to one question of CORS on sse", async () => {
    const { url } = await start("sse");
    const headers = { ...bearer("alice"), Origin: "http://localhost:6274" };
    const response = await fetch(url, { headers });
    expect(response.headers.get("access-control-allow-origin")).toBe("http://localhost:6274");
    await response.body?.cancel();
  });

  it("sends a preflight, which is answered without a token", async () => {
    const { url } = await start();
    const response = await fetch(url, {
      method: "OPTIONS",
      headers: {
        Origin: "http://localhost:6274",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, mcp-protocol-version, dpop",
      },
    });
    expect(response.status).toBe(204);
    const allowed = response.headers.get("access-control-allow-headers")!.toLowerCase();
    for (const header of ["authorization", "mcp-protocol-version", "dpop", "mcp-session-id"]) {
      expect(allowed).toContain(header);
    }
  });
});

describe("the audit", () => {
  it("has one event for each decision, and no token", async () => {
    const { url } = await start();
    await post(url, LIST, {});
    await post(url, LIST, bearer("secret-of-mallory"));
    await open(url, "alice");
    const known = events.filter((event) => event.transport === "http-stream");
    expect(known.map(({ outcome, status, reason }) => [outcome, status, reason])).toEqual([
      ["refused", 401, "credential_missing"],
      ["refused", 401, "custom_unknown"],
      ["allowed", 200, undefined],
    ]);
    expect(known[2]).toMatchObject({ subject: "alice", operations: ["initialize"] });
    expect(JSON.stringify(events)).not.toContain("secret-of-mallory");
  });
});
