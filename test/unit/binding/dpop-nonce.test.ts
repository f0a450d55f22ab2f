import { describe, expect, it } from "@jest/globals";
import { randomBytes } from "node:crypto";
import fc from "fast-check";

import { ConfigurationError } from "../../../src/core/errors.js";
import { requirement } from "../../support/requirement.js";
import { DPoPNonce } from "../../support/resolved.js";

const START = 1_750_000_200; // the beginning of a period of 300 seconds
const secret = randomBytes(32);

describe("DPoPNonce", () => {
  requirement("dpop-nonce", "survives restarts and is shared by processes with one secret", () => {
    const issued = new DPoPNonce([secret]).issue(START);
    expect(new DPoPNonce([secret]).verify(issued, START)).toBe("current");
    expect(new DPoPNonce([randomBytes(32)]).verify(issued, START)).toBe("invalid");
  });

  requirement("dpop-nonce", "stays the same for a period, then changes", () => {
    const nonce = new DPoPNonce([secret]);
    expect(nonce.issue(START + 299.9)).toBe(nonce.issue(START));
    expect(nonce.issue(START + 300)).not.toBe(nonce.issue(START));
  });

  requirement("dpop-nonce", "is accepted for its own period and the next one", () => {
    const nonce = new DPoPNonce([secret]);
    const issued = nonce.issue(START);
    expect(nonce.verify(issued, START + 299.9)).toBe("current");
    expect(nonce.verify(issued, START + 300)).toBe("outdated");
    expect(nonce.verify(issued, START + 599.9)).toBe("outdated");
    expect(nonce.verify(issued, START + 600)).toBe("invalid");
  });

  it("is accepted from a process whose clock is one period ahead, not two", () => {
    const nonce = new DPoPNonce([secret]);
    expect(nonce.verify(nonce.issue(START + 300), START)).toBe("current");
    expect(nonce.verify(nonce.issue(START + 600), START)).toBe("invalid");
  });

  it("issues with the first secret and accepts all", () => {
    const fresh = randomBytes(32);
    const rotated = new DPoPNonce([fresh, secret]);
    expect(rotated.verify(new DPoPNonce([secret]).issue(START), START)).toBe("outdated");
    expect(new DPoPNonce([fresh]).verify(rotated.issue(START), START)).toBe("current");
    expect(new DPoPNonce([secret]).verify(rotated.issue(START), START)).toBe("invalid");
  });

  it("is not good for servers with another period", () => {
    const issued = new DPoPNonce([secret], { periodSeconds: 60 }).issue(0);
    expect(new DPoPNonce([secret]).verify(issued, 0)).toBe("invalid");
  });

  it("needs no escaping in a header (RFC 9449 §8.1)", () => {
    expect(new DPoPNonce([secret]).issue(START)).toMatch(/^[\w-]{43}$/);
  });

  it("takes no other text", () => {
    const nonce = new DPoPNonce([secret]);
    const issued = nonce.issue(START);
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.nat(42).map((n) => issued.slice(0, n)),
        ),
        (text) => {
          expect(nonce.verify(text, START)).toBe("invalid");
        },
      ),
    );
    expect(nonce.verify(issued, START)).toBe("current");
  });

  it("needs secrets of 32 bytes", () => {
    expect(() => new DPoPNonce([])).toThrow(ConfigurationError);
    expect(() => new DPoPNonce([secret, randomBytes(31)])).toThrow(ConfigurationError);
    expect(() => new DPoPNonce([secret], { periodSeconds: 1 })).not.toThrow();
  });

  it("shows no secret when printed", () => {
    const nonce = new DPoPNonce([Buffer.alloc(32, "s")]);
    expect(JSON.stringify(nonce)).toBe("{}");
  });
});
