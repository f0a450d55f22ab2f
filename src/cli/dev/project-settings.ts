import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { isLoopbackHost } from "../../core/urls/loopback.js";
import { VARIABLES } from "../../options/environment/variables.js";
import { CliError } from "../cli-error.js";
import { parseAbsoluteUrl } from "../../core/urls/parse-absolute-url.js";

/** The settings of a project that `dev` needs. */
export interface ProjectSettings {
  readonly name: string;
  /** The built file that starts the server, relative to the project. */
  readonly entry: string;
  readonly port: number;
  /** The local address of the server. */
  readonly resource: string;
  /** Whether the server introspects tokens. */
  readonly introspects: boolean;
}

/**
 * Reads package.json and `.env`. A public `OAUTH_RESOURCE` is replaced by a
 * local address with the same path.
 *
 * @throws CliError
 */
export function readProjectSettings(
  folder: string,
  env: NodeJS.ProcessEnv,
  chosenPort: number | undefined,
): ProjectSettings {
  const packageJson = readPackageJson(folder);
  const values = { ...readEnvFile(folder), ...env };
  const port = chosenPort ?? Number(values["PORT"] ?? 8080);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new CliError(`PORT is ${JSON.stringify(values["PORT"])}, which is not a port.`);
  }
  return {
    name: packageJson.name ?? "this server",
    entry: entryOf(packageJson),
    port,
    resource: localResource(values["OAUTH_RESOURCE"], port),
    introspects:
      isSet(values["OAUTH_INTROSPECTION_ENDPOINT"]) ||
      ["introspection", "hybrid"].includes(values["OAUTH_TOKEN_TYPE"] ?? ""),
  };
}

/** Settings for the real authorization server, which `dev` ignores. */
const OF_THE_REAL_ONE = [
  "OAUTH_PROVIDER",
  "OAUTH_AUTHORIZATION_SERVERS",
  "OAUTH_PUBLIC_KEY",
  "OAUTH_JWT_SECRET",
  "OAUTH_ALGORITHMS",
  "OAUTH_ALLOW_JWT_TYP",
  "OAUTH_SCOPE_CLAIMS",
  "OAUTH_SCOPE_PREFIX",
  "OAUTH_ALLOWED_CLIENT_IDS",
  "OAUTH_STATIC_TOKENS",
  // Development is with tokens.
  "OAUTH_ENABLED",
  "OAUTH_DANGEROUSLY_OMIT_AUTH",
  // Development tokens are not bound, and there is no TLS and no Redis.
  "OAUTH_DPOP",
  "OAUTH_DPOP_NONCE_SECRET",
  "OAUTH_MTLS",
  "OAUTH_REQUIRE_HTTPS",
  "OAUTH_REDIS_URL",
] as const;

/** Settings that have an effect only beside others, which differ for the development server. */
const DEPENDENT = VARIABLES.filter(
  ({ onlyWith, section }) =>
    onlyWith !== undefined && section !== "Tokens" && section !== "API keys",
).map(({ name }) => name);

/** The development server, for the project's variables. */
export interface DevelopmentIssuer {
  readonly issuer: string;
  readonly jwksUri: string;
  readonly introspectionEndpoint: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/**
 * The project's environment with the development server in place of the real
 * one. Empty means "not set", and wins over `.env`.
 */
export function developmentEnvironment(
  env: NodeJS.ProcessEnv,
  { port, resource, introspects }: ProjectSettings,
  server: DevelopmentIssuer,
): NodeJS.ProcessEnv {
  return {
    ...env,
    ...Object.fromEntries([...OF_THE_REAL_ONE, ...DEPENDENT].map((name) => [name, ""])),
    PORT: String(port),
    AUTHORIZATION_SERVER: "external",
    // Everything runs on loopback, even if .env sets production.
    OAUTH_DANGEROUSLY_ALLOW_LOOPBACK_HTTP: "true",
    OAUTH_RESOURCE: resource,
    OAUTH_AUDIENCE: resource,
    OAUTH_ISSUER: server.issuer,
    OAUTH_AUTHORIZATION_SERVER: server.issuer,
    OAUTH_TOKEN_TYPE: introspects ? "introspection" : "",
    OAUTH_JWKS_URI: introspects ? "" : server.jwksUri,
    OAUTH_INTROSPECTION_ENDPOINT: introspects ? server.introspectionEndpoint : "",
    OAUTH_CLIENT_ID: introspects ? server.clientId : "",
    OAUTH_CLIENT_SECRET: introspects ? server.clientSecret : "",
  };
}

interface PackageJson {
  readonly name?: string;
  readonly main?: string;
  readonly bin?: string | Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
}

function readPackageJson(folder: string): PackageJson {
  const path = join(folder, "package.json");
  if (!existsSync(path)) {
    throw new CliError("There is no package.json here.", "Run this in the project's folder.");
  }
  let packageJson: PackageJson;
  try {
    packageJson = JSON.parse(readFileSync(path, "utf8")) as PackageJson;
  } catch (cause) {
    throw new CliError("package.json is not valid JSON.", "Fix it first.", 1, { cause });
  }
  if (packageJson.scripts?.["build"] === undefined) {
    throw new CliError(
      'package.json has no script "build".',
      'For a project of mcp-framework it is "mcp-build".',
    );
  }
  return packageJson;
}

function entryOf({ main, bin }: PackageJson): string {
  const first = typeof bin === "string" ? bin : Object.values(bin ?? {})[0];
  return main ?? first ?? "dist/index.js";
}

function readEnvFile(folder: string): NodeJS.ProcessEnv {
  const path = join(folder, ".env");
  return existsSync(path) ? parseEnv(readFileSync(path, "utf8")) : {};
}

function localResource(configured: string | undefined, port: number): string {
  const url = parseAbsoluteUrl(configured ?? "");
  if (url === undefined) return `http://localhost:${port}/mcp`;
  const path = url.pathname === "/" ? "/mcp" : url.pathname;
  const host = isLoopbackHost(url.hostname) ? url.hostname : "localhost";
  return `http://${host}:${port}${path}`;
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "";
}
