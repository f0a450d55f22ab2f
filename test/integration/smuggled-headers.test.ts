import { describe, expect, it } from "@jest/globals";
import { connect } from "node:net";
import { MemoryStore, type OAuthAuthProviderOptions } from "../../src/index.js";
import { createDPoPClient } from "../../src/testing/index.js";
import { INITIALIZE } from "../support/initialize.js";
import { RESOURCE } from "../support/protected.js";
import { protectedSuite } from "../support/protected-suite.js";
import { requirement } from "../support/requirement.js";

/* Requests as bytes, as no well-behaved client would write them. */

const suite = protectedSuite({ rateLimit: false });
const { clock, issuer, events, start } = suite;
const client = createDPoPClient({ clock });
const thief = createDPoPClient({ clock });

const BODY = JSON.stringify(INITIALIZE);

/** Everything that comes back for these lines of a POST. */
async function send(lines: readonly string[], tail = BODY): Promise<string> {
  const framed = lines.some((line) => /^transfer-encoding:/i.test(line));
  const text = [
    "POST /mcp HTTP/1.1",
    "Host: mcp.example.com",
    "Content-Type: application/json",
    "Accept: application/json, text/event-stream",
    "Connection: close",
    ...(framed ? [] : [`Content-Length: ${Buffer.byteLength(tail)}`]),
    ...lines,
    "",
    tail,
  ].join("\r\n");
  const socket = connect(suite.running.port, "127.0.0.1");
  socket.write(text);
  let answer = "";
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}

const statuses = (answer: string) =>
  [...answer.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));

async function proofOf(of = client, token: string): Promise<string> {
  return of.proof({ method: "POST", url: RESOURCE, accessToken: token });
}

describe("a bound token", () => {
  requirement("dpop-12", "is accepted with one proof, with its header in any case", async () => {
    await start();
    const token = await issuer.sign({ cnf: { jkt: client.jkt } });
    for (const name of ["DPoP", "dpop", "DPOP"]) {
      const lines = [`Authorization: DPoP ${token}`, `${name}: ${await proofOf(client, token)}`];
      expect(statuses(await send(lines))).toEqual([200]);
    }
  });

  it.each<[string, (good: string, other: string) => string[]]>([
    ["two proofs, the good one first", (good, other) => [`DPoP: ${good}`, `DPoP: ${other}`]],
    ["two proofs, the good one last", (good, other) => [`DPoP: ${other}`, `dpop: ${good}`]],
    ["the same proof twice", (good) => [`DPoP: ${good}`, `DPOP: ${good}`]],
    ["two proofs in one header", (good, other) => [`DPoP: ${good}, ${other}`]],
    ["an empty one beside it", (good) => ["DPoP:", `DPoP: ${good}`]],
    ["a comma behind it", (good) => [`DPoP: ${good},`]],
    ["it in another header", (good) => [`X-DPoP: ${good}`]],
  ])("does not get in with %s", async (_name, proofs) => {
    await start();
    const token = await issuer.sign({ cnf: { jkt: client.jkt } });
    const [good, other] = [await proofOf(client, token), await proofOf(thief, token)];
    const lines = [`Authorization: DPoP ${token}`, ...proofs(good, other)];
    expect(statuses(await send(lines))).toEqual([401]);
    // And none of it used the good one up.
    expect(statuses(await send([`Authorization: DPoP ${token}`, `DPoP: ${good}`]))).toEqual([200]);
  });

  it("does not get in with its proof in the trailers", async () => {
    await start();
    const token = await issuer.sign({ cnf: { jkt: client.jkt } });
    const good = await proofOf(client, token);
    const chunked = `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\nDPoP: ${good}\r\n\r\n`;
    const lines = [`Authorization: DPoP ${token}`, "Trailer: DPoP", "Transfer-Encoding: chunked"];
    expect(statuses(await send(lines, chunked))).toEqual([401]);
    expect(statuses(await send([...lines, `DPoP: ${good}`], chunked))).toEqual([200]);
  });
});

describe("the Host header", () => {
  const raw = async (lines: readonly string[]): Promise<number[]> => {
    const socket = connect(suite.running.port, "127.0.0.1");
    socket.write([...lines, "Connection: close", "", ""].join("\r\n"));
    let answer = "";
    for await (const chunk of socket) answer += String(chunk);
    return statuses(answer);
  };
  const METADATA = "/.well-known/oauth-protected-resource";
  const OTHERS = [
    ["another one", "Host: evil.example"],
    ["the same again", "Host: mcp.example.com"],
    ["one in another case", "HOST: evil.example"],
    ["an empty one", "host:"],
  ] as const;

  it.each(OTHERS)("[http-host] is refused beside %s, with a good token", async (_, second) => {
    await start();
    const token = await issuer.sign();
    const lines = [`Authorization: Bearer ${token}`];
    // `send` has its own in front.
    expect(statuses(await send([...lines, second]))).toEqual([400]);
    expect(events.at(-1)).toMatchObject({ status: 400, reason: "host_repeated" });
    expect(statuses(await send(lines))).toEqual([200]);
  });

  it.each(OTHERS)("[http-host] is refused beside %s, for metadata", async (_, second) => {
    await start();
    const get = [`GET ${METADATA} HTTP/1.1`];
    for (const hosts of [
      ["Host: mcp.example.com", second],
      [second, "Host: mcp.example.com"],
    ]) {
      expect(await raw([...get, ...hosts])).toEqual([400]);
    }
    expect(await raw([...get, "Host: mcp.example.com"])).toEqual([200]);
  });

  requirement("http-host", "is refused when it is missing", async () => {
    await start();
    for (const path of ["/mcp", METADATA])
      expect(await raw([`GET ${path} HTTP/1.1`])).toEqual([400]);
  });

  it("[http-host] is one for a Web request as well", async () => {
    await start();
    const ask = (host: string) =>
      suite.running.server.handleRequest(
        new Request(`https://a${METADATA}`, { headers: { host } }),
      );
    expect((await ask("a, b")).status).toBe(400);
    expect((await ask("a")).status).toBe(200);
  });
});

describe("a bearer token", () => {
  it.each<[string, (good: string) => string[], number]>([
    ["twice", (good) => [`Authorization: Bearer ${good}`, `authorization: Bearer ${good}`], 400],
    [
      "behind a bad one",
      (good) => ["Authorization: Bearer x", `Authorization: Bearer ${good}`],
      400,
    ],
    [
      "before a bad one",
      (good) => [`Authorization: Bearer ${good}`, "Authorization: Bearer x"],
      400,
    ],
    [
      "beside one of a scheme",
      (good) => [`Authorization: Bearer ${good}`, "Authorization: Basic x"],
      400,
    ],
    ["joined by a comma", (good) => [`Authorization: Bearer ${good}, Bearer ${good}`], 400],
    ["folded over lines", (good) => [`Authorization: Bearer`, ` ${good}`], 400],
    ["with a space before the colon", (good) => [`Authorization : Bearer ${good}`], 400],
    ["in a header that looks like it", (good) => [`Proxy-Authorization: Bearer ${good}`], 401],
  ])("%s is refused", async (_name, lines, status) => {
    await start();
    const good = await issuer.sign();
    expect(statuses(await send(lines(good)))).toEqual([status]);
    expect(statuses(await send([`Authorization: Bearer ${good}`]))).toEqual([200]);
  });

  it.each<[string, string[]]>([
    ["two lengths", ["Content-Length: 0"]],
    ["a length and chunks", ["Content-Length: 5", "Transfer-Encoding: chunked"]],
    ["chunks that are not the last coding", ["Transfer-Encoding: chunked, identity"]],
  ])("lends nothing to a request that is hidden behind %s", async (_name, framing) => {
    await start();
    const hidden = "POST /mcp HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}";
    const token = await issuer.sign();
    const answer = await send([`Authorization: Bearer ${token}`, ...framing], `0\r\n\r\n${hidden}`);
    expect(statuses(answer)).toEqual([400]);
    expect(events).toEqual([]);
  });
});

describe("a flood of good proofs", () => {
  requirement(["dpop-jti", "outage"], "fills the replay cache and gives no access", async () => {
    for (const onStoreFailure of ["refuse", "continue"] as const) {
      const store = new MemoryStore({ clock, maxEntries: 3 });
      await start({ store, dpop: { onStoreFailure } });
      const clients = [client, ...Array.from({ length: 5 }, () => createDPoPClient({ clock }))];
      const uses = await Promise.all(
        clients.map(async (one) => {
          const token = await issuer.sign({ cnf: { jkt: one.jkt } });
          return { token, proof: await proofOf(one, token) };
        }),
      );
      const use = async ({ token, proof }: (typeof uses)[number]) =>
        statuses(await send([`Authorization: DPoP ${token}`, `DPoP: ${proof}`]))[0];
      const seen: unknown[] = [];
      for (const one of uses) seen.push(await use(one));
      expect(seen).toEqual([200, 200, 200, 503, 503, 503]);
      // None of those that were accepted was pushed out.
      for (const one of uses.slice(0, 3)) expect(await use(one)).toBe(401);
      // A key's count ends with its markers, up to an eighth of their life later.
      clock.advance(661 + 83);
      const later = await issuer.sign({ cnf: { jkt: client.jkt } });
      expect(await use({ token: later, proof: await proofOf(client, later) })).toBe(200);
      await suite.running.close();
    }
    await start();
  });

  requirement("avail-fair", "with one key leaves room for the others", async () => {
    await start({ store: new MemoryStore({ clock, maxEntries: 40 }) });
    const other = createDPoPClient({ clock });
    const use = async (one: typeof client) => {
      const token = await issuer.sign({ cnf: { jkt: one.jkt } });
      const proof = await proofOf(one, token);
      return statuses(await send([`Authorization: DPoP ${token}`, `DPoP: ${proof}`]))[0];
    };
    const seen: unknown[] = [];
    for (let n = 0; n < 60; n += 1) seen.push(await use(client));
    expect(seen.filter((status) => status === 200)).toHaveLength(20);
    expect(new Set(seen)).toEqual(new Set([200, 429]));
    expect(await use(other)).toBe(200);
  });
});

describe("a guesser behind a trusted proxy", () => {
  const guessable: Partial<OAuthAuthProviderOptions> = {
    trustedProxies: ["loopback"],
    rateLimit: { failures: 1 },
    apiKeys: { keys: [{ sha256: "0".repeat(64), clientId: "job", scopes: [] }] },
  };
  it.each<[string, string[]]>([
    ["moves within its /64", ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9"]],
    ["comes from other ports", ["198.51.100.7:1000", "198.51.100.7:2000"]],
    ["writes IPv4 as IPv6", ["198.51.100.7", "::ffff:198.51.100.7"]],
    ["uses brackets", ["2001:db8:1:2::1", "[2001:db8:1:2::2]:443"]],
    ["puts addresses in front", ["198.51.100.7", "192.0.2.1, 10.0.0.1, 198.51.100.7"]],
  ])("is the same one when it %s", async (_name, [first, second]) => {
    await start(guessable);
    const guess = async (from: string) =>
      statuses(await send(["X-API-Key: guess", `X-Forwarded-For: ${from}`]))[0];
    // One of the budget, five of the trickle.
    for (let n = 0; n < 6; n += 1) expect(await guess(first!)).toBe(401);
    expect(await guess(second!)).toBe(429);
    expect(await guess("203.0.113.9")).toBe(401);
  });

  it("is the same one when it sends the header twice", async () => {
    await start(guessable);
    const guess = async (lines: string[]) =>
      statuses(await send(["X-API-Key: guess", ...lines]))[0];
    for (let n = 0; n < 6; n += 1) {
      expect(await guess(["X-Forwarded-For: 198.51.100.7"])).toBe(401);
    }
    expect(await guess(["X-Forwarded-For: 192.0.2.1", "X-Forwarded-For: 198.51.100.7"])).toBe(429);
  });
});
