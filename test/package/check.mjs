/*
 * The packed tarball, installed into an empty project: it compiles under both
 * module resolutions that users have, and runs.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");
const home = mkdtempSync(join(tmpdir(), "packed-"));
const run = (command, args, cwd = home) =>
  execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });

const SOURCE = `
import { MCPServer } from "mcp-framework";
import {
  getAccessToken, OAuthAuthProvider, ConfigurationError, type AccessToken,
} from "mcp-framework-oauth";
import { createTestIssuer } from "mcp-framework-oauth/testing";
import { createAuthorizationServer } from "mcp-framework-oauth/authorization-server";
import { createRedisStore } from "mcp-framework-oauth/redis";

const issuer = createTestIssuer({ resource: "http://localhost:8080/mcp" });
const provider = new OAuthAuthProvider({
  resource: "http://localhost:8080/mcp",
  authorizationServers: ["https://auth.example.com"],
});
export const server = new MCPServer({
  name: "packed",
  version: "1.0.0",
  transport: { type: "http-stream", options: { port: 8080, auth: { provider } } },
});
const token: AccessToken | undefined = getAccessToken();
const refused: unknown = await provider.authenticate(
  { headers: {}, rawHeaders: [], method: "POST", url: "/mcp", socket: {} } as never,
);
if (refused !== false || token !== undefined) throw new Error("accepted an anonymous client");
try {
  new OAuthAuthProvider({ resource: "nonsense", authorizationServers: ["https://a.example"] });
  throw new Error("took nonsense");
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
}
if (typeof createAuthorizationServer !== "function") throw new Error("no authorization server");
if (typeof createRedisStore !== "function") throw new Error("no redis store");
console.log("runs", typeof (await issuer.sign()));
`;

try {
  run("npm", ["pack", "--silent", "--pack-destination", home], root);
  const tarball = readdirSync(home).find((name) => name.endsWith(".tgz"));
  if (tarball === undefined) throw new Error("npm pack made no tarball");
  const files = run("tar", ["-tzf", tarball]).split("\n");
  const strange = files.filter(
    (name) =>
      !name.startsWith("package/templates/") &&
      /(^|\/)(test|src|demo)\//.test(name.replace("package/dist/demo", "X/demo")),
  );
  if (strange.length > 0) throw new Error(`the tarball holds ${strange.slice(0, 5).join(", ")}`);

  const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const pick = (...names) => names.map((name) => `${name}@${devDependencies[name]}`);
  writeFileSync(join(home, "package.json"), JSON.stringify({ private: true, type: "module" }));
  run("npm", [
    "install",
    "--silent",
    "--no-audit",
    "--no-fund",
    `./${tarball}`,
    ...pick("mcp-framework", "@modelcontextprotocol/sdk", "zod", "typescript", "@types/node"),
  ]);
  writeFileSync(join(home, "index.ts"), SOURCE);
  const base = { strict: true, target: "ES2022", noEmit: true, types: ["node"] };
  for (const options of [
    { ...base, module: "node16", moduleResolution: "node16" },
    { ...base, module: "esnext", moduleResolution: "bundler" },
  ]) {
    writeFileSync(
      join(home, "tsconfig.json"),
      JSON.stringify({ compilerOptions: options, files: ["index.ts"] }),
    );
    run("npx", ["tsc", "-p", "."]);
    console.log(`packed: compiles under moduleResolution ${options.moduleResolution}`);
  }
  run(
    "npx",
    [
      "tsc",
      "--ignoreConfig",
      "--skipLibCheck",
      "--module",
      "node16",
      "--target",
      "ES2022",
      "index.ts",
    ].filter((arg) => arg !== "--ignoreConfig"),
  );
  const said = run("node", ["index.js"]);
  if (!said.includes("runs string")) throw new Error(`unexpected: ${said}`);
  console.log("packed: runs");
} finally {
  rmSync(home, { recursive: true, force: true });
}
