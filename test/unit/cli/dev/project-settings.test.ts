import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import {
  developmentEnvironment,
  readProjectSettings,
} from "../../../../src/cli/dev/project-settings.js";
import { OAuthAuthProvider, optionsFromEnv } from "../../../../src/index.js";
import { temporaryFolder } from "../../../support/temporary/folder.js";

function project(
  env = "",
  packageJson: object = { name: "demo", scripts: { build: "mcp-build" } },
) {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "package.json"), JSON.stringify(packageJson));
  writeFileSync(join(folder, ".env"), env);
  return folder;
}
const SERVER = {
  issuer: "http://localhost:9000",
  jwksUri: "http://localhost:9000/jwks",
  introspectionEndpoint: "http://localhost:9000/introspect",
  clientId: "development",
  clientSecret: "s",
};
/** A server in production that uses all there is. */
const EVERYTHING = {
  OAUTH_REQUIRED_SCOPES: "mcp:read",
  OAUTH_SCOPE_PREFIX: "api://notes/",
  OAUTH_AUTHORIZATION_SERVERS: "https://auth.example.com",
  OAUTH_JWKS_URI: "https://auth.example.com/jwks",
  OAUTH_PUBLIC_KEY: "file:/run/secrets/public-key",
  OAUTH_JWT_SECRET: "file:/run/secrets/jwt-secret",
  OAUTH_ALGORITHMS: "ES256",
  OAUTH_ALLOW_JWT_TYP: "true",
  OAUTH_SCOPE_CLAIMS: "roles",
  OAUTH_ALLOWED_CLIENT_IDS: "client-1",
  OAUTH_CLIENT_ID: "notes",
  OAUTH_CLIENT_SECRET: "file:/run/secrets/client-secret",
  OAUTH_INTROSPECTION_AUTH_METHOD: "private_key_jwt",
  OAUTH_PRIVATE_KEY: "file:/run/secrets/private-key",
  OAUTH_PRIVATE_KEY_ID: "k1",
  OAUTH_CLIENT_CERT: "file:/run/secrets/cert",
  OAUTH_CLIENT_KEY: "file:/run/secrets/key",
  OAUTH_INTROSPECTION_TOKEN: "file:/run/secrets/token",
  OAUTH_INTROSPECTION_CACHE: "60",
  OAUTH_INTROSPECTION_ALLOW_MISSING: "aud",
  AUTH_MODE: "both",
  API_KEYS_SHA256: `ci=${"a".repeat(64)}`,
  OAUTH_DPOP: "required",
  OAUTH_DPOP_NONCE_SECRET: "file:/run/secrets/nonce",
  OAUTH_MTLS: "allowed",
  OAUTH_MTLS_PROXIES: "10.0.0.0/8",
  OAUTH_MTLS_HEADER: "client-cert",
  OAUTH_TRUSTED_PROXIES: "10.0.0.0/8",
  OAUTH_REQUIRE_HTTPS: "true",
  OAUTH_REDIS_URL: "rediss://redis.internal:6379",
  OAUTH_SECRET_TTL: "60",
  OAUTH_SECRET_OVERLAP: "60",
  OAUTH_REQUIRE_SUBJECT: "true",
  OAUTH_INTROSPECTION_CONTINUE: "60",
  OAUTH_JWKS_TTL: "60",
  OAUTH_STATIC_TOKENS: "dev=dev-token-12345",
  OAUTH_ENABLED: "false",
  OAUTH_DANGEROUSLY_OMIT_AUTH: "true",
};

describe("what dev knows of a project", () => {
  it("comes from .env", () => {
    expect(readProjectSettings(project("PORT=3000\n"), {}, undefined)).toMatchObject({
      name: "demo",
      entry: "dist/index.js",
      port: 3000,
      resource: "http://localhost:3000/mcp",
      introspects: false,
    });
  });

  it("comes from the flag and the environment first", () => {
    const folder = project("PORT=3000\n");
    expect(readProjectSettings(folder, { PORT: "4000" }, undefined).port).toBe(4000);
    expect(readProjectSettings(folder, { PORT: "4000" }, 5000).port).toBe(5000);
  });

  it.each([
    ["https://mcp.example.com/api/mcp", "http://localhost:8080/api/mcp"],
    ["http://127.0.0.1:8080/sse", "http://127.0.0.1:8080/sse"],
    ["https://mcp.example.com", "http://localhost:8080/mcp"],
    ["not a url", "http://localhost:8080/mcp"],
  ])("has for the resource %s the local address %s", (configured, local) => {
    const folder = project(`OAUTH_RESOURCE=${configured}\n`);
    expect(readProjectSettings(folder, {}, undefined).resource).toBe(local);
  });

  it("needs a script that builds", () => {
    expect(() => readProjectSettings(project("", { name: "x" }), {}, undefined)).toThrow(/build/);
  });
});

describe("the environment of the server under dev", () => {
  it("has nothing left of the real authorization server", () => {
    const real = {
      OAUTH_PROVIDER: "auth0",
      OAUTH_ISSUER: "https://acme.auth0.com/",
      OAUTH_JWT_SECRET: "secret",
      OAUTH_INTROSPECTION_ENDPOINT: "",
    };
    const settings = readProjectSettings(project(), real, undefined);
    const env = developmentEnvironment(real, settings, SERVER);
    expect(env).toMatchObject({
      OAUTH_PROVIDER: "",
      OAUTH_JWT_SECRET: "",
      OAUTH_ISSUER: SERVER.issuer,
      OAUTH_JWKS_URI: SERVER.jwksUri,
      OAUTH_INTROSPECTION_ENDPOINT: "",
      OAUTH_CLIENT_SECRET: "",
    });
  });

  it.each([
    ["jwt", false],
    ["hybrid", true],
  ])("starts a server that trusts only it, with any other settings: %s", (type, introspects) => {
    const real = { ...EVERYTHING, OAUTH_TOKEN_TYPE: type };
    const settings = readProjectSettings(project(), real, undefined);
    expect(settings.introspects).toBe(introspects);
    const options = optionsFromEnv(developmentEnvironment(real, settings, SERVER));
    expect(options.authorizationServers).toEqual([SERVER.issuer]);
    expect(options.enabled).not.toBe(false);
    expect(() => new OAuthAuthProvider(options)).not.toThrow();
  });

  it("introspects at the development server where the project introspects", () => {
    const real = { OAUTH_INTROSPECTION_ENDPOINT: "https://auth.example.com/introspect" };
    const settings = readProjectSettings(project(), real, undefined);
    expect(developmentEnvironment(real, settings, SERVER)).toMatchObject({
      OAUTH_INTROSPECTION_ENDPOINT: SERVER.introspectionEndpoint,
      OAUTH_CLIENT_SECRET: "s",
      OAUTH_JWKS_URI: "",
    });
  });
});
