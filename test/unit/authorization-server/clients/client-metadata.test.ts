import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
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
