import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { optionsFromEnv } from "../../../../src/options/environment/options-from-env.js";
import { parseOptions } from "../../../../src/options/parse.js";
import { setNodeEnv } from "../../../support/node-env.js";
import { temporaryFolder } from "../../../support/temporary/folder.js";

const SERVER = { OAUTH_RESOURCE: "https://mcp.example.com/mcp" };
const JWT = { ...SERVER, OAUTH_AUTHORIZATION_SERVER: "https://auth.example.com" };
const INTROSPECTION = { ...JWT, OAUTH_CLIENT_ID: "mcp", OAUTH_CLIENT_SECRET: "secret" };
const AUTH0 = { ...SERVER, OAUTH_PROVIDER: "auth0", AUTH0_DOMAIN: "acme.eu.auth0.com" };
const ZITADEL = {
  ...SERVER,
  OAUTH_PROVIDER: "zitadel",
  ZITADEL_DOMAIN: "acme.zitadel.cloud",
  ZITADEL_PROJECT_ID: "1",
  OAUTH_CLIENT_ID: "2",
};
const GOOGLE = {
  ...SERVER,
  OAUTH_PROVIDER: "google",
  GOOGLE_CLIENT_IDS: "1-a.apps.googleusercontent.com",
};
const PEM = "-----BEGIN CERTIFICATE-----";
const secretFile = (): string => {
  const path = join(temporaryFolder(), "secret");
  writeFileSync(path, "s".repeat(48), { mode: 0o600 });
  return `file:${path}`;
};

/** A variable that has no effect in an environment, and one change with which it has one. */
const CASES: readonly (readonly [
  variable: Record<string, string>,
  env: Record<string, string>,
  effect: Record<string, string>,
])[] = [
  // Beside a preset.
  [{ OAUTH_INTROSPECTION_CONTINUE: "60" }, AUTH0, { ...INTROSPECTION, OAUTH_TOKEN_TYPE: "hybrid" }],
  [{ OAUTH_CLIENT_CERT: PEM }, AUTH0, { ...JWT, OAUTH_CLIENT_ID: "mcp", OAUTH_CLIENT_KEY: PEM }],
  [{ OAUTH_CLIENT_KEY: PEM }, AUTH0, { ...JWT, OAUTH_CLIENT_ID: "mcp", OAUTH_CLIENT_CERT: PEM }],
  [{ OAUTH_INTROSPECTION_CA: PEM }, AUTH0, INTROSPECTION],
  [{ OAUTH_INTROSPECTION_TOKEN: "t" }, AUTH0, JWT],
  [{ OAUTH_INTROSPECTION_AUTH_METHOD: "client_secret_post" }, ZITADEL_WITH_SECRET(), INTROSPECTION],
  [{ OAUTH_CLIENT_SECRET: "s" }, AUTH0, ZITADEL],
  [{ OAUTH_INTROSPECTION_TIMEOUT: "9" }, AUTH0, ZITADEL_WITH_SECRET()],
  [{ OAUTH_INTROSPECTION_CACHE: "9" }, AUTH0, ZITADEL_WITH_SECRET()],
  [{ OAUTH_JWKS_TTL: "60" }, ZITADEL_WITH_SECRET(), AUTH0],
  [{ OAUTH_REQUIRE_SUBJECT: "true" }, GOOGLE, AUTH0],
  [{ OAUTH_CLOCK_TOLERANCE: "5" }, GOOGLE, ZITADEL_WITH_SECRET()],
  // Without one.
  [
    { OAUTH_INTROSPECTION_CONTINUE: "60" },
    INTROSPECTION,
    { ...INTROSPECTION, OAUTH_TOKEN_TYPE: "hybrid" },
  ],
  [{ OAUTH_INTROSPECTION_CACHE: "9" }, JWT, INTROSPECTION],
  [{ OAUTH_CLIENT_SECRET: "s" }, { ...INTROSPECTION, OAUTH_TOKEN_TYPE: "jwt" }, INTROSPECTION],
  [{ OAUTH_CLIENT_SECRET: "s" }, { ...INTROSPECTION, OAUTH_PRIVATE_KEY: PEM }, INTROSPECTION],
  [
    { OAUTH_PRIVATE_KEY_ID: "1" },
    INTROSPECTION,
    { ...JWT, OAUTH_CLIENT_ID: "mcp", OAUTH_PRIVATE_KEY: PEM },
  ],
  [{ OAUTH_PRIVATE_KEY_ID: "1" }, JWT, { ...JWT, OAUTH_CLIENT_ID: "mcp", OAUTH_PRIVATE_KEY: PEM }],
  [{ OAUTH_SECRET_OVERLAP: "60" }, JWT, { ...JWT, OAUTH_JWT_SECRET: secretFile() }],
  [
    { OAUTH_SECRET_OVERLAP: "60" },
    { ...JWT, OAUTH_JWT_SECRET: "s".repeat(48) },
    { ...JWT, OAUTH_JWT_SECRET: secretFile() },
  ],
  [
    { OAUTH_SECRET_TTL: "60" },
    INTROSPECTION,
    { ...INTROSPECTION, OAUTH_CLIENT_SECRET: secretFile() },
  ],
  [{ OAUTH_STATIC_TOKEN_SCOPES: "a" }, JWT, { ...SERVER, ...STATIC() }],
  [{ OAUTH_REQUIRE_CLIENT_ID: "true" }, { ...SERVER, ...STATIC() }, JWT],
  [
    { API_KEY_HEADER: "X-Key" },
    JWT,
    { ...JWT, AUTH_MODE: "both", API_KEYS_SHA256: `ci=${"a".repeat(64)}` },
  ],
  [
    { API_KEY_SUNSET: "2027-01-31" },
    { ...JWT, AUTH_MODE: "oauth" },
    { ...JWT, AUTH_MODE: "both", API_KEYS_SHA256: `ci=${"a".repeat(64)}` },
  ],
];

function ZITADEL_WITH_SECRET(): Record<string, string> {
  return { ...ZITADEL, OAUTH_CLIENT_SECRET: "s" };
}
function STATIC(): Record<string, string> {
  return {
    OAUTH_AUTHORIZATION_SERVER: "https://auth.example.com",
    OAUTH_TOKEN_TYPE: "static",
    OAUTH_STATIC_TOKENS: "dev=dev-token-12345",
  };
}

describe("a variable that has no effect", () => {
  it.each(CASES)("is an error: %j beside %j", (variable, env, effect) => {
    const [name = ""] = Object.keys(variable);
    const read = (found: object) => optionsFromEnv({ ...found, ...variable });
    expect(() => read(env)).toThrow(
      new RegExp(
        `${name} has (an effect only with|no effect with OAUTH_PROVIDER=).*ERR_OAUTH_ENV_UNUSED`,
      ),
    );
    // Without it, the environment is right; and there is one in which it counts.
    expect(() => optionsFromEnv({ ...env, [name]: keptValue(env, name) })).not.toThrow();
    expect(() => read(effect)).not.toThrow();
  });

  it("is named with all others, and with what each needs", () => {
    const env = { ...JWT, OAUTH_INTROSPECTION_CONTINUE: "60", OAUTH_STATIC_TOKEN_SCOPES: "a" };
    expect(() => optionsFromEnv(env)).toThrow(
      /OAUTH_INTROSPECTION_CONTINUE has an effect only with OAUTH_TOKEN_TYPE=hybrid\. OAUTH_STATIC_TOKEN_SCOPES has .* Remove them/,
    );
  });

  it("is not an error where code or AUTH_MODE replaces what it belongs to", () => {
    const env = { ...SERVER, OAUTH_INTROSPECTION_CONTINUE: "60", OAUTH_JWKS_TTL: "60" };
    const authorizationServers = ["https://auth.example.com"];
    const validation = { type: "custom", validate: () => undefined } as const;
    expect(() => optionsFromEnv(env, { authorizationServers, validation })).not.toThrow();
    const keys = { AUTH_MODE: "api_key", API_KEYS_SHA256: `ci=${"a".repeat(64)}` };
    expect(() => optionsFromEnv({ ...env, ...keys })).not.toThrow();
    expect(() =>
      optionsFromEnv({ ...JWT, API_KEY_HEADER: "X-Key" }, { apiKeys: {} }),
    ).not.toThrow();
  });

  it("does not let a check be off that the operator turned on", () => {
    setNodeEnv("development");
    const env = { ...JWT, OAUTH_REQUIRE_SUBJECT: "true" };
    expect(parseOptions(optionsFromEnv(env)).validation).toMatchObject([{ requireSubject: true }]);
    expect(() => optionsFromEnv({ ...GOOGLE, OAUTH_REQUIRE_SUBJECT: "true" })).toThrow(
      "OAUTH_REQUIRE_SUBJECT has no effect with OAUTH_PROVIDER=google. Remove it",
    );
  });
});

/** The environment without the variable, unless its other variables need one with the name. */
function keptValue(env: Record<string, string>, name: string): string | undefined {
  const isContradiction =
    env["OAUTH_TOKEN_TYPE"] === "jwt" || env["OAUTH_PRIVATE_KEY"] !== undefined;
  return isContradiction ? undefined : env[name];
}
