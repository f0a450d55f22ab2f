import { describe, expect, it } from "@jest/globals";
import { describeAuthorizationServer } from "../../../src/discovery/authorization-server-findings.js";

const ISSUER = "https://idp.example";
const good = {
  issuer: ISSUER,
  jwks_uri: "https://idp.example/jwks",
  authorization_endpoint: "https://idp.example/authorize",
  token_endpoint: "https://idp.example/token",
  registration_endpoint: "https://idp.example/register",
  code_challenge_methods_supported: ["S256"],
  client_id_metadata_document_supported: true,
};
const failed = (changes: Partial<Record<keyof typeof good, unknown>>) =>
  describeAuthorizationServer({ ...good, ...changes } as typeof good, ISSUER)
    .filter(({ ok }) => !ok)
    .map(({ check, severity }) => `${severity}: ${check}`);

describe("describeAuthorizationServer", () => {
  it("finds nothing wrong with a server that has all MCP clients need", () => {
    expect(failed({})).toEqual([]);
  });

  it.each([
    [{ issuer: "https://idp.example/" }, ["error: issuer"]],
    [{ jwks_uri: undefined }, ["warning: jwks_uri"]],
    [{ authorization_endpoint: undefined }, ["error: authorization_endpoint"]],
    [{ token_endpoint: undefined }, ["error: token_endpoint"]],
    [{ code_challenge_methods_supported: undefined }, ["error: pkce_s256"]],
    [{ code_challenge_methods_supported: ["plain"] }, ["error: pkce_s256"]],
    [{ registration_endpoint: undefined }, []],
    [{ client_id_metadata_document_supported: undefined }, []],
    [
      { registration_endpoint: undefined, client_id_metadata_document_supported: false },
      ["warning: registration_endpoint", "warning: client_id_metadata_document"],
    ],
  ])("with %j finds %j", (changes, findings) => {
    expect(failed(changes)).toEqual(findings);
  });
});
