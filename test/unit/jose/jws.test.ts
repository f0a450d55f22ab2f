import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { InvalidTokenError } from "../../../src/core/errors.js";
import { parseClaims, parseCompactJws } from "../../../src/jose/jws.js";
import { encode } from "../../support/jwt.js";
import { requirement } from "../../support/requirement.js";

const SIGNATURE = encode(Buffer.alloc(64, 1));

function token(header: unknown = { alg: "ES256", kid: "1", typ: "at+jwt" }, payload: unknown = {}) {
  return `${encode(header)}.${encode(payload)}.${SIGNATURE}`;
}

function parse(text: string) {
  const parsed = parseCompactJws(text);
  return { header: parsed.header, claims: parseClaims(parsed.payload) };
}

function refusal(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof InvalidTokenError) {
      // A parser's own message would quote the token.
      expect(error.cause).toBeUndefined();
      return error.reason;
    }
    throw error;
  }
  throw new Error("accepted");
}

describe("parseCompactJws", () => {
  requirement("jwt-compact", "takes a compact JWS apart", () => {
    const text = token({ alg: "ES256", kid: "é" }, { sub: "ü" });
    const jws = parseCompactJws(text);
    expect(jws.header).toEqual({ alg: "ES256", kid: "é" });
    expect(parseClaims(jws.payload)).toEqual({ sub: "ü" });
    expect(jws.signingInput.toString()).toBe(text.slice(0, text.lastIndexOf(".")));
    expect(jws.signature).toEqual(Buffer.alloc(64, 1));
  });

  requirement("jwt-compact", "tells an encrypted token apart", () => {
    expect(refusal(() => parse("a.b.c.d.e"))).toBe("token_encrypted");
    expect(refusal(() => parse(`${token()}..`))).toBe("token_encrypted");
  });

  const [h = "", p = "", s = ""] = token().split(".");
  const malformed: readonly (readonly [string, string])[] = [
    ["nothing", ""],
    ["one part", h],
    ["two parts", `${h}.${p}`],
    ["four parts", `${h}.${p}.${s}.${s}`],
    ["four parts, the last empty", `${h}.${p}.${s}.`],
    ["six parts", `${h}.${p}.${s}.${s}.${s}.${s}`],
    ["seven parts", `${h}.${p}.${s}.${s}.${s}.${s}.${s}`],
    ["an empty header", `.${p}.${s}`],
    ["an empty payload", `${h}..${s}`],
    ["an empty signature", `${h}.${p}.`],
    ["the JSON serialization", JSON.stringify({ protected: h, payload: p, signature: s })],
    ["a space in front", ` ${h}.${p}.${s}`],
    ["a line break behind", `${h}.${p}.${s}\n`],
    ["padding", `${h}.${p}.${s}==`],
    ["padding in the payload", `${h}.${p}=.${s}`],
    ["padding in the header", `${h}=.${p}.${s}`],
    ["a space in the payload", `${h}.${p} .${s}`],
    ["the other base64 alphabet", `${h}.${p}.${Buffer.alloc(64, 0xff).toString("base64")}`],
    ["a letter beyond ASCII", `${h}.${p}.${s}é`],
    ["bits behind the last byte", `${h}.${p}.${s.slice(0, -1)}R`],
    ["a lone letter behind the last byte", `${h}.${p}.${s.slice(0, -1)}`],
    ["a NUL inside", `${h}.${p}.${s.slice(0, 4)}\0${s.slice(4)}`],
  ];
  for (const [what, text] of malformed) {
    requirement("jwt-compact", `refuses ${what}`, () => {
      expect(refusal(() => parse(text))).toBe("token_malformed");
    });
  }

  const notObjects: readonly (readonly [string, unknown])[] = [
    ["a list", []],
    ["null", null],
    ["a number", 1],
    ["a string", '"x"'],
    ["no JSON", "{"],
    ["JSON with a byte order mark", '\ufeff{"alg":"ES256"}'],
    ["what is not UTF-8", Buffer.from('{"alg":"ES256","kid":"\xff"}', "latin1")],
    ["an over-long UTF-8 form", Buffer.from('{"alg":"ES256","kid":"\xc0\xaf"}', "latin1")],
  ];
  for (const [what, part] of notObjects) {
    requirement("jwt-compact", `refuses ${what} as header or payload`, () => {
      expect(refusal(() => parse(token(part)))).toBe("token_malformed");
      expect(refusal(() => parse(token(undefined, part)))).toBe("token_malformed");
    });
  }

  const headers: readonly (readonly [string, unknown])[] = [
    ["no alg", { kid: "1" }],
    ["an alg that is not text", { alg: ["ES256"] }],
    ["a kid that is not text", { alg: "ES256", kid: 1 }],
    ["a kid of null", { alg: "ES256", kid: null }],
    ["a typ that is not text", { alg: "ES256", typ: {} }],
    ["two alg", '{"alg":"ES256","alg":"ES256"}'],
    ["two alg, one of them escaped", '{"alg":"none","\\u0061lg":"ES256"}'],
    ["two kid", '{"kid":"a","alg":"ES256","kid":"b"}'],
    ["two __proto__", '{"alg":"ES256","__proto__":1,"__proto__":2}'],
  ];
  for (const [what, header] of headers) {
    it(`refuses a header with ${what}`, () => {
      expect(refusal(() => parse(token(header)))).toBe("header_malformed");
      // What is remembered of headers must not let it in.
      expect(refusal(() => parse(token(header)))).toBe("header_malformed");
    });
  }

  it("reads every header for itself, however many came before", () => {
    const texts = Array.from({ length: 250 }, (_, i) => ({ alg: "ES256", kid: `${i % 150}` }));
    for (const header of texts) expect(parse(token(header)).header).toEqual(header);
    for (const header of texts) expect(parse(token(header)).header).toEqual(header);
  });

  it("hands out headers that one reader cannot change for the next", () => {
    const { header } = parse(token({ alg: "ES256", jwk: { kid: ["a"] } }));
    const jwk = header["jwk"] as { kid: string[] };
    expect(() => jwk.kid.push("b")).toThrow(TypeError);
    expect(() => ((header as { alg: string }).alg = "none")).toThrow(TypeError);
  });

  it("does not take names inside of values for names of the header", () => {
    const header = { alg: "ES256", jwk: { alg: "x", kid: ["}", ":"] }, note: '":{\\' };
    expect(parse(token(header)).header).toEqual(header);
  });

  it("takes the last of two equal claims", () => {
    expect(parse(token(undefined, '{"sub":"a","sub":"b"}')).claims).toEqual({ sub: "b" });
  });

  it("lets a claim called __proto__ be a claim", () => {
    const { claims } = parse(token(undefined, '{"__proto__":{"admin":true}}'));
    expect(claims["admin"]).toBeUndefined();
    expect(({} as Record<string, unknown>)["admin"]).toBeUndefined();
  });

  requirement("jwt-compact", "refuses a token above the limit, and takes one at it", () => {
    const text = token(undefined, { pad: "x".repeat(100) });
    expect(() => parseCompactJws(text, text.length)).not.toThrow();
    expect(refusal(() => parseCompactJws(text, text.length - 1))).toBe("token_too_large");
    expect(refusal(() => parse(token(undefined, { pad: "x".repeat(16_384) })))).toBe(
      "token_too_large",
    );
  });

  it("reads nesting as deep as the limit allows", () => {
    const nested = `{"a":${"[".repeat(5000)}${"]".repeat(5000)}}`;
    expect(parse(token(undefined, nested)).claims["a"]).toBeInstanceOf(Array);
  });

  it("throws only InvalidTokenError, for any input", () => {
    const part = fc.oneof(fc.string(), fc.json().map(encode), fc.base64String(), fc.constant(h));
    const text = fc.oneof(
      fc.string(),
      fc.array(part, { maxLength: 7 }).map((p) => p.join(".")),
    );
    fc.assert(
      fc.property(text, (input) => {
        try {
          parse(input);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidTokenError);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("gives one content one spelling", () => {
    fc.assert(
      fc.property(
        fc.nat({ max: token().length - 1 }),
        fc.string({ unit: "binary" }),
        (at, piece) => {
          const text = token();
          const varied = text.slice(0, at) + piece + text.slice(at + piece.length);
          if (varied === text) return;
          let jws;
          try {
            jws = parseCompactJws(varied);
          } catch {
            return;
          }
          expect(`${jws.signingInput.toString()}.${jws.signature.toString("base64url")}`).toBe(
            varied,
          );
          const original = parseCompactJws(text);
          expect([jws.signingInput, jws.signature]).not.toEqual([
            original.signingInput,
            original.signature,
          ]);
        },
      ),
      { numRuns: 500 },
    );
  });
});
