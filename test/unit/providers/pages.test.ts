import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it, jest } from "@jest/globals";
import { logger } from "mcp-framework";
import { PROVIDERS } from "../../../src/providers/registry.js";
import { OAuthAuthProvider } from "../../../src/index.js";
import { renderIndex, renderPage } from "../../support/provider-documents.js";

/** `npm run docs:providers` writes what the other runs compare. */
const isWriting = process.env["WRITE_DOCS"] === "1";
const FOLDER = "docs/providers";
const HEADINGS = [
  "In the console",
  "How MCP clients register",
  "What a token looks like",
  "Common mistakes, and their reasons in the log",
  "Verified",
];

/** The first fenced block of a language. */
function block(page: string, language: string): string {
  return new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(page)?.[1] ?? "";
}

const IDS = PROVIDERS.map(({ id }) => id);

describe("the page of each authorization server", () => {
  beforeAll(() => {
    jest.spyOn(logger, "warn").mockImplementation(() => undefined);
  });

  it("exists for every provider in the registry, and for no other", () => {
    const pages = readdirSync(FOLDER).filter((name) => name !== "README.md");
    expect(pages.sort()).toEqual(IDS.map((id) => `${id}.md`).sort());
  });

  it("is listed in the index as its row says (if not: npm run docs:providers)", async () => {
    const path = `${FOLDER}/README.md`;
    const text = await renderIndex(readFileSync(path, "utf8"));
    if (isWriting) writeFileSync(path, text);
    expect(readFileSync(path, "utf8")).toBe(text);
  });

  it.each(PROVIDERS)(
    "repeats the console steps and sources of its row (if not: npm run docs:providers): $id",
    async (provider) => {
      const path = `${FOLDER}/${provider.id}.md`;
      const text = await renderPage(readFileSync(path, "utf8"), provider);
      if (isWriting) writeFileSync(path, text);
      expect(readFileSync(path, "utf8")).toBe(text);
    },
  );

  it.each(PROVIDERS)("says what is unverified, or names a source: $id", (provider) => {
    expect([...provider.sources, ...provider.unverified]).not.toEqual([]);
    for (const { url, read } of provider.sources) {
      expect(url).toMatch(/^https:\/\//);
      expect(read).toMatch(/^20\d\d-\d\d$/);
    }
  });

  it.each(IDS)("has the common shape: %s", (provider) => {
    const page = readFileSync(`${FOLDER}/${provider}.md`, "utf8");
    const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    expect(headings.filter((heading) => HEADINGS.includes(heading ?? ""))).toEqual(HEADINGS);
    expect(JSON.parse(block(page, "json"))).toHaveProperty("exp");
  });

  it.each(IDS)("starts a server with the environment it shows: %s", (provider) => {
    const page = readFileSync(`${FOLDER}/${provider}.md`, "utf8");
    const lines = block(page, "sh")
      .replace(/=file:.*$/m, "=a secret")
      .trim()
      .split("\n");
    const env = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)));
    expect(env).toMatchObject({ OAUTH_PROVIDER: provider });
    expect(OAuthAuthProvider.fromEnv(env)).toBeInstanceOf(OAuthAuthProvider);
  });

  it.each(IDS)("names reasons that exist: %s", (provider) => {
    const page = readFileSync(`${FOLDER}/${provider}.md`, "utf8");
    const table = page.split("what the log says")[1]?.split("\n## ")[0] ?? "";
    const reasons = [...table.matchAll(/`([a-z]+(?:_[a-z]+)+)`/g)].map(([, reason]) => reason);
    const sources = readSources("src");
    for (const reason of reasons) {
      if (reason === "client_id") continue;
      expect(sources).toContain(`"${reason}"`);
    }
  });
});

function readSources(folder: string): string {
  return readdirSync(folder, { withFileTypes: true })
    .map((entry) => {
      const path = `${folder}/${entry.name}`;
      return entry.isDirectory() ? readSources(path) : readFileSync(path, "utf8");
    })
    .join("\n");
}
