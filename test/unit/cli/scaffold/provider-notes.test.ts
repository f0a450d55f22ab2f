import { describe, expect, it } from "@jest/globals";
import { providerNotes } from "../../../../src/cli/scaffold/provider-notes.js";
import { EMBEDDED, findProvider, PROVIDERS } from "../../../../src/cli/scaffold/providers.js";
import { PROVIDERS as KNOWN } from "../../../../src/providers/registry.js";

describe("the README of a new project", () => {
  it("lists what to set up at the provider", () => {
    const notes = providerNotes(findProvider("auth0")!);
    expect(notes).toMatch(/### In Auth0\n\n1\. \*\*Applications → APIs → Create API\.\*\*/);
  });

  it.each(KNOWN.filter(({ validates }) => validates !== "callback"))(
    "says which facts about $label are unverified",
    ({ id, unverified }) => {
      const notes = providerNotes(findProvider(id)!);
      expect(notes.includes("Unverified")).toBe(unverified.length > 0);
      for (const fact of unverified) expect(notes).toContain(`- ${fact}`);
    },
  );

  it("says nothing about the embedded server", () => {
    expect(providerNotes(findProvider(EMBEDDED)!)).toBe("");
  });

  it("offers every provider that its templates can serve", () => {
    const offered = PROVIDERS.map(({ id }) => id);
    expect(offered).toEqual(
      expect.arrayContaining(
        KNOWN.filter(({ validates }) => validates !== "callback").map(({ id }) => id),
      ),
    );
    expect(offered).not.toContain("google");
  });
});
