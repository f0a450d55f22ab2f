import { describe, expect, it } from "@jest/globals";
import { extractWWWAuthenticateParams } from "@modelcontextprotocol/client";
import fc from "fast-check";
import { formatChallenge } from "../../../../../src/credentials/challenge.js";
import { InvalidTokenError } from "../../../../../src/core/errors.js";
import {
  bearerProblem,
  parseChallenges,
} from "../../../../../src/cli/doctor/checks/challenge-parser.js";
import { readAsSdkV2 } from "../../../../../src/cli/doctor/checks/challenge.js";

const read = (header: string) => {
  const parsed = parseChallenges(header);
  return parsed.ok ? parsed.challenges : parsed.problem;
};

describe("the grammar of challenges", () => {
  it.each([
    ["Bearer", [{ scheme: "bearer", parameters: [] }]],
    ["Bearer ", [{ scheme: "bearer", parameters: [] }]],
    ['bearer realm="a, b"', [{ scheme: "bearer", parameters: [["realm", "a, b"]] }]],
    ['Bearer A = "x\\"y"', [{ scheme: "bearer", parameters: [["a", 'x"y']] }]],
    [
      "Bearer error=invalid_token",
      [{ scheme: "bearer", parameters: [["error", "invalid_token"]] }],
    ],
    ["Negotiate YWJj==", [{ scheme: "negotiate", parameters: [] }]],
    [
      'Basic, Bearer a="1", b=2, DPoP algs="ES256"',
      [
        { scheme: "basic", parameters: [] },
        {
          scheme: "bearer",
          parameters: [
            ["a", "1"],
            ["b", "2"],
          ],
        },
        { scheme: "dpop", parameters: [["algs", "ES256"]] },
      ],
    ],
    [', Bearer a="1", ,', [{ scheme: "bearer", parameters: [["a", "1"]] }]],
  ])("takes %j apart", (header, expected) => {
    expect(read(header)).toEqual(expected);
  });

  it.each([
    ['realm="x"', /before any scheme/],
    ['Bearer realm="x', /value of realm/],
    ["Bearer realm=", /value of realm/],
    ['Bearer a="1" b="2"', /comma is missing/],
    ["Bearer a b", /follows Bearer|comma is missing/],
    ['"Bearer"', /unexpected/],
  ])("says what is wrong with %j", (header, problem) => {
    expect(read(header)).toMatch(problem);
  });

  it.each([
    ['Bearer scope="a b"', undefined],
    ['Bearer scope="a  b"', /scope has characters/],
    ['Bearer error_description="a\\"b"', /error_description has characters/],
    ['Bearer error="a", Error="b"', /error is repeated/],
  ])("judges %j by RFC 6750", (header, problem) => {
    const parsed = parseChallenges(header);
    const [bearer] = parsed.ok ? parsed.challenges : [];
    const found = bearer && bearerProblem(bearer);
    if (problem === undefined) expect(found).toBeUndefined();
    else expect(found).toMatch(problem);
  });

  it("never throws, and ends", () => {
    const piece = fc.constantFrom("Bearer", " ", "=", '"', ",", "\\", "a", "DPoP", "==", "\t", "é");
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((all) => all.join("")),
        ),
        (header) => {
          expect(typeof parseChallenges(header).ok).toBe("boolean");
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it("takes what this package itself writes", () => {
    const header = formatChallenge(new InvalidTokenError("custom_x"), {
      resourceMetadata: "https://mcp.example.com/.well-known/oauth-protected-resource",
      scopes: ["a", "b"],
      dpopAlgorithms: ["ES256"],
    });
    expect(read(header ?? "")).toMatchObject([{ scheme: "bearer" }, { scheme: "dpop" }]);
  });
});

describe("reading as client 2.x of the SDK", () => {
  it("gives what the real one gives", () => {
    const piece = fc.constantFrom(
      "Bearer ",
      "bearer ",
      "DPoP ",
      "Basic ",
      'error="x"',
      "error=y",
      ", ",
      'scope="a b"',
      'resource_metadata="https://h/p"',
      "resource_metadata=/p",
      'error_description="say scope=z"',
      " ",
    );
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1 }), (pieces) => {
        const header = pieces.join("").trim();
        const headers = { "www-authenticate": header };
        const real = extractWWWAuthenticateParams(new Response(null, { status: 401, headers }));
        expect(readAsSdkV2(header)).toEqual(
          header === "" || Object.keys(real).length === 0
            ? {}
            : {
                error: real.error,
                scope: real.scope,
                resourceMetadata: real.resourceMetadataUrl?.href,
              },
        );
      }),
      { numRuns: 1_000 },
    );
  });
});
