import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { parseLifetimes } from "../../../src/authorization-server/lifetimes.js";

const valid = {
  issuer: "https://auth.example.com",
  resources: [{ resource: "https://mcp.example.com/mcp" }],
  accounts: [{ id: "alice", password: "correct horse" }],
};
const parse = (changes: object) => parseLifetimes({ ...valid, ...changes });
const YEAR = 365 * 86_400;

describe("the lifetimes of the authorization server", () => {
  it("have the documented defaults", () => {
    const file = new URL("../../../src/authorization-server/options.ts", import.meta.url);
    const documented = Object.fromEntries(
      [
        ...readFileSync(file, "utf8").matchAll(
          /@default "?(\w+)"?[^\n@]*\n?\s*\*\/\n\s*readonly (access|refresh\w*|code|session|keyRotationDays|rememberConsentSeconds)\?:/g,
        ),
      ].map(([, value, name]) => [name, value]),
    );
    const { ttlSeconds, ...others } = parse({});
    const actual = Object.entries({ ...ttlSeconds, ...others });
    expect(documented).toEqual(Object.fromEntries(actual.map(([key, v]) => [key, String(v)])));
    expect(actual).toHaveLength(8);
  });

  it("keep the other defaults when one is given, or is undefined", () => {
    const { access, ...others } = parse({}).ttlSeconds;
    expect(parse({ ttlSeconds: { access: 60 } }).ttlSeconds).toEqual({ access: 60, ...others });
    expect(parse({ ttlSeconds: { access: undefined } }).ttlSeconds).toEqual({ access, ...others });
  });

  it.each([
    { ttlSeconds: { access: 1, refresh: 1, code: 1, session: 1 } },
    { ttlSeconds: { access: 10 * YEAR, refresh: 10 * YEAR, code: 1_800, session: 10 * YEAR } },
    { refreshReplaySeconds: 0 },
    { refreshReplaySeconds: 300 },
    { refreshExpiry: "absolute" },
    { keyRotationDays: 0 },
    { keyRotationDays: 3_650 },
  ])("accept %j", (options) => {
    expect(parse(options)).toMatchObject(options);
  });

  it.each([
    ["ttlSeconds.access", { ttlSeconds: { access: 0 } }],
    ["ttlSeconds.access", { ttlSeconds: { access: Number.NaN } }],
    ["ttlSeconds.access", { ttlSeconds: { access: "900" } }],
    ["ttlSeconds.refresh", { ttlSeconds: { refresh: -1 } }],
    ["ttlSeconds.refresh", { ttlSeconds: { refresh: 10 * YEAR + 1 } }],
    ["ttlSeconds.refresh", { ttlSeconds: { refresh: Infinity } }],
    ["ttlSeconds.code", { ttlSeconds: { code: 1_801 } }],
    ["ttlSeconds.session", { ttlSeconds: { session: 0.5 } }],
    ["ttlSeconds", { ttlSeconds: { acces: 60 } }],
    ["refreshExpiry", { refreshExpiry: "never" }],
    ["refreshReplaySeconds", { refreshReplaySeconds: -1 }],
    ["refreshReplaySeconds", { refreshReplaySeconds: 301 }],
    ["refreshReplaySeconds", { refreshReplaySeconds: Number.NaN }],
    ["keyRotationDays", { keyRotationDays: 0.5 }],
    ["keyRotationDays", { keyRotationDays: -1 }],
    ["keyRotationDays", { keyRotationDays: 3_651 }],
  ])("refuse %s: %j", (name, options) => {
    const refusal = expect.objectContaining({
      code: "ERR_OAUTH_LIFETIMES",
      message: expect.stringContaining(`${name}: `),
    });
    expect(() => parse(options)).toThrow(refusal);
  });
});
