import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import nock from "nock";
import { auth0, entra, type Preset } from "../../../src/index.js";
import { protectedBy, serve, sign } from "../../support/recorded-provider.js";
import { RECORDED } from "./recorded-providers.js";

beforeAll(() => nock.disableNetConnect());
afterEach(() => nock.cleanAll());
afterAll(() => {
  nock.enableNetConnect();
  nock.restore();
});

const ENTRA = RECORDED["entra, version 2.0"]!;
const AUTH0 = RECORDED["auth0"]!;
const USER = "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ";
const SERVICE = "00000000-0000-0000-66f3-3332eca7ea81";
const entraOptions = {
  tenantId: "9188040d-6c67-4c5b-b112-36a304b66dad",
  clientId: "11111111-2222-3333-4444-555555555555",
};

type Case = readonly [title: string, claims: Readonly<Record<string, unknown>>, isScope: boolean];

describe.each<{
  readonly name: string;
  readonly provider: typeof ENTRA;
  readonly counting: Preset;
  readonly right: string;
  readonly cases: readonly Case[];
}>([
  {
    name: "Entra",
    provider: ENTRA,
    counting: entra({ ...entraOptions, countRoles: true }),
    right: "Admin.Write",
    cases: [
      ["a user's token", { scp: "Files.Read", sub: USER }, false],
      ["a user's token whose type is named", { scp: "Files.Read", idtyp: "user" }, false],
      ["a user's token without scp", { scp: undefined, sub: USER }, false],
      ["a user's token without scp and oid", { scp: undefined, oid: undefined }, false],
      ["a user's token without scp, its type named", { scp: undefined, idtyp: "user" }, false],
      ["a token with scp that says it is an application's", { idtyp: "app" }, false],
      ["an application's token", { scp: undefined, idtyp: "app", sub: SERVICE }, true],
      [
        "an application's token without idtyp",
        { scp: undefined, oid: SERVICE, sub: SERVICE },
        true,
      ],
    ].map(([title, claims, isScope]) => [
      title,
      { oid: SERVICE, ...(claims as object), roles: ["Admin.Write"] },
      isScope,
    ]) as unknown as Case[],
  },
  {
    name: "Auth0",
    provider: AUTH0,
    counting: auth0({ domain: "acme.eu.auth0.com", countRoles: true }),
    right: "admin:write",
    cases: [
      ["a user's token", {}, false],
      ["a user's token of the RFC 9068 profile", { azp: undefined, client_id: "c1" }, false],
      ["a user's token with a grant of its own", { gty: "client-credentials" }, false],
      ["a token whose subject is another application", { azp: "c1", sub: "c2@clients" }, false],
      ["a token of another grant", { azp: "c1", sub: "c1@clients", gty: "password" }, false],
      ["a token without a client", { azp: undefined, sub: "undefined@clients" }, false],
      ["an application's token", { azp: "c1", sub: "c1@clients", gty: "client-credentials" }, true],
      [
        "an application's token of the RFC 9068 profile",
        { azp: undefined, client_id: "c1", sub: "c1@clients" },
        true,
      ],
    ].map(([title, claims, isScope]) => [
      title,
      { ...(claims as object), permissions: ["admin:write"] },
      isScope,
    ]) as unknown as Case[],
  },
])("rights in tokens of $name", ({ provider, counting, right, cases }) => {
  beforeEach(() => serve(provider));

  it.each(cases)("are scopes of applications and not of users: %s", async (_title, claims, is) => {
    const { call, reasons } = protectedBy(provider.preset(), { scopes: [right] });
    expect((await call(await sign(provider, { claims }))) !== false).toBe(is);
    expect(reasons).toEqual(is ? [] : ["scope_insufficient"]);
  });

  it.each(cases)("are scopes of all where the author counts them: %s", async (_title, claims) => {
    const { call } = protectedBy(counting, { scopes: [right] });
    expect(await call(await sign(provider, { claims }))).not.toBe(false);
  });
});
