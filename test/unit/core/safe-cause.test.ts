import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { causeWithoutMessage, printable, safeCause, scrub } from "../../../src/core/safe-cause.js";

/** Long enough to be a secret; with quotes, line breaks, percent signs, emoji and half a character. */
const nasty = fc
  .array(
    fc.oneof(
      fc.string({ unit: "binary", minLength: 1, maxLength: 20 }),
      fc.constantFrom(
        "$&",
        "$1",
        "%00",
        "\r\n",
        '"',
        "\\",
        "[removed]",
        "eyJ",
        "\ud800",
        "é",
        "a+/=",
      ),
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((parts) => `~${parts.join("")}~secret~`);

const MARK = "[removed]";
/** Eight characters of the secret that the text shows. The mark itself is no part of a secret. */
function leaked(text: string, secret: string): string[] {
  const pieces = text.split(MARK);
  return Array.from({ length: secret.length - 7 }, (_, at) => secret.slice(at, at + 8)).filter(
    (part) => pieces.some((piece) => piece.includes(part)),
  );
}

const shown = (error: Error) => [error.message, error.stack, String(error)].join("\n");

describe("safeCause", () => {
  it("shows no secret, in any form or part that a function quotes", () => {
    fc.assert(
      fc.property(nasty, fc.nat(20), fc.nat(60), (secret, from, length) => {
        // The marker of a removed part is no leak.
        fc.pre(!secret.includes("[removed]"));
        const quotes = [
          secret,
          secret.slice(from, from + length),
          JSON.stringify({ token: secret }),
          Buffer.from(secret).toString("base64url"),
          `Bearer ${secret} and again ${secret}`,
        ];
        for (const quote of quotes) {
          const error = new TypeError(`no row for ${quote}`);
          error.name = `Error of ${secret}`;
          const text = shown(safeCause(error, [secret]));
          expect(leaked(text, secret)).toEqual([]);
          expect(text).not.toContain(Buffer.from(secret).toString("base64url"));
        }
      }),
      { numRuns: 200 },
    );
  });

  it("shows no secret that JSON.parse quotes", () => {
    const secret = "s3cr3t-of-an-opaque-token";
    const thrown = (() => {
      try {
        JSON.parse(secret);
      } catch (error) {
        return error;
      }
    })();
    expect(String((thrown as Error).message)).toContain("s3cr3t-of-");
    expect(shown(safeCause(thrown, [secret]))).not.toContain("s3cr3t-of");
  });

  it("keeps what says where to look", () => {
    function lookUp(): never {
      throw new TypeError("the table is gone");
    }
    const thrown = (() => {
      try {
        return lookUp();
      } catch (error) {
        return error;
      }
    })();
    const cause = safeCause(thrown, ["some-secret"]);
    expect(cause.message).toBe("TypeError: the table is gone");
    expect(cause.stack).toMatch(/\n {4}at lookUp \(.*safe-cause\.test\.ts:\d+:\d+\)/);
  });

  it("is bounded, and never throws", () => {
    const hostile = new Error("x");
    Object.defineProperty(hostile, "message", {
      get: () => {
        throw new Error("no");
      },
    });
    for (const thrown of [hostile, undefined, null, 7, "text", {}, Object.create(null)]) {
      expect(() => safeCause(thrown, ["secret"])).not.toThrow();
    }
    expect(safeCause(new Error("x".repeat(1_000_000)), []).message.length).toBeLessThanOrEqual(300);
  });

  it("does not change what is safe already", () => {
    const cause = safeCause(new Error("once"), []);
    expect(safeCause(cause, [])).toBe(cause);
  });
});

describe("causeWithoutMessage", () => {
  it("shows nothing of a secret that is unknown here", () => {
    fc.assert(
      fc.property(nasty, (secret) => {
        // Not a secret that file names of this test's own stack contain by chance.
        fc.pre(leaked(shown(causeWithoutMessage(new Error(""))), secret).length === 0);
        // A message that looks like a line of the stack, too.
        const error = new Error(`${secret}\n    at ${secret} (file.js:1:2)`);
        error.name = secret;
        Object.assign(error, { code: secret });
        const text = shown(causeWithoutMessage(error));
        expect(leaked(text, secret)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it("keeps the kind of error, its code and the stack", () => {
    const error = Object.assign(new TypeError("hunter2"), { code: "ECONNREFUSED" });
    const cause = causeWithoutMessage(error);
    expect(cause.message).toMatch(/^TypeError ECONNREFUSED \(message withheld/);
    expect(cause.stack).toMatch(/\n {4}at .*safe-cause\.test\.ts:\d+:\d+/);
  });
});

describe("scrub", () => {
  it("leaves text without secrets as it is", () => {
    expect(scrub("no row for user 7", ["another-secret", ""])).toBe("no row for user 7");
    expect(scrub("abc", [])).toBe("abc");
  });
});

describe("printable", () => {
  it("keeps one line on one line", () => {
    expect(printable("a\r\n\u001b[31mb\u009bc\u2028")).toBe("a???[31mb?c?");
  });
});
