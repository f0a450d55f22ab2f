import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  contentOf,
  normalizeClientMetadata,
  parseJsonObject,
} from "../../../../src/authorization-server/clients/client-metadata.js";

describe("client metadata", () => {
  it.each([
    [["https://app.example.com/cb"], "web"],
    [["https://app.example.com/cb", "http://127.0.0.1/cb"], "native"],
    [["http://app.example.com/cb"], "native"],
    [["cursor://cb"], "native"],
    [[7], "native"],
  ])("with %j is of the type %s, also if it claims another", (redirect_uris, application_type) => {
    for (const claimed of ["web", "native", undefined]) {
      const metadata = { redirect_uris, application_type: claimed };
      expect(normalizeClientMetadata(metadata)).toMatchObject({ application_type });
    }
  });

  it("loses scope, sector identifier and empty members, and keeps the rest", () => {
    expect(
      normalizeClientMetadata({
        scope: "a",
        sector_identifier_uri: "https://x.example.com",
        client_uri: "",
        logo_uri: null,
        client_name: "Name",
        contacts: [],
      }),
    ).toEqual({ client_name: "Name", contacts: [] });
  });

  it("keeps the grant types that exist, or all of them for a refusal", () => {
    const grants = (grant_types: unknown) =>
      normalizeClientMetadata({ grant_types })["grant_types"];
    expect(grants(["authorization_code", "password"])).toEqual(["authorization_code"]);
    expect(grants(["password"])).toEqual(["password"]);
    expect(grants("x")).toBe("x");
  });

  it("is read from any text without throwing, and only as an object", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const parsed = parseJsonObject(text);
        if (parsed === undefined) return;
        expect(Array.isArray(parsed)).toBe(false);
        normalizeClientMetadata(parsed);
      }),
    );
    expect(parseJsonObject('{"a":1}')).toEqual({ a: 1 });
    expect(parseJsonObject("[]")).toBeUndefined();
    expect(parseJsonObject("null")).toBeUndefined();
  });
});

describe("the content of a registration", () => {
  const base = {
    client_name: "Host",
    redirect_uris: ["http://127.0.0.1:1234/cb", "http://localhost:1234/cb"],
    grant_types: ["authorization_code", "refresh_token"],
    token_endpoint_auth_method: "none",
  };

  it.each([
    ["other loopback ports", { redirect_uris: ["http://localhost:9/cb", "http://127.0.0.1/cb"] }],
    ["another order", { grant_types: ["refresh_token", "authorization_code"] }],
    ["a client id of its own", { client_id: "mine", client_secret: "x" }],
  ])("is the same with %s", (_, changes) => {
    expect(contentOf({ ...changes, ...base, ...changes })).toBe(contentOf(base));
  });

  it.each([
    ["another name", { client_name: "Other" }],
    ["another path", { redirect_uris: ["http://127.0.0.1:1234/other"] }],
    ["one more redirect URI", { redirect_uris: [...base.redirect_uris, "https://a.example.com/"] }],
    ["a port that is not on loopback", { redirect_uris: ["https://a.example.com:8443/"] }],
    ["a key set", { jwks_uri: "https://a.example.com/jwks" }],
  ])("differs with %s", (_, changes) => {
    expect(contentOf({ ...base, ...changes })).not.toBe(contentOf(base));
  });

  it("keeps ports elsewhere apart", () => {
    const at = (uri: string) => contentOf({ redirect_uris: [uri] });
    expect(at("https://a.example.com:1/cb")).not.toBe(at("https://a.example.com:2/cb"));
    expect(at("https://127.0.0.1:1/cb")).not.toBe(at("https://127.0.0.1:2/cb"));
    expect(at("http://[::1]:1/cb:2")).toBe(at("http://[::1]:7/cb:2"));
    expect(at("http://[::1]:1/cb:2")).not.toBe(at("http://[::1]:1/cb:3"));
  });
});
