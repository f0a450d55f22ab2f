import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { afterEach, beforeEach, describe, expect } from "@jest/globals";
import {
  OAuthAuthProvider,
  type AuthEvent,
  type OAuthAuthProviderOptions,
} from "../../src/index.js";
import {
  createTestIssuer,
  fixedClock,
  type FixedClock,
  type TestIssuer,
  type TestIssuerServer,
} from "../../src/testing/index.js";
import { requirement } from "../support/requirement.js";
import { holdTimers, releaseTimers } from "../support/timers.js";
import { turns } from "../support/turns.js";

/*
 * A flood from one address, and what becomes of everybody else. Calls to other
 * servers are held until the test lets them go, so that nothing depends on time.
 */

const RESOURCE = "http://127.0.0.1:8080/mcp";
const FLOOD = "203.0.113.5";
const OTHER = "198.51.100.1";

let clock: FixedClock;
let issuer: TestIssuer;
let authority: TestIssuerServer;
let provider: OAuthAuthProvider;
let events: AuthEvent[];

beforeEach(async () => {
  holdTimers();
  clock = fixedClock();
  issuer = createTestIssuer({ resource: RESOURCE, clock });
  authority = await issuer.listen();
  events = [];
});
afterEach(async () => {
  releaseTimers();
  await provider.close();
  await authority.close();
});

function start(options: Partial<OAuthAuthProviderOptions>): void {
  provider = new OAuthAuthProvider({
    resource: RESOURCE,
    authorizationServers: [issuer.issuer],
    verifyAtStart: "off",
    clock,
    audit: (event) => void events.push(event),
    ...options,
  });
}

/** Status of one request from this address; 200 when it is let in. */
async function status(token: string, address: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}` };
  const request = {
    method: "POST",
    url: "/mcp",
    headers,
    rawHeaders: [],
    socket: { remoteAddress: address },
  } as unknown as IncomingMessage;
  const fingerprint = createHash("sha256").update(token).digest("base64url").slice(0, 16);
  const result = await provider.authenticate(request);
  if (result !== false) return 200;
  const told = events.filter(({ tokenFingerprint }) => tokenFingerprint === fingerprint);
  return told.at(-1)?.status ?? 0;
}

/** Calls that wait until they are let go. */
function gateway() {
  const held: (() => void)[] = [];
  let isOpen = false;
  let calls = 0;
  return {
    get calls() {
      return calls;
    },
    pass: async () => {
      calls += 1;
      if (!isOpen) await new Promise<void>((resolve) => held.push(resolve));
    },
    open: () => {
      isOpen = true;
      for (const release of held.splice(0)) release();
    },
  };
}

/** Enough for everything that needs no response of another server. */
const settle = () => turns(20);
const count = (seen: readonly number[], status: number) =>
  seen.filter((one) => one === status).length;

/** No signature is verified before the issuer is known. */
function tokenOf(iss: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "ES256", typ: "at+jwt" })}.${part({ iss })}.c2ln`;
}

describe("900 tokens with made-up issuers from one address", () => {
  requirement(
    ["avail-fair", "avail-challenge"],
    "cost 15 look-ups and do not affect other tenants",
    async () => {
      const tenant = createTestIssuer({ resource: RESOURCE, clock });
      const served = await tenant.listen();
      const door = gateway();
      start({
        issuers: async (iss) => {
          if (iss === tenant.issuer) return { type: "jwt" };
          await door.pass();
          return undefined;
        },
      });
      const flood = Array.from({ length: 900 }, (_, n) =>
        status(tokenOf(`https://t${n}.example`), FLOOD),
      );
      await settle();
      expect(door.calls).toBe(10);
      // Another tenant, not known yet, from another address, while all of these are in progress.
      for (let n = 0; n < 14; n += 1) {
        expect(await status(await tenant.sign({ sub: `${n}` }), OTHER)).toBe(200);
      }
      door.open();
      const seen = await Promise.all(flood);
      expect(door.calls).toBe(15);
      expect(count(seen, 401)).toBe(15);
      expect(count(seen, 429) + count(seen, 503)).toBe(885);
      expect(await status(await tenant.sign({ sub: "late" }), OTHER)).toBe(200);
      // Known by now, so that it can be decided about without any work.
      expect(await status(await tenant.sign({ sub: "shared address" }), FLOOD)).toBe(200);
      await served.close();
    },
  );
});

describe("900 random opaque tokens from one address", () => {
  requirement(
    ["avail-fair", "avail-challenge"],
    "cost 15 calls and do not affect other clients",
    async () => {
      const door = gateway();
      start({
        validation: { type: "introspection" },
        introspection: { clientId: "server", clientSecret: "secret" },
        fetch: async (url, request) => {
          if (String(request?.body).includes("junk")) await door.pass();
          return fetch(url, request);
        },
      });
      expect(await status(issuer.opaque(), OTHER)).toBe(200);
      const known = issuer.opaque();
      expect(await status(known, FLOOD)).toBe(200);
      const flood = Array.from({ length: 900 }, (_, n) =>
        status(`junk-${n}-${"x".repeat(20)}`, FLOOD),
      );
      await settle();
      expect(door.calls).toBe(10);
      for (let n = 0; n < 14; n += 1) expect(await status(issuer.opaque(), OTHER)).toBe(200);
      clock.advance(60);
      // No longer remembered, but accepted before: introspected at once.
      expect(await status(known, FLOOD)).toBe(200);
      door.open();
      const seen = await Promise.all(flood);
      expect(door.calls).toBe(15);
      expect(count(seen, 401)).toBe(15);
      expect(count(seen, 429) + count(seen, 503)).toBe(885);
      issuer.revoke(known);
      clock.advance(60);
      expect(await status(known, FLOOD)).toBe(401);
    },
  );
});

describe("forged key ids from one address", () => {
  requirement(
    ["avail-fair", "outage"],
    "wait in a limited number of places, and do not affect known keys",
    async () => {
      start({});
      expect(await status(await issuer.sign(), OTHER)).toBe(200);
      const forged = await Promise.all(
        Array.from({ length: 100 }, (_, n) => issuer.signWithWrongKey({}, { kid: `k${n}` })),
      );
      const flood = forged.map((token) => status(token, FLOOD));
      const done: number[] = [];
      for (const one of flood) void one.then((result) => done.push(result));
      await settle();
      await settle();
      expect(count(done, 503)).toBe(92);
      // Known keys are not disturbed.
      expect(await status(await issuer.sign(), FLOOD)).toBe(200);
    },
  );
});
