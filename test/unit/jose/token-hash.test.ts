import { createHash } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { signedHash, tokenFingerprint, tokenHash } from "../../../src/jose/token-hash.js";

describe("tokenHash", () => {
  it("is the SHA-256 in base64url", () => {
    const expected = createHash("sha256").update("a.b.c").digest("base64url");
    expect(tokenHash("a.b.c")).toBe(expected);
    expect(tokenFingerprint("a.b.c")).toBe(expected.slice(0, 16));
  });

  it("does not hold the token", () => {
    expect(tokenHash("secret")).not.toContain("secret");
  });
});

describe("signedHash", () => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const header = part({ alg: "ES256" });
  const payload = part({ sub: "alice" });

  it("is the same whatever the signature of a JWT, and another for other content", () => {
    const hash = signedHash(`${header}.${payload}.AAAA`);
    expect(signedHash(`${header}.${payload}.BBBB`)).toBe(hash);
    expect(signedHash(`${header}.${part({ sub: "bob" })}.AAAA`)).not.toBe(hash);
  });

  it.each([
    ["an opaque token", "2YotnFZFEjr1zCsicMWpAA"],
    ["a key with dots", "mcp.live.secret"],
    ["a key whose first part is JSON", `${part({ kid: "1" })}.live.secret`],
    ["a key whose first part is a number", "1234.live.secret"],
    ["five parts", `${header}.a.b.c.d`],
    ["no signature", `${header}.${payload}.`],
    ["nothing", ""],
  ])("keeps every character of %s", (_, token) => {
    expect(signedHash(token)).toBe(tokenHash(token));
  });
});
