import type { IncomingMessage } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  OAuthAuthProvider,
  type AuthEvent,
  type OAuthAuthProviderOptions,
} from "../../src/index.js";
import { createOutboundFetch } from "../../src/net/guarded-fetch.js";
import { createTestIssuer, fixedClock, type FixedClock } from "../../src/testing/index.js";
import {
  startHostileServer,
  type Behaviour,
  type HostileServer,
} from "../support/hostile-server.js";
import { requirement } from "../support/requirement.js";
import { holdTimers, passSeconds, releaseTimers, untilDeadline } from "../support/timers.js";

/*
 * The whole provider against an authorization server that misbehaves: each
 * failure mode a row, with the status that goes out and a bound on the calls
 * that are made. The clock and the timers are the test's.
 */

const RESOURCE = "http://127.0.0.1:8080/mcp";
const BURST = 40;

let hostile: HostileServer;
let clock: FixedClock;
let issuer: ReturnType<typeof createTestIssuer>;
let events: AuthEvent[];
let provider: OAuthAuthProvider;

beforeEach(async () => {
  holdTimers();
  hostile = await startHostileServer();
  clock = fixedClock();
  issuer = createTestIssuer({ issuer: hostile.origin, resource: RESOURCE, clock });
});
afterEach(async () => {
  releaseTimers();
  await provider.close();
  await hostile.close();
});

function start(options: Partial<OAuthAuthProviderOptions>): void {
  events = [];
  provider = new OAuthAuthProvider({
    resource: RESOURCE,
    authorizationServers: [hostile.origin],
    verifyAtStart: "off",
    rateLimit: false,
    clock,
    fetch: createOutboundFetch({ maxBytes: 64 * 1024 }),
    audit: (event) => void events.push(event),
    ...options,
  });
}

const jwks = (): Behaviour => ({ kind: "json", body: issuer.jwks });
const startJwt = (more: object = {}): void =>
  start({ validation: { type: "jwt", jwksUri: `${hostile.origin}/jwks`, ...more } });
const startIntrospection = (): void =>
  start({
    validation: { type: "introspection" },
    introspection: {
      endpoint: `${hostile.origin}/introspect`,
      clientId: "server",
      clientSecret: "secret-of-the-server",
    },
  });

async function status(token: string, remoteAddress = "127.0.0.1"): Promise<number> {
  const request = {
    method: "POST",
    url: "/mcp",
    headers: { authorization: `Bearer ${token}` },
    rawHeaders: [],
    socket: { remoteAddress },
  } as unknown as IncomingMessage;
  const result = await provider.authenticate(request);
  return result === false ? (events.at(-1)?.status ?? 0) : 200;
}

/** Statuses of many requests at once. */
async function burst(
  tokens: readonly string[],
  addresses: readonly string[] = ["127.0.0.1"],
): Promise<Set<number>> {
  const before = events.length;
  const results = await Promise.all(
    tokens.map((token, index) => status(token, addresses[index % addresses.length])),
  );
  const refused = events.slice(before).map((event) => event.status);
  return new Set([...results.filter((result) => result === 200), ...refused]);
}

/** The outcome while a fault lasts: only a deadline ends a request to a server that hangs. */
const during = <T>({ kind }: Behaviour, work: Promise<T>): Promise<T> =>
  kind === "hang" || kind === "drip" ? untilDeadline(work) : work;

async function pass(seconds: number): Promise<void> {
  clock.advance(seconds);
  await passSeconds(seconds);
}

const FAULTS: [string, Behaviour][] = [
  ["answers 500", { kind: "answer", status: 500 }],
  ["answers 404", { kind: "answer", status: 404 }],
  ["answers 429", { kind: "answer", status: 429 }],
  ["never answers", { kind: "hang" }],
  ["drips a byte at a time", { kind: "drip", everyMs: 20 }],
  ["sends without end", { kind: "endless" }],
  ["breaks off", { kind: "truncate", body: '{"keys":[' }],
  ["resets the connection", { kind: "reset" }],
  ["does not speak HTTP", { kind: "raw", bytes: "SSH-2.0-OpenSSH_9.2\r\n" }],
  ["redirects", { kind: "redirect", to: "http://127.0.0.1:1/elsewhere" }],
  [
    "redirects to the metadata service of the cloud",
    { kind: "redirect", to: "http://169.254.169.254/latest/meta-data/" },
  ],
  [
    "sends HTML",
    { kind: "answer", headers: { "content-type": "text/html" }, body: "<h1>Welcome</h1>" },
  ],
  ["sends an empty object", { kind: "json", body: {} }],
  ["sends null", { kind: "json", body: null }],
  ["sends a list", { kind: "json", body: [1, 2, 3] }],
];

/** Well-formed, and without a usable key: an outage when first seen, a withdrawal when seen again. */
const EMPTIED: [string, Behaviour][] = [
  ["has no keys", { kind: "json", body: { keys: [] } }],
  ["has broken keys only", { kind: "json", body: { keys: [null, 1, { kty: "RSA" }] } }],
];

describe.each([...FAULTS, ...EMPTIED])("a key set that %s", (_name, fault) => {
  requirement("outage", "is 503 for good tokens, one call for many, and heals", async () => {
    startJwt();
    hostile.behave(fault);
    const token = await issuer.sign();
    const first = burst(Array<string>(BURST).fill(token));
    expect(await during(fault, first)).toEqual(new Set([503]));
    // In the metrics this is not a refusal: validity could not be determined.
    expect(new Set(events.map(({ outcome }) => outcome))).toEqual(new Set(["unavailable"]));
    expect(hostile.requests.length).toBeLessThanOrEqual(1);
    // No server is called during the pause.
    expect(await burst(Array<string>(BURST).fill(token))).toEqual(new Set([503]));
    expect(hostile.requests.length).toBeLessThanOrEqual(1);

    hostile.behave(jwks());
    clock.advance(30);
    expect(await status(token)).toBe(200);
  });
});

describe.each(FAULTS)("a key set that was good and %s", (_name, fault) => {
  requirement("outage", "does not disturb tokens whose key is known", async () => {
    startJwt({ jwksTtlSeconds: 7 });
    hostile.behave(jwks());
    expect(await status(await issuer.sign())).toBe(200);
    hostile.behave(fault);
    const calls = hostile.requests.length;
    for (let second = 0; second < 20; second += 1) {
      await pass(1);
      expect(await during(fault, status(await issuer.sign()))).toBe(200);
    }
    // Ten a minute at most, and so four in twenty seconds.
    expect(hostile.requests.length - calls).toBeLessThanOrEqual(4);
  });
});

describe.each(FAULTS)("an introspection endpoint that %s", (_name, fault) => {
  requirement("outage", "is 503, a bounded number of calls, and heals", async () => {
    startIntrospection();
    hostile.behave(fault);
    const token = issuer.opaque();
    const first = burst(Array<string>(BURST).fill(token));
    expect(await during(fault, first)).toEqual(new Set([503]));
    expect(hostile.requests.length).toBeLessThanOrEqual(1);
    const others = Array.from({ length: BURST }, () => issuer.opaque());
    expect(await during(fault, burst(others))).toEqual(new Set([503]));
    // As many at once as the gate lets through before it pauses.
    expect(hostile.requests.length).toBeLessThanOrEqual(1 + BURST);
    const calls = hostile.requests.length;
    expect(await during(fault, burst(others))).toEqual(new Set([503]));
    expect(hostile.requests.length - calls).toBeLessThanOrEqual(BURST);

    hostile.behave({ kind: "json", body: { ...issuer.introspect(token) } });
    clock.advance(60);
    expect(await status(token)).toBe(200);
  });
});

describe("discovery that fails", () => {
  requirement("outage", "is 503 and heals", async () => {
    start({});
    hostile.behave({ kind: "answer", status: 500 });
    const token = await issuer.sign();
    expect(await burst(Array<string>(BURST).fill(token))).toEqual(new Set([503]));
    // One attempt looks at up to four well-known places.
    expect(hostile.requests.length).toBeLessThanOrEqual(4);
    hostile.behave(({ url }) =>
      url.startsWith("/.well-known/oauth")
        ? {
            kind: "json",
            body: { issuer: hostile.origin, jwks_uri: `${hostile.origin}/jwks` },
          }
        : jwks(),
    );
    clock.advance(60);
    expect(await status(token)).toBe(200);
  });

  it("never believes metadata of another issuer", async () => {
    start({});
    hostile.behave({
      kind: "json",
      body: { issuer: "https://evil.example", jwks_uri: `${hostile.origin}/jwks` },
    });
    expect(await status(await issuer.sign())).toBe(503);
  });
});

describe("a flood", () => {
  const good = async (): Promise<number> => status(await issuer.sign());

  it("of forged key ids costs one fetch and does not affect other clients", async () => {
    startJwt();
    hostile.behave(jwks());
    expect(await good()).toBe(200);
    clock.advance(10);
    const forged = await Promise.all(
      Array.from({ length: 200 }, (_, index) => issuer.signWithWrongKey({}, { kid: `k${index}` })),
    );
    expect(await burst(forged)).toEqual(new Set([401]));
    expect(hostile.requests.length).toBeLessThanOrEqual(3);
    expect(await good()).toBe(200);
  });

  it("of random, expired and malformed tokens costs no call at all", async () => {
    startJwt();
    hostile.behave(jwks());
    expect(await good()).toBe(200);
    const calls = hostile.requests.length;
    const expired = await issuer.sign({ exp: clock() - 1000 });
    const junk = Array.from({ length: 500 }, (_, index) => `junk-${index}`);
    await burst([...junk, expired, "a.b.c", "e30.e30.", "x".repeat(20_000)]);
    expect(new Set(events.slice(1).map((event) => event.status))).toEqual(new Set([401]));
    expect(hostile.requests.length).toBe(calls);
    expect(await good()).toBe(200);
  });

  it("of cold starts is one fetch, and every one succeeds", async () => {
    startJwt();
    hostile.behave(jwks());
    const tokens = await Promise.all(
      Array.from({ length: 50 }, (_, n) => issuer.sign({ sub: `${n}` })),
    );
    const requests = Array.from({ length: 1_000 }, (_, index) => tokens[index % 50] ?? "");
    expect(await burst(requests)).toEqual(new Set([200]));
    expect(hostile.requests.length).toBe(1);
  });

  it("of opaque tokens is at most 32 calls at once, and remembered refusals cost none", async () => {
    startIntrospection();
    let atOnce = 0;
    let most = 0;
    const send = createOutboundFetch();
    await provider.close();
    start({
      validation: { type: "introspection" },
      introspection: {
        endpoint: `${hostile.origin}/introspect`,
        clientId: "server",
        clientSecret: "secret-of-the-server",
      },
      fetch: async (url, request) => {
        most = Math.max(most, ++atOnce);
        try {
          return await send(url, request);
        } finally {
          atOnce -= 1;
        }
      },
    });
    hostile.behave({ kind: "json", body: { active: false } });
    const random = Array.from({ length: 300 }, (_, index) => `opaque-${index}-${"r".repeat(20)}`);
    // One address has half of the queue.
    expect(await burst(random, ["192.0.2.1", "192.0.2.2"])).toEqual(new Set([401]));
    expect(most).toBeLessThanOrEqual(32);
    const calls = hostile.requests.length;
    expect(await burst(random)).toEqual(new Set([401]));
    expect(hostile.requests.length).toBe(calls);
  });
});
