import { createHash } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import {
  calculateJwkThumbprint,
  decodeJwt,
  decodeProtectedHeader,
  EmbeddedJWK,
  jwtVerify,
} from "jose";
import { createDPoPClient, fixedClock, type TestAlgorithm } from "../../../src/testing/index.js";

const clock = fixedClock();
const request = { method: "POST", url: "https://mcp.example.com/mcp?a=1#b" };
const currentDate = new Date(clock() * 1000);

describe("a DPoP client for tests", () => {
  it.each<TestAlgorithm>(["ES256", "EdDSA", "RS256"])(
    "proves that it holds its %s key",
    async (algorithm) => {
      const client = createDPoPClient({ algorithm, clock });
      const proof = await client.proof({ ...request, accessToken: "t", nonce: "n" });
      const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
        typ: "dpop+jwt",
        currentDate,
      });
      expect(payload).toEqual({
        jti: expect.any(String),
        htm: "POST",
        htu: "https://mcp.example.com/mcp",
        iat: clock(),
        ath: createHash("sha256").update("t").digest("base64url"),
        nonce: "n",
      });
      expect(protectedHeader.jwk).toEqual(client.publicJwk);
      expect(client.jkt).toBe(await calculateJwkThumbprint(client.publicJwk));
      expect(client.publicJwk).not.toHaveProperty("d");
    },
  );

  it("leaves ath and nonce out unless asked, and never repeats a jti", async () => {
    const client = createDPoPClient({ clock });
    const [one, two] = [
      decodeJwt(await client.proof(request)),
      decodeJwt(await client.proof(request)),
    ];
    expect(one).not.toHaveProperty("ath");
    expect(one).not.toHaveProperty("nonce");
    expect(one.jti).not.toBe(two.jti);
  });

  it("spoils what it is told to spoil", async () => {
    const client = createDPoPClient({ clock });
    const proof = await client.proof({
      ...request,
      overrides: { claims: { htm: "GET", jti: undefined }, header: { typ: "JWT" } },
    });
    expect(decodeJwt(proof)).toMatchObject({ htm: "GET" });
    expect(decodeJwt(proof)).not.toHaveProperty("jti");
    expect(decodeProtectedHeader(proof).typ).toBe("JWT");
  });
});

describe("a fixed clock", () => {
  it("stands still until it is moved", () => {
    const clock = fixedClock(100);
    expect([clock(), clock()]).toEqual([100, 100]);
    clock.advance(1.5);
    expect(clock()).toBe(101.5);
    clock.advance(-2);
    expect(clock()).toBe(99.5);
  });
});
