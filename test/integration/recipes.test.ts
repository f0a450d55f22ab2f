import { createHmac, randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { afterEach, describe, expect, it } from "@jest/globals";
import { OAuthAuthProvider } from "../../src/index.js";
import { fixedClock } from "../../src/testing/index.js";
import { resolveWith } from "../../src/options/resolve-environment.js";
import { INITIALIZE } from "../support/initialize.js";
import { post } from "../support/mcp-request.js";
import { startServer, type RunningServer } from "../support/mcp-server.js";
import { blocksOf } from "../support/run-snippet.js";
import { WhoAmI } from "../support/tools.js";

/* The configurations of docs/recipes are accepted as they are printed. */

const FOLDER = "docs/recipes";
const PAGES = readdirSync(new URL(`../../${FOLDER}`, import.meta.url)).filter(
  (name) => name !== "README.md",
);
const textOf = (page: string): string =>
  readFileSync(new URL(`../../${FOLDER}/${page}`, import.meta.url), "utf8");

/** The variables of a page: its block that begins with `# .env`, or the lines of `env.yaml`. */
function environmentOf(page: string): Record<string, string> {
  const blocks = [...textOf(page).matchAll(/```(?:sh|yaml)\n(# (?:\.env|env\.yaml)\n[^`]*)```/g)];
  expect([page, blocks.length]).toEqual([page, 1]);
  const text = blocks[0]?.[1] ?? "";
  const lines = text.startsWith("# env.yaml") ? text.replace(/^(\w+): /gm, "$1=") : text;
  return parseEnv(lines) as Record<string, string>;
}

/** What the settings of the pages contain in Google Secret Manager. */
const STORED: Readonly<Record<string, string>> = {
  "jwt-issuer": "https://auth.example.com",
  "jwt-audience": "https://mcp.example.com/mcp",
  "jwt-jwks-uri": "https://auth.example.com/.well-known/jwks.json",
};
const google = {
  read: (version: string) =>
    Promise.resolve(STORED[version.split("/").at(-3) ?? ""] ?? "not a setting"),
};

let running: RunningServer | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

describe("a recipe", () => {
  it("is there for each scenario of the hardening quickstart", () => {
    expect(PAGES.sort()).toEqual(
      ["auth0", "cloud-run", "entra", "hmac", "okta", "tunnel"].map((name) => `${name}.md`),
    );
  });

  it.each(PAGES)("has variables that start a provider: %s", async (page) => {
    const env = await resolveWith(environmentOf(page), google);
    const provider = OAuthAuthProvider.fromEnv({ ...env, OAUTH_VERIFY_AT_START: "off" });
    expect(provider.getResource()).toMatch(/^https:\/\//);
    expect(provider.getAuthorizationServers()).toHaveLength(1);
  });
});

describe("docs/recipes/hmac.md", () => {
  it("accepts the token of its Python script, and none with another key or audience", async () => {
    const clock = fixedClock();
    const [script = ""] = blocksOf(`${FOLDER}/hmac.md`, "python");
    const claim = (name: string) => new RegExp(`"${name}": "([^"]+)"`).exec(script)?.[1];
    const payload = {
      sub: claim("sub"),
      iss: claim("iss"),
      aud: claim("aud"),
      scope: claim("scope"),
      exp: clock() + 3600,
    };
    expect(script).toContain('jwt.encode(payload, secret_key, algorithm="HS256")');
    const secret = randomBytes(32).toString("base64url");
    /** What `jwt.encode` of PyJWT writes. */
    const encode = (claims: object, key: string) => {
      const text = [{ alg: "HS256", typ: "JWT" }, claims]
        .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
        .join(".");
      return `${text}.${createHmac("sha256", key).update(text).digest("base64url")}`;
    };
    const provider = OAuthAuthProvider.fromEnv(
      { ...environmentOf("hmac.md"), OAUTH_JWT_SECRET: secret },
      { audit: () => undefined, clock },
    );
    running = await startServer({ transport: "http-stream batch", provider, tools: [WhoAmI] });
    const status = async (token: string) =>
      (await post(running!.url, INITIALIZE, { Authorization: `Bearer ${token}` })).status;
    expect(await status(encode(payload, secret))).toBe(200);
    expect(await status(encode(payload, "x".repeat(43)))).toBe(401);
    expect(await status(encode({ ...payload, aud: "other" }, secret))).toBe(401);
    expect(await status(encode({ ...payload, scope: "write:data" }, secret))).toBe(403);
  });
});
