import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { parseOptions } from "../../../src/options/parse.js";
import { runConfigurationDoctor } from "../../../src/cli/doctor/run-configuration-doctor.js";
import { createTestIssuer, type TestIssuerServer } from "../../../src/testing/index.js";
import { startModel, type Model } from "../../support/model-mcp-server.js";

let model: Model;
let introspecting: TestIssuerServer;
const issuer = createTestIssuer({
  introspectionClient: { clientId: "me", clientSecret: "right" },
});
beforeEach(async () => {
  model = await startModel();
  introspecting = await issuer.listen();
});
afterEach(async () => {
  await model.close();
  await introspecting.close();
});

async function amiss(options: (model: Model) => object) {
  const { findings } = await runConfigurationDoctor({
    load: () => parseOptions(options(model)),
    clock: () => Date.now() / 1000,
    env: {},
  });
  return Object.fromEntries(
    findings
      .filter(({ verdict }) => verdict !== "pass")
      .map(({ check, verdict, detail }) => [check, `${verdict}: ${detail}`]),
  );
}

const good = ({ issuer: as }: Model) => ({
  resource: "http://localhost:8080/mcp",
  authorizationServers: [as],
  scopes: ["notes:use"],
});

describe("doctor, of a configuration", () => {
  it("has nothing to say against a good one", async () => {
    expect(await amiss(good)).toEqual({});
  });

  it("names the option that is wrong, and looks no further", async () => {
    const found = await amiss((at) => ({ ...good(at), resource: "http://mcp.example.com/mcp" }));
    expect(Object.keys(found)).toEqual(["env-options"]);
    expect(found["env-options"]).toMatch(/^fail: resource must use https/);
  });

  it("builds the parts, where some mistakes only show", async () => {
    const found = await amiss((at) => ({
      ...good(at),
      validation: {
        type: "jwt",
        publicKey: "-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----",
      },
    }));
    expect(found["env-options"]).toMatch(/^fail: Bad public key/);
  });

  it("finds an issuer that answers otherwise than configured", async () => {
    const found = await amiss((at) => ({ ...good(at), authorizationServers: [`${at.issuer}/`] }));
    expect(Object.keys(found)).toEqual(["issuer"]);
  });

  it("finds a key set that is not there", async () => {
    const found = await amiss((at) => ({
      ...good(at),
      validation: { type: "jwt", jwksUri: `${at.origin}/nothing` },
    }));
    expect(Object.keys(found)).toEqual(["key-set"]);
  });

  it("does not look for a key set where the key is configured", async () => {
    const { kid: _kid, ...jwk } = issuer.jwks.keys[0] ?? {};
    const found = await amiss((at) => ({
      ...good(at),
      validation: { type: "jwt", publicKey: jwk },
    }));
    expect(found).toEqual({ "key-set": "skip: The keys are in the configuration." });
  });

  it.each([
    ["right", {}],
    ["wrong", { "env-introspection": expect.stringMatching(/^fail: /) }],
  ])("tries the introspection endpoint: with the %s secret", async (clientSecret, expected) => {
    const found = await amiss((at) => ({
      ...good(at),
      validation: { type: "introspection" },
      introspection: {
        endpoint: `${introspecting.url}/introspect`,
        clientId: "me",
        clientSecret,
      },
    }));
    expect(found).toEqual(expected);
    expect(JSON.stringify(found)).not.toContain("wrong");
  });
});
