import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { checkJwt } from "../../../../src/cli/explain/jwt-checks.js";
import { UnavailableError } from "../../../../src/core/errors.js";
import { StaticKeys } from "../../../../src/keys/static-keys.js";
import { createTestIssuer, fixedClock } from "../../../../src/testing/index.js";
import type { JwtValidatorOptions } from "../../../../src/validators/jwt-validator.js";
import { outcome } from "../../../support/outcome.js";
import { JWT_DEFAULTS, JwtValidator } from "../../../support/resolved.js";

const clock = fixedClock(1_700_000_000);
const issuer = createTestIssuer({ clock });

const optionsWith = (more: Partial<JwtValidatorOptions> = {}): JwtValidatorOptions => ({
  ...JWT_DEFAULTS,
  issuer: issuer.issuer,
  audience: [issuer.resource],
  keys: StaticKeys.fromPublicKeys(issuer.jwks),
  clock,
  ...more,
});

/** What the checks come to: the verdict, and the reason of the first that failed. */
async function fromChecks(token: string, options: JwtValidatorOptions): Promise<string> {
  const checks = await checkJwt(token, options);
  const first = checks.find(({ result }) => result !== "ok");
  return first === undefined ? "accepted" : (first.reason ?? "unknown");
}

async function fromValidator(token: string, options: JwtValidatorOptions): Promise<string> {
  const said = await outcome(new JwtValidator(options).validate(token));
  return said.replace(/^\w+ /, "");
}

describe("the checks of explain", () => {
  it("are all fine for a good token", async () => {
    const checks = await checkJwt(await issuer.sign(), optionsWith());
    expect(checks.filter(({ result }) => result !== "ok")).toEqual([]);
    expect(checks.map(({ name }) => name)).toEqual([
      "form",
      "algorithm",
      "critical headers",
      "payload",
      "type",
      "issuer",
      "expiry",
      "not before",
      "issued at",
      "audience",
      "fixed claims",
      "signature",
      "subject and client",
      "possession",
    ]);
  });

  it("name everything that is wrong, where the validator stops at the first", async () => {
    const token = await issuer.signWithWrongKey(
      { iss: "https://other.example", exp: 1, aud: "x", sub: 7, cnf: {} },
      { typ: "JWT" },
    );
    const failed = (await checkJwt(token, optionsWith())).filter(
      ({ result }) => result === "failed",
    );
    expect(failed.map(({ name, reason }) => `${name}: ${reason ?? ""}`)).toEqual([
      "type: type_not_allowed",
      "issuer: issuer_mismatch",
      "expiry: expired",
      "audience: audience_mismatch",
      "signature: signature_invalid",
      "subject and client: subject_malformed",
      "possession: confirmation_unsupported",
    ]);
  });

  it("report that a signature cannot be verified while the keys are unavailable", async () => {
    const keys = { getKey: () => Promise.reject(new UnavailableError("jwks_unreachable")) };
    const checks = await checkJwt(await issuer.sign(), optionsWith({ keys }));
    expect(checks.filter(({ result }) => result !== "ok")).toEqual([
      { name: "signature", result: "unknown", reason: "jwks_unreachable" },
    ]);
  });

  it("come to the validator's own verdict and reason, for tokens spoilt in every way", async () => {
    const now = clock();
    const time = fc.constantFrom(
      undefined,
      null,
      "x",
      0,
      now - 120,
      now - 61,
      now - 60,
      now,
      now + 60,
      now + 61,
      1e15,
    );
    const name = fc.constantFrom(undefined, null, "", "user-1", 7, {});
    const claims = fc.record(
      {
        iss: fc.constantFrom(undefined, null, "", issuer.issuer, `${issuer.issuer}/`, 7),
        aud: fc.constantFrom(
          undefined,
          null,
          [],
          issuer.resource,
          `${issuer.resource}/`,
          [issuer.resource, "x"],
          ["x"],
          "client-1",
          7,
          [7],
        ),
        exp: time,
        nbf: time,
        iat: time,
        sub: name,
        client_id: name,
        azp: name,
        cnf: fc.constantFrom(
          undefined,
          null,
          {},
          { jkt: "x" },
          { jkt: 1 },
          { "x5t#S256": "y" },
          [],
        ),
        nonce: fc.constantFrom(undefined, "n"),
        typ: fc.constantFrom(undefined, "Bearer", "ID"),
        token_use: fc.constantFrom(undefined, "access", "id"),
        events: fc.constantFrom(undefined, {}),
      },
      { requiredKeys: [] },
    );
    const header = fc.record(
      {
        typ: fc.constantFrom(undefined, "at+jwt", "application/AT+jwt", "JWT", "dpop+jwt", ""),
        alg: fc.constantFrom("ES256", "ES256", "none", "HS256", "RS256", "es256"),
        kid: fc.constantFrom(undefined, "other"),
      },
      { requiredKeys: [] },
    );
    const options = fc.record(
      {
        allowJwtTyp: fc.boolean(),
        clockToleranceSeconds: fc.constantFrom(0, 60, 120),
        audience: fc.constantFrom([issuer.resource], ["x", issuer.resource]),
        requirements: fc.constantFrom(
          {},
          { requireSubject: true },
          { requireClientId: true },
          { clientIds: ["client-1"] },
          { equals: { token_use: "access" } },
          { clientIds: ["user-1"], requireSubject: true },
        ),
      },
      { requiredKeys: [] },
    );
    /** Signing libraries refuse to write such headers. */
    const withHeader = (more: object) => (token: string) => {
      const [header = "", ...rest] = token.split(".");
      const members = JSON.parse(Buffer.from(header, "base64url").toString()) as object;
      const changed = Buffer.from(JSON.stringify({ ...members, ...more })).toString("base64url");
      return [changed, ...rest].join(".");
    };
    const mangle = fc.constantFrom<(token: string) => string>(
      (token) => token,
      (token) => token,
      withHeader({ crit: ["x"] }),
      withHeader({ b64: false }),
      withHeader({ kid: 7 }),
      (token) => token.slice(0, -4),
      (token) => `${token}=`,
      (token) => token.replace(".", ".."),
      (token) => `${token}.x.y`,
      (token) => token.replace(/\.[^.]*\./, ".e30."),
      (token) => token.replace(/\.[^.]*\./, ".W10."),
    );
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(
        // A few spoilt members at once; mostly none, or nothing would ever pass.
        fc.oneof(fc.constant({}), claims),
        fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: header }),
        options,
        fc.oneof(
          { weight: 3, arbitrary: fc.constant((token: string) => token) },
          { weight: 1, arbitrary: mangle },
        ),
        fc.boolean(),
        async (spoiltClaims, spoiltHeader, more, change, rightKey) => {
          const signed = await (rightKey
            ? issuer.sign(spoiltClaims, spoiltHeader)
            : issuer.signWithWrongKey(spoiltClaims, spoiltHeader));
          const token = change(signed);
          const chosen = optionsWith(more);
          const said = await fromValidator(token, chosen);
          if (said === "accepted") accepted += 1;
          expect(await fromChecks(token, chosen)).toBe(said);
        },
      ),
      { numRuns: 600 },
    );
    expect(accepted).toBeGreaterThan(10);
  });

  it("come to the validator's verdict for text that is no token", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), async (text) => {
        expect(await fromChecks(text, optionsWith())).toBe(
          await fromValidator(text, optionsWith()),
        );
      }),
    );
  });
});
