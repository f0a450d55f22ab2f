import { describe, expect, it, jest } from "@jest/globals";
import { validateResources } from "../../../src/authorization-server/options.js";
import { addScopes, createResourceCatalogue } from "../../../src/authorization-server/resources.js";

const NOTES = "https://notes.example.com/mcp";
const MAIL = "https://mail.example.com";
const catalogue = createResourceCatalogue(
  validateResources(
    [
      { resource: NOTES, scopes: { read: "Read", write: "Write" } },
      { resource: MAIL, scopes: { read: "Read" } },
    ],
    900,
  ),
);

describe("the catalogue of resources", () => {
  it.each([
    [NOTES, NOTES],
    ["HTTPS://Notes.Example.com/mcp", NOTES],
    [MAIL, MAIL],
    [`${MAIL}/`, MAIL],
  ])("finds %s", (indicator, resource) => {
    expect(catalogue.find(indicator)?.resource).toBe(resource);
  });

  it.each([
    `${NOTES}/`,
    `${NOTES}/sub`,
    `${NOTES}?x`,
    "https://notes.example.com/",
    "https://notes.example.com/MCP",
    "http://notes.example.com/mcp",
    "https://notes.example.com.evil.com/mcp",
    "notes",
    "",
  ])("does not find %j", (indicator) => {
    expect(catalogue.find(indicator)).toBeUndefined();
  });

  it("has a default only where that is clear", () => {
    const all = validateResources([{ resource: NOTES }, { resource: MAIL }], 900);
    expect(createResourceCatalogue(all).defaultIdentifier).toBeUndefined();
    expect(createResourceCatalogue(all, MAIL).defaultIdentifier).toBe(MAIL);
    expect(createResourceCatalogue(all.slice(0, 1)).defaultIdentifier).toBe(NOTES);
  });
});

describe("granting scopes", () => {
  it("records each where it exists, and none that does not", () => {
    const grant = { addOIDCScope: jest.fn(), addResourceScope: jest.fn() };
    const requested = ["read", "write", "openid", "unknown", "toString"];
    addScopes(grant, requested, [NOTES, MAIL, "https://elsewhere.example.com"], catalogue);
    expect(grant.addOIDCScope.mock.calls).toEqual([["openid"]]);
    expect(grant.addResourceScope.mock.calls).toEqual([
      [NOTES, "read write"],
      [MAIL, "read"],
    ]);
  });
});
