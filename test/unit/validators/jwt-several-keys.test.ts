import { createSecretKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, expect, it, jest } from "@jest/globals";
import { InvalidTokenError, UnavailableError } from "../../../src/core/errors.js";
import type { JwsHeader, KeySource } from "../../../src/keys/key-source.js";

import { hmac, makeJws, p256, rsa } from "../../support/jwt.js";
import { outcome } from "../../support/outcome.js";
import { JwtValidator } from "../../support/resolved.js";

const NOW = 1_800_000_000;
const ISSUER = "https://as.example.com";
const CLAIMS = { iss: ISSUER, aud: "https://mcp.example.com", exp: NOW + 60, sub: "user" };
const other = generateKeyPairSync("ec", { namedCurve: "P-256" });

/** A source that knows `first`, and after a look further also `later`. */
function source(first: readonly KeyObject[], later: readonly KeyObject[] = []) {
  const getKeys = jest.fn(async (_header: JwsHeader, tried: readonly KeyObject[] = []) => {
    const found = (tried.length === 0 ? first : later).filter((key) => !tried.includes(key));
    if (found.length === 0) throw new InvalidTokenError("key_not_found");
    return found;
  });
  const getKey = (header: JwsHeader) => getKeys(header).then(([key]) => key as KeyObject);
  return { getKey, getKeys } satisfies KeySource;
}

const validate = (keys: KeySource, token: string, algorithms?: ["HS256"]) =>
  outcome(
    new JwtValidator({
      issuer: ISSUER,
      audience: [CLAIMS.aud],
      keys,
      clock: () => NOW,
      ...(algorithms && { algorithms }),
    }).validate(token),
  );

const HEADER = { alg: "ES256", typ: "at+jwt" };
const token = (header: object = HEADER) => makeJws(header, CLAIMS);

describe("a JWT that several keys may have signed", () => {
  it("is good when one of them verifies", async () => {
    const keys = source([other.publicKey, p256.publicKey]);
    expect(await validate(keys, token())).toBe("accepted");
    expect(keys.getKeys).toHaveBeenCalledTimes(1);
  });

  it("is not good when none does, nor any key beyond", async () => {
    expect(await validate(source([other.publicKey]), token())).toBe(
      "InvalidTokenError signature_invalid",
    );
  });

  it("asks once for keys beyond those known, and only without a kid", async () => {
    const rotated = source([other.publicKey], [p256.publicKey]);
    expect(await validate(rotated, token())).toBe("accepted");
    expect(rotated.getKeys).toHaveBeenCalledTimes(2);
    const named = source([other.publicKey], [p256.publicKey]);
    expect(await validate(named, token({ ...HEADER, kid: "a" }))).toBe(
      "InvalidTokenError signature_invalid",
    );
    expect(named.getKeys).toHaveBeenCalledTimes(1);
  });

  it("fetches a newer secret for any kid, because secrets have no kid", async () => {
    const former = createSecretKey(Buffer.alloc(64, 9));
    const keys = source([former], [hmac.publicKey]);
    const text = makeJws({ alg: "HS256", typ: "at+jwt", kid: "k" }, CLAIMS, "HS256");
    expect(await validate(keys, text, ["HS256"])).toBe("accepted");
  });

  it("does not take a key that does not fit, wherever it comes from", async () => {
    expect(await validate(source([rsa.publicKey]), token())).toBe(
      "InvalidTokenError key_not_fit_for_algorithm",
    );
    expect(await validate(source([other.publicKey], [rsa.publicKey]), token())).toBe(
      "InvalidTokenError signature_invalid",
    );
  });

  it("is undecided while other keys may exist", async () => {
    const keys = source([other.publicKey]);
    keys.getKeys.mockImplementation(async (_header, tried = []) => {
      if (tried.length > 0) throw new UnavailableError("jwks_unreachable");
      return [other.publicKey];
    });
    expect(await validate(keys, token())).toBe("UnavailableError jwks_unreachable");
  });
});
