import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { parseSecretReference } from "../../../src/secrets/secret-reference.js";
import { ConfigurationError } from "../../../src/core/errors.js";

describe("parseSecretReference", () => {
  it.each<[string, object]>([
    ["s3cr3t", { kind: "literal", value: "s3cr3t" }],
    ["a:b:c", { kind: "literal", value: "a:b:c" }],
    ["https://not/a:reference", { kind: "literal", value: "https://not/a:reference" }],
    ["env:MY_SECRET", { kind: "env", name: "MY_SECRET" }],
    ["file:/run/secrets/oauth", { kind: "file", path: "/run/secrets/oauth" }],
    [
      "gcp-secret-manager:projects/p/secrets/s/versions/latest",
      { kind: "gcp-secret-manager", version: "projects/p/secrets/s/versions/latest" },
    ],
    [
      "gcp-secret-manager:projects/p/locations/europe-west1/secrets/s/versions/3",
      {
        kind: "gcp-secret-manager",
        version: "projects/p/locations/europe-west1/secrets/s/versions/3",
      },
    ],
  ])("reads %s", (text, expected) => {
    expect(parseSecretReference(text, "OAUTH_CLIENT_SECRET")).toEqual(expected);
  });

  it.each<[string, RegExp]>([
    ["env:", /name of a variable/],
    ["env:a b", /name of a variable/],
    ["env:$HOME", /name of a variable/],
    ["file:secrets/oauth", /absolute path/],
    ["file:///run/secrets/oauth", /absolute path/],
    ["file:/run/secrets/", /absolute path/],
    ["file:/", /absolute path/],
    ["file:/a\0b", /absolute path/],
    ["gcp-secret-manager:my-secret", /name of a version/],
    ["gcp-secret-manager:projects/p/secrets/s", /name of a version/],
    ["gcp:projects/p/secrets/s/versions/1", /"gcp:" is no known kind/],
    ["aws-secretsmanager:arn", /"aws-secretsmanager:" is no known kind/],
    ["vault:secret/data/oauth", /"vault:" is no known kind/],
  ])("refuses %j, and says what is expected", (text, message) => {
    expect(() => parseSecretReference(text, "OAUTH_CLIENT_SECRET")).toThrow(message);
    expect(() => parseSecretReference(text, "OAUTH_CLIENT_SECRET")).toThrow(/OAUTH_CLIENT_SECRET/);
  });

  it("throws nothing but a ConfigurationError that does not quote the text", () => {
    const texts = fc.oneof(
      fc.string({ unit: "binary" }),
      fc
        .tuple(
          fc.constantFrom("env:", "file:", "gcp-secret-manager:", "vault:"),
          fc.string({ minLength: 12 }),
        )
        .map(([scheme, rest]) => scheme + rest),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          parseSecretReference(text, "X");
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigurationError);
          const rest = text.slice(text.indexOf(":") + 1);
          if (rest.length >= 12) expect((error as Error).message).not.toContain(rest);
        }
      }),
    );
  });
});
