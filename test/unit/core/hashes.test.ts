import { createHash } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { sha256, tokenFingerprint, tokenHash } from "../../../src/core/hashes.js";

describe("sha256", () => {
  it("is the SHA-256 in base64url", () => {
    const expected = createHash("sha256").update("a.b.c").digest("base64url");
    expect(sha256("a.b.c")).toBe(expected);
    expect(tokenFingerprint("a.b.c")).toBe(expected.slice(0, 16));
  });

  it("does not hold the token", () => {
    expect(sha256("secret")).not.toContain("secret");
  });
});

describe("tokenHash", () => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const header = part({ alg: "ES256" });
  const payload = part({ sub: "alice" });

  it("is the same for every signature of a JWT, and different for other content", () => {
    const hash = tokenHash(`${header}.${payload}.AAAA`);
    expect(tokenHash(`${header}.${payload}.BBBB`)).toBe(hash);
    // An introspection endpoint may ignore extra characters after the signature.
    for (const more of ["=", "==", "+", "~"]) {
      expect(tokenHash(`${header}.${payload}.AAAA${more}`)).toBe(hash);
    }
    expect(tokenHash(`${header}.${part({ sub: "bob" })}.AAAA`)).not.toBe(hash);
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
    expect(tokenHash(token)).toBe(sha256(token));
  });
});
