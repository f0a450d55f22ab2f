import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from "@jest/globals";
import { logger } from "mcp-framework";
import nock from "nock";
import { PROVIDERS } from "../../../src/providers/registry.js";
import { signCompact } from "../../../src/testing/compact-jws.js";
import { generateTestKey } from "../../../src/testing/test-keys.js";
import { keyFor, NOW, protectedBy, serve, sign } from "../../support/recorded-provider.js";
import { RECORDED } from "./recorded-providers.js";

beforeAll(() => {
  nock.disableNetConnect();
  jest.spyOn(logger, "warn").mockImplementation(() => undefined);
});
afterEach(() => nock.cleanAll());
afterAll(() => {
  nock.enableNetConnect();
  nock.restore();
});

/** Providers whose tokens are introspected; asked-about.nock.test.ts tests them. */
const ASKED_ABOUT = ["google", "propelauth", "zitadel"];

it("there is a recorded token of every authorization server that has a preset", () => {
  const recorded = Object.keys(RECORDED).map((name) => (name.split(",")[0] ?? name).toLowerCase());
  const presets = PROVIDERS.map(({ id }) => id.replace("-", ""));
  expect([...new Set([...recorded, ...ASKED_ABOUT])].sort()).toEqual(presets.sort());
});

describe.each(Object.entries(RECORDED))("tokens of %s", (_name, provider) => {
  beforeEach(() => serve(provider));

  it("are accepted", async () => {
    const { call, reasons } = protectedBy(provider.preset());
    const answer = await call(await sign(provider));
    expect(reasons).toEqual([]);
    expect(answer).toMatchObject({ data: { sub: provider.accessToken.claims["sub"] } });
  });

  it("grant their scopes, and no other", async () => {
    const { grants } = provider;
    if (grants === undefined) return;
    const enough = protectedBy(provider.preset(), { scopes: [grants] });
    expect(await enough.call(await sign(provider))).not.toBe(false);
    const lacking = protectedBy(provider.preset(), { scopes: ["something:else"] });
    expect(await lacking.call(await sign(provider))).toBe(false);
    expect(lacking.reasons).toEqual(["scope_insufficient"]);
  });

  it.each(Object.entries(provider.refused))(
    "do not open it: %s",
    async (_title, { reason, ...form }) => {
      const { call, reasons } = protectedBy(provider.preset());
      expect(await call(await sign(provider, form))).toBe(false);
      expect(reasons).toEqual([reason]);
    },
  );

  it("are refused when expired, and when signed with another key", async () => {
    const { call, reasons } = protectedBy(provider.preset());
    expect(await call(await sign(provider, { claims: { exp: NOW - 61 } }))).toBe(false);
    const { algorithm, accessToken } = provider;
    const forged = await signCompact(
      { exp: NOW + 300, ...accessToken.claims },
      { alg: algorithm, kid: keyFor(algorithm).kid, ...accessToken.header },
      algorithm,
      generateTestKey(algorithm).privateKey,
    );
    expect(await call(forged)).toBe(false);
    expect(reasons).toEqual(["expired", "signature_invalid"]);
  });
});
