import { describe, expect, it } from "@jest/globals";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import {
  MemoryStore,
  tokenHash,
  UnavailableError,
  type OAuthAuthProviderOptions,
  type Store,
} from "../../src/index.js";
import { startServer, type RunningServer } from "../support/mcp-server.js";
import { RESOURCE } from "../support/protected.js";
import { protectedSuite } from "../support/protected-suite.js";
import { requirement } from "../support/requirement.js";
import { WhoAmI } from "../support/tools.js";
import { INITIALIZE } from "../support/initialize.js";
import { bearer, mcpRequest, post as send } from "../support/mcp-request.js";

/* A thief has a token that was revoked, and tries to go on with it. */

const suite = protectedSuite({ rateLimit: false });
const { clock, issuer, events, start } = suite;

const PING = { jsonrpc: "2.0", id: 1, method: "ping" };
const HEADERS = mcpRequest().headers;
const until = () => clock() + 3_600;

async function post(
  token: string,
  headers: Record<string, string> = {},
  body: object = INITIALIZE,
  url = suite.running.url,
): Promise<number> {
  const response = await send(url, body, { ...bearer(token), ...headers });
  await response.body?.cancel();
  return response.status;
}

const reason = () => events.at(-1)?.reason;

describe("a body that is held back", () => {
  /** Sends the body after the server has accepted the token and `meanwhile` has finished. */
  async function holdingBack(token: string, meanwhile: () => unknown): Promise<number> {
    const req = request(suite.running.url, {
      method: "POST",
      headers: { ...HEADERS, ...bearer(token), Expect: "100-continue" },
    });
    req.flushHeaders();
    await once(req, "continue");
    await meanwhile();
    req.end(JSON.stringify(INITIALIZE));
    const [response] = (await once(req, "response")) as [IncomingMessage];
    response.resume();
    return response.statusCode ?? 0;
  }

  it("carries no token past its revocation", async () => {
    await start();
    const [token, other] = [await issuer.sign({ sub: "alice" }), await issuer.sign({ sub: "bob" })];
    const revoke = () => suite.running.provider.revoke({ subject: "alice", until: until() });
    expect(await holdingBack(token, revoke)).toBe(401);
    expect(reason()).toBe("token_revoked");
    expect(await holdingBack(other, revoke)).toBe(200);
  });

  it("carries none past a revocation by another process, but for the time it takes", async () => {
    const store = new MemoryStore({ clock });
    await start({ store });
    const elsewhere = suite.provider({ store });
    const token = await issuer.sign({ jti: "stolen" });
    expect(
      await holdingBack(token, async () => {
        await elsewhere.revoke({ jti: "stolen", until: until() });
        clock.advance(5);
      }),
    ).toBe(401);
    await elsewhere.close();
  });

  requirement("jwt-time", "carries none past its expiry", async () => {
    await start();
    expect(await holdingBack(await issuer.sign(), () => clock.advance(361))).toBe(401);
    expect(reason()).toBe("expired");
    expect(await holdingBack(await issuer.sign(), () => clock.advance(200))).toBe(200);
  });

  it("carries none past its revocation on serverless", async () => {
    await start();
    const token = await issuer.sign({ sub: "alice" });
    const send = (meanwhile: () => unknown) => {
      // Asked for when the token was let in, and not before.
      const body = new ReadableStream<Uint8Array>(
        {
          async pull(controller) {
            await meanwhile();
            controller.enqueue(new TextEncoder().encode(JSON.stringify(PING)));
            controller.close();
          },
        },
        { highWaterMark: 0 },
      );
      return suite.running.server.handleRequest(
        new Request(RESOURCE, {
          method: "POST",
          headers: { ...HEADERS, ...bearer(token) },
          body,
          duplex: "half",
        }),
      );
    };
    expect((await send(() => undefined)).status).toBe(200);
    const revoked = send(() => suite.running.provider.revoke({ subject: "alice", until: until() }));
    expect((await revoked).status).toBe(401);
  });
});

describe("a token that was revoked by its hash", () => {
  /** The other signature that verifies as well: (r, n - s). Needs no key. */
  function respell(token: string): string {
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
    const [header, payload, signature = ""] = token.split(".");
    const bytes = Buffer.from(signature, "base64url");
    const s = order - BigInt(`0x${bytes.subarray(32).toString("hex")}`);
    Buffer.from(s.toString(16).padStart(64, "0"), "hex").copy(bytes, 32);
    return `${header}.${payload}.${bytes.toString("base64url")}`;
  }

  it("stays out when its ECDSA signature is written the other way", async () => {
    await start();
    const token = await issuer.sign({ jti: undefined });
    expect(await post(respell(token))).toBe(200);
    await suite.running.provider.revoke({ tokenHash: tokenHash(token), until: until() });
    expect(await post(token)).toBe(401);
    expect(await post(respell(token))).toBe(401);
    expect(reason()).toBe("token_revoked");
    expect(await post(await issuer.sign({ jti: undefined, sub: "bob" }))).toBe(200);
  });
});

describe("a token that is remembered as good", () => {
  it.each<[string, Partial<OAuthAuthProviderOptions>, () => Promise<string>]>([
    ["a JWT", {}, () => issuer.sign({ sub: "alice" })],
    [
      "an introspected one",
      { introspection: { clientId: "mcp", clientSecret: "secret" } },
      async () => issuer.opaque({ sub: "alice" }),
    ],
    [
      "an API key",
      {
        apiKeys: {
          validate: (key) => key === "key" && { active: true, subject: "alice" },
          cacheSeconds: 300,
        },
      },
      async () => "key",
    ],
  ])("stops at once here, and in time elsewhere: %s", async (_kind, options, credential) => {
    const store = new MemoryStore({ clock });
    await start({ ...options, store });
    const first = suite.running;
    const elsewhere = suite.provider({ ...options, store });
    const second = await startServer({
      transport: "http-stream batch",
      provider: elsewhere,
      tools: [WhoAmI],
    });
    try {
      const token = await credential();
      const ask = ({ url }: RunningServer) =>
        token === "key"
          ? fetch(url, {
              method: "POST",
              headers: { ...HEADERS, "X-API-Key": token },
              body: JSON.stringify(INITIALIZE),
            }).then(({ status }) => status)
          : post(token, {}, INITIALIZE, url);
      expect([await ask(first), await ask(second)]).toEqual([200, 200]);
      const asked = suite.authority.requests.introspection;
      expect([await ask(first), await ask(second)]).toEqual([200, 200]);
      // Cached: no second introspection.
      expect(suite.authority.requests.introspection).toBe(asked);

      await suite.running.provider.revoke({ subject: "alice", until: until() });
      expect(await ask(first)).toBe(401);
      // The bound that is stated: revocation.cacheSeconds, 5 by default.
      clock.advance(5);
      expect(await ask(second)).toBe(401);
    } finally {
      await second.close();
    }
  });
});

describe("a session that another process revoked", () => {
  it("does not hide behind the name of another one", async () => {
    const store = new MemoryStore({ clock });
    await start({ store }, "sse");
    const elsewhere = suite.provider({ store });
    const token = await issuer.sign();
    const stream = await fetch(suite.running.url, {
      headers: { ...bearer(token), Accept: "text/event-stream" },
    });
    const reader = stream.body!.getReader();
    const hello = new TextDecoder().decode((await reader.read()).value);
    const path = /data: (\S+)/.exec(hello)?.[1] ?? "";
    const session = new URL(path, suite.running.url).searchParams.get("sessionId")!;
    const message = (headers: Record<string, string> = {}) =>
      post(token, headers, PING, suite.running.origin + path);
    expect(await message()).toBe(202);
    expect(await message({ "Mcp-Session-Id": "another" })).toBe(202);

    await elsewhere.revoke({ session, until: until() });
    clock.advance(5);
    expect(await message()).toBe(404);
    expect(await message({ "Mcp-Session-Id": "another" })).toBe(404);
    expect(reason()).toBe("session_revoked");
    await reader.cancel();
    await elsewhere.close();
  });

  it("has no stream any more, on either transport", async () => {
    for (const transport of ["sse", "http-stream stream"] as const) {
      const store = new MemoryStore({ clock });
      await start({ store, revocation: { cacheSeconds: 0 } }, transport);
      const elsewhere = suite.provider({ store });
      const token = await issuer.sign();
      let session: string | undefined;
      if (transport !== "sse") {
        const opened = await fetch(suite.running.url, {
          method: "POST",
          headers: { ...HEADERS, ...bearer(token) },
          body: JSON.stringify(INITIALIZE),
        });
        session = opened.headers.get("mcp-session-id")!;
        await opened.text();
      }
      const stream = await fetch(suite.running.url, {
        headers: {
          ...bearer(token),
          Accept: "text/event-stream",
          ...(session !== undefined && { "Mcp-Session-Id": session }),
        },
      });
      const reader = stream.body!.getReader();
      if (session === undefined) {
        const hello = new TextDecoder().decode((await reader.read()).value);
        session = /sessionId=(\S+)/.exec(hello)![1]!;
      }
      await elsewhere.revoke({ session, until: until() });
      // Ends without a word from the client. The test's own time limit ends a vain wait.
      while (!(await reader.read().catch(() => ({ done: true }))).done);
      await elsewhere.close();
      if (transport === "sse") await suite.running.close();
    }
  });
});

describe("a revocation that the store does not take", () => {
  requirement("outage", "is told, and holds in this process all the same", async () => {
    const memory = new MemoryStore({ clock });
    let away = false;
    const store = new Proxy<Store>(memory, {
      get:
        (target, name: keyof Store) =>
        (...args: never[]) =>
          away
            ? Promise.reject(new Error("away"))
            : (target[name] as (...args: never[]) => unknown).apply(target, args),
    });
    // So that nothing but revoke() itself ends the stream in the time of a test.
    await start({ store, revocation: { onStoreFailure: "continue", cacheSeconds: 300 } });
    const [alice, bob] = [await issuer.sign({ sub: "alice" }), await issuer.sign({ sub: "bob" })];
    expect([await post(alice), await post(bob)]).toEqual([200, 200]);
    const opened = await fetch(suite.running.url, {
      method: "POST",
      headers: { ...HEADERS, ...bearer(alice) },
      body: JSON.stringify(INITIALIZE),
    });
    const stream = await fetch(suite.running.url, {
      headers: {
        ...bearer(alice),
        Accept: "text/event-stream",
        "Mcp-Session-Id": opened.headers.get("mcp-session-id")!,
      },
    });
    away = true;
    await expect(
      suite.running.provider.revoke({ subject: "alice", until: until() }),
    ).rejects.toThrow(UnavailableError);
    await stream.text();
    expect([await post(alice), await post(bob)]).toEqual([401, 200]);
    // And when it is back, knowing nothing of it.
    away = false;
    clock.advance(301);
    expect([await post(alice), await post(bob)]).toEqual([401, 200]);
  });
});

describe("an attacker who can write to the store", () => {
  it("makes no token valid: answers are accepted only if they are sealed", async () => {
    const token = "made-up-token";
    const forged = {
      active: true,
      iss: issuer.issuer,
      aud: RESOURCE,
      sub: "admin",
      exp: until(),
    };
    for (const keys of [{}, { storeEncryptionKeys: [{ id: "1", secret: Buffer.alloc(32, 7) }] }]) {
      const store = new MemoryStore({ clock });
      await start({ store, introspection: { clientId: "mcp", clientSecret: "secret" }, ...keys });
      const text = JSON.stringify([issuer.issuer, "mcp", token]);
      const key = `introspection:${createHash("sha256").update(text).digest("base64url")}`;
      await store.set(key, JSON.stringify({ askedAt: clock(), answer: forged }), 60);
      expect(await post(token)).toBe(401);
      expect(await post(issuer.opaque())).toBe(200);
      await suite.running.close();
    }
    await start();
  });
});
