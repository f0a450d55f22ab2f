/*
 * A token never seen before. Compared with the least that any verifier must do: split, decode,
 * parse, `crypto.verify`. Rivals check signature, issuer, audience and times; ours checks in
 * addition what RFC 9068 and RFC 8725 ask for. Freezing the claims is the cache's work; see
 * cache-memory.
 */
import { createHmac, timingSafeEqual, verify } from "node:crypto";
import { JwtVerifier } from "aws-jwt-verify";
import { createVerifier } from "fast-jwt";
import { jwtVerify } from "jose";
import jsonwebtoken from "jsonwebtoken";
import { JwtValidator } from "../../../dist/validators/jwt-validator.js";
import { StaticKeys } from "../../../dist/keys/static-keys.js";
import { asyncLoop, interleave, loop, ratio, times, us } from "../lib/measure.mjs";
import { row, table } from "../lib/report.mjs";
import { ISSUER, makeKey, makeTokens, RESOURCE } from "../lib/tokens.mjs";
import { JWT_SETTINGS } from "../lib/jwt-settings.mjs";

const AIMS = { RS256: 0.8, ES256: 0.9, EdDSA: 0.9, HS256: 0.5 };

function raw({ alg, publicKey }) {
  return (token) => {
    const [header, payload, signature] = token.split(".");
    JSON.parse(Buffer.from(header, "base64url"));
    const input = Buffer.from(token.slice(0, header.length + 1 + payload.length));
    const bytes = Buffer.from(signature, "base64url");
    const good =
      alg === "HS256"
        ? timingSafeEqual(createHmac("sha256", publicKey).update(input).digest(), bytes)
        : verify(
            alg === "EdDSA" ? null : "sha256",
            input,
            alg === "ES256" ? { key: publicKey, dsaEncoding: "ieee-p1363" } : publicKey,
            bytes,
          );
    if (!good) throw new Error("bad signature");
    return JSON.parse(Buffer.from(payload, "base64url"));
  };
}

function ours({ alg, publicKey, jwk }) {
  const keys =
    alg === "HS256" ? StaticKeys.fromSecret(publicKey, ["HS256"]) : StaticKeys.fromPublicKeys(jwk);
  const validator = new JwtValidator({
    ...JWT_SETTINGS,
    issuer: ISSUER,
    audience: [RESOURCE],
    algorithms: [alg],
    keys,
  });
  return (token) => validator.validate(token);
}

function rivals(key) {
  const { alg, publicKey, jwk } = key;
  const fast = createVerifier({
    key: alg === "HS256" ? publicKey.export() : publicKey.export({ type: "spki", format: "pem" }),
    algorithms: [alg],
    allowedIss: ISSUER,
    allowedAud: RESOURCE,
  });
  const all = {
    "fast-jwt": { call: fast },
    jose: {
      isAsync: true,
      call: (token) =>
        jwtVerify(token, publicKey, { issuer: ISSUER, audience: RESOURCE, algorithms: [alg] }),
    },
  };
  if (alg !== "EdDSA") {
    all.jsonwebtoken = {
      call: (token) =>
        jsonwebtoken.verify(token, publicKey, {
          issuer: ISSUER,
          audience: RESOURCE,
          algorithms: [alg],
        }),
    };
  }
  if (alg !== "HS256") {
    const aws = JwtVerifier.create({
      issuer: ISSUER,
      audience: RESOURCE,
      jwksUri: `${ISSUER}/jwks`,
    });
    aws.cacheJwks({ keys: [jwk] });
    all["aws-jwt-verify"] = { call: (token) => aws.verifySync(token) };
  }
  return all;
}

export async function run() {
  const rows = [];
  const lines = [];
  for (const [alg, aim] of Object.entries(AIMS)) {
    const key = makeKey(alg);
    const tokens = makeTokens(128, key);
    const subjects = { raw: loop(tokens, raw(key)), ours: asyncLoop(tokens, ours(key)) };
    for (const [name, { call, isAsync }] of Object.entries(rivals(key))) {
      subjects[name] = (isAsync ? asyncLoop : loop)(tokens, call);
    }
    if (alg === "RS256") {
      // What the built-in provider does with a key it has: a PEM for every call.
      const pem = key.publicKey.export({ type: "spki", format: "pem" });
      subjects["built-in"] = loop(tokens, (token) => {
        jsonwebtoken.decode(token, { complete: true });
        jsonwebtoken.verify(token, pem, { algorithms: [alg], issuer: ISSUER });
      });
    }
    const found = await interleave(subjects);
    const share = (name) => ratio(found.raw.all, found[name].all);
    const best = Object.keys(found)
      .filter((name) => !["raw", "ours", "built-in"].includes(name))
      .sort((a, b) => share(b) - share(a))[0];
    rows.push(
      row({
        what: `new ${alg} token, against split + \`crypto.verify\` + \`JSON.parse\` (1.00)`,
        builtIn: found["built-in"] ? times(share("built-in")) : "–",
        rival: `${best} ${times(share(best))}`,
        ours: times(share("ours")),
        aim: `≥ ${aim}`,
        reached: share("ours") >= aim,
      }),
    );
    for (const name of Object.keys(found)) {
      lines.push([alg, name, us(found[name].us), times(share(name))]);
    }
  }
  return { rows, text: table(["algorithm", "who", "CPU per token", "against raw"], lines) };
}
