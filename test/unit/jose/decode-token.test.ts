import { describe, expect, it } from "@jest/globals";
import { decodeToken } from "../../../src/index.js";
import { createTestIssuer } from "../../../src/testing/index.js";

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const OPAQUE = { form: "opaque", header: undefined, claims: undefined };

describe("decodeToken", () => {
  it("reads header and claims with any signature", async () => {
    const token = await createTestIssuer().sign({ sub: "alice" });
    expect(decodeToken(token)).toMatchObject({
      form: "jwt",
      header: { alg: "ES256" },
      claims: { sub: "alice" },
    });
    const [header, , signature] = token.split(".");
    const forged = [header, encoded({ sub: "mallory", exp: 1 }), signature].join(".");
    expect(decodeToken(forged).claims).toEqual({ sub: "mallory", exp: 1 });
  });

  it("returns no signature and no verdict", async () => {
    const token = await createTestIssuer().sign();
    const decoded = decodeToken(token);
    expect(Object.keys(decoded)).toEqual(["form", "header", "claims"]);
    expect(JSON.stringify(decoded)).not.toContain(token.split(".")[2]);
  });

  it("reads only the header of an encrypted token, or if the claims cannot be parsed", () => {
    expect(decodeToken(`${encoded({ alg: "dir" })}.a.b.c.d`)).toEqual({
      form: "encrypted",
      header: { alg: "dir" },
      claims: undefined,
    });
    expect(decodeToken(`${encoded({ alg: "RS256" })}.x.y`)).toMatchObject({
      form: "jwt",
      claims: undefined,
    });
  });

  it.each(["", "ghp_abc", "a.b", "a.b.c", `${encoded([1])}.a.b`, ".".repeat(1_000_000)])(
    "takes text without a header as opaque, and never throws",
    (text) => {
      expect(decodeToken(text)).toEqual(OPAQUE);
    },
  );
});
