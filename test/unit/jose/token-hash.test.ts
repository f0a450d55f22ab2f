import { createHash } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { tokenFingerprint, tokenHash } from "../../../src/jose/token-hash.js";

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
