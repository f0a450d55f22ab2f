import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { OAuthAuthProvider as BuiltIn } from "mcp-framework";
import { OAuthAuthProvider } from "../../src/index.js";
import { createTestIssuer, type TestIssuerServer } from "../../src/testing/index.js";
import { requestWith } from "../support/bare-request.js";
import { RESOURCE } from "../support/protected.js";

/*
 * Every combination of the options that the tests, README and OAuth guide of
 * mcp-framework use with its built-in provider. To migrate, change one import.
 */

const CLIENT = { clientId: "test-client", clientSecret: "test-secret" };
const issuer = createTestIssuer({
  resource: RESOURCE,
  algorithm: "RS256",
  introspectionClient: CLIENT,
});
let authority: TestIssuerServer;
const tokens = { jwt: "", opaque: "", bad: [""] };
beforeAll(async () => {
  authority = await issuer.listen();
  tokens.jwt = await issuer.sign();
  tokens.opaque = issuer.opaque();
  tokens.bad = [
    "unknown-token",
    await issuer.sign({ exp: 1_000_000_000 }),
    await issuer.signWithWrongKey(),
  ];
});
afterAll(() => authority.close());

const choices = {
  type: ["jwt", "introspection"],
  jwksUri: [true, false],
  algorithms: [undefined, ["RS256"], ["RS256", "ES256"]],
  introspection: [undefined, {}, { cacheTTL: 1000 }],
  headerName: [undefined, "Authorization"],
  servers: [[], ["https://backup-auth.example.com", "https://partner-auth.example.com"]],
} as const;
type Choice = { [K in keyof typeof choices]: (typeof choices)[K][number] };

/** The options as they are written in a server file. */
function optionsOf({ type, jwksUri, algorithms, introspection, headerName, servers }: Choice) {
  return {
    authorizationServers: [issuer.issuer, ...servers],
    resource: RESOURCE,
    validation: {
      type,
      audience: RESOURCE,
      issuer: issuer.issuer,
      ...(jwksUri && { jwksUri: `${authority.url}/jwks` }),
      ...(algorithms && { algorithms: [...algorithms] }),
      ...(introspection && {
        introspection: {
          endpoint: `${authority.url}/introspect`,
          ...CLIENT,
          ...introspection,
        },
      }),
    },
    ...(headerName && { headerName }),
  };
}

const combinations = Object.entries(choices).reduce<object[]>(
  (found, [member, values]) =>
    found.flatMap((choice) => values.map((value: unknown) => ({ ...choice, [member]: value }))),
  [{}],
) as Choice[];

/** The built-in provider needs the options of its type; this package discovers the key set. */
const isComplete = ({ type, jwksUri, introspection }: Choice) =>
  type === "jwt" ? jwksUri : introspection !== undefined;

const isAccepted = async (provider: BuiltIn | OAuthAuthProvider, token: string) =>
  (await provider.authenticate(requestWith(token))) !== false;

describe("the options of the built-in provider", () => {
  it.each(combinations.filter(isComplete))(
    "are taken as they are: $type, jwksUri $jwksUri, $algorithms, $introspection, $headerName, $servers",
    async (choice) => {
      const options = optionsOf(choice);
      const builtIn = new BuiltIn(options);
      const ours = new OAuthAuthProvider({
        ...options,
        verifyAtStart: "off",
        audit: () => undefined,
      });
      const good = choice.type === "jwt" ? tokens.jwt : tokens.opaque;
      expect(await isAccepted(builtIn, good)).toBe(true);
      expect(await isAccepted(ours, good)).toBe(true);
      expect(await isAccepted(ours, tokens.opaque)).toBe(choice.introspection !== undefined);
      for (const bad of tokens.bad) {
        expect(await isAccepted(builtIn, bad)).toBe(false);
        expect(await isAccepted(ours, bad)).toBe(false);
      }
    },
  );

  it("report missing options like the built-in provider", () => {
    const [choice] = combinations;
    if (choice === undefined) throw new Error("there are no combinations");
    const without = { ...choice, introspection: undefined };
    const introspection = optionsOf({ ...without, type: "introspection" });
    expect(() => new BuiltIn(introspection)).toThrow(/introspection/);
    expect(() => new OAuthAuthProvider(introspection)).toThrow(/introspection is missing/);
    const jwt = optionsOf({ ...without, type: "jwt", jwksUri: false });
    expect(() => new BuiltIn(jwt)).toThrow(/jwksUri/);
    expect(() => new OAuthAuthProvider(jwt)).not.toThrow();
  });
});

describe("opaque tokens beside JWTs", () => {
  const provide = (fields: object) =>
    new OAuthAuthProvider({
      authorizationServers: [issuer.issuer],
      resource: RESOURCE,
      validation: { type: "jwt", ...fields },
      introspection: { endpoint: `${authority.url}/introspect`, ...CLIENT },
      verifyAtStart: "off",
      audit: () => undefined,
    });

  it("meet the claim requirements of the entry", async () => {
    for (const [fields, good, bad] of [
      [{ audience: "urn:notes" }, { aud: "urn:notes" }, {}],
      [{ requireSubject: true }, {}, { sub: undefined }],
      [{ requireClientId: true }, {}, { client_id: undefined }],
      [{ equals: { token_use: "access" } }, { token_use: "access" }, {}],
      [{ clientIds: ["client-1"] }, { aud: undefined }, { aud: undefined, client_id: "other" }],
      [{ issuer: "https://other.example" }, { iss: "https://other.example" }, {}],
    ]) {
      const provider = provide(fields ?? {});
      expect([fields, await isAccepted(provider, issuer.opaque(good))]).toEqual([fields, true]);
      expect([fields, await isAccepted(provider, issuer.opaque(bad))]).toEqual([fields, false]);
    }
  });

  it("do not include a JWT that was refused", async () => {
    const provider = provide({ audience: RESOURCE });
    const before = authority.requests.introspection;
    // The issuer would call it active.
    expect(await isAccepted(provider, await issuer.sign({ iss: "https://other.example" }))).toBe(
      false,
    );
    expect(await isAccepted(provider, await issuer.sign({ aud: "https://other.example" }))).toBe(
      false,
    );
    expect(authority.requests.introspection).toBe(before);
    expect(await isAccepted(provider, await issuer.sign())).toBe(true);
  });
});
