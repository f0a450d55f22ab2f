import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";

const root = new URL("../../", import.meta.url);
const reference = readFileSync(new URL("docs/reference/reasons.md", root), "utf8");

/** Reasons in the first column of the tables; `…` stands for whatever follows. */
const documented = reference
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .flatMap((line) =>
    [...(line.split(" | ")[0] ?? "").matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? ""),
  );

const ERRORS =
  "InvalidToken|InvalidRequest|MissingCredential|MalformedMessage|InvalidDPoPProof|UseDPoPNonce|" +
  "InsufficientScope|InsufficientUserAuthentication|Forbidden|SessionNotFound|PayloadTooLarge|" +
  "RateLimited|Unavailable";

/** Every literal or template that src makes an error of. */
function usedReasons(): string[] {
  const files = readdirSync(new URL("src/", root), { recursive: true, encoding: "utf8" });
  const pattern = new RegExp(`new (?:${ERRORS})Error\\(\\s*(["\`])([^"\`]+)\\1`, "g");
  return files
    .filter((file) => file.endsWith(".ts"))
    .flatMap((file) =>
      [...readFileSync(new URL(`src/${file}`, root), "utf8").matchAll(pattern)].map(
        ([, , reason]) => reason ?? "",
      ),
    );
}

function isDocumented(reason: string): boolean {
  const shape = reason.replace(/\$\{[^}]+\}/g, "…");
  return documented.includes(shape);
}

describe("docs/reference/reasons.md", () => {
  it("explains every reason that the code gives", () => {
    const used = usedReasons();
    expect(used.length).toBeGreaterThan(100);
    expect([...new Set(used)].filter((reason) => !isDocumented(reason))).toEqual([]);
  });

  it("explains none twice", () => {
    expect(documented.filter((name, index) => documented.indexOf(name) !== index)).toEqual([]);
  });

  it("says for each what it means and what helps", () => {
    const rows = reference.split("\n").filter((line) => line.startsWith("| `"));
    for (const row of rows) {
      const [, meaning = "", cure = ""] = row.split(" | ");
      expect([row, meaning.length > 3, cure.replace("|", "").trim().length > 3]).toEqual([
        row,
        true,
        true,
      ]);
    }
  });
});
