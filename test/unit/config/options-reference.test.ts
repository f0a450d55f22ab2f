import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { z } from "zod";
import { optionsSchema } from "../../../src/options/options-schema.js";

const root = new URL("../../../", import.meta.url);
const { membersOf, optionsReference } = (await import(
  new URL("scripts/options-reference.mjs", root).href
)) as {
  membersOf: (name: string) => { name: { getText(): string }; questionToken?: object }[];
  optionsReference: () => string;
};

const shapeOf = (schema: z.ZodTypeAny): Record<string, z.ZodTypeAny> => {
  const inner = bare(schema);
  if (!(inner instanceof z.ZodObject)) throw new Error("not an object");
  return inner.shape as Record<string, z.ZodTypeAny>;
};
const bare = (schema: z.ZodTypeAny): z.ZodTypeAny =>
  schema instanceof z.ZodOptional || schema instanceof z.ZodReadonly
    ? bare(schema.unwrap() as z.ZodTypeAny)
    : schema;

const top = shapeOf(optionsSchema);
const alternatives = (schema: z.ZodTypeAny): z.ZodTypeAny[] =>
  (bare(schema) as z.ZodUnion<[z.ZodTypeAny, z.ZodTypeAny]>).options;
const [validation] = alternatives(top["validation"]!);
const kind = (type: string): z.ZodTypeAny =>
  (validation as z.ZodDiscriminatedUnion<"type", never>).optionsMap.get(type) as never;

describe("docs/reference/options.md", () => {
  it("says what the docstrings say; `npm run docs:options` writes it", () => {
    const page = readFileSync(new URL("docs/reference/options.md", root), "utf8");
    expect(page).toBe(optionsReference());
  });

  it.each<[string, z.ZodTypeAny]>([
    ["OAuthAuthProviderOptions", optionsSchema],
    ["MetadataOptions", top["metadata"]!],
    ["IntrospectionOptions", top["introspection"]!],
    ["ApiKeyOptions", top["apiKeys"]!],
    ["JwtValidationOptions", kind("jwt")],
    ["IntrospectionValidationOptions", kind("introspection")],
    ["HybridValidationOptions", kind("hybrid")],
    ["CustomValidationOptions", kind("custom")],
    ["StaticValidationOptions", kind("static")],
    ["ClaimMapping", shapeOf(kind("jwt"))["claims"]!],
    ["ScopeOptions", alternatives(top["scopes"]!)[1]!],
  ])("names every option of %s that is checked, and no other", (name, schema) => {
    const documented = membersOf(name).map((member) => member.name.getText());
    expect(documented.sort()).toEqual(Object.keys(shapeOf(schema)).sort());
  });
});
