import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { logger } from "mcp-framework";
import { isDevelopment } from "../../../../src/core/production.js";
import { OAuthAuthProvider } from "../../../../src/index.js";
import { optionsFromEnv } from "../../../../src/options/environment/options-from-env.js";
import { parseOptions } from "../../../../src/options/parse.js";
import { setNodeEnv } from "../../../support/node-env.js";

const OPEN = { resource: "https://mcp.example.com/mcp", authorizationServers: [], enabled: false };
const GOOD = { ...OPEN, authorizationServers: ["https://auth.example.com"] };
const ENV = { OAUTH_RESOURCE: OPEN.resource };
/** What many production machines have. */
const ELSEWHERE = [undefined, "", "production", "Production", "staging", "dev", "developement"];

/** `undefined` removes the variable. */
function setOrRemove(value: string | undefined): void {
  setNodeEnv(value ?? "");
  if (value === undefined) delete process.env["NODE_ENV"];
}

let lines: string[];
let spy: { mockRestore(): void };
beforeEach(() => {
  lines = [];
  spy = jest.spyOn(logger, "warn").mockImplementation((line) => void lines.push(line));
});
afterEach(() => spy.mockRestore());

describe("enabled: false", () => {
  it.each(["development", "test", "Development"])(
    "starts with NODE_ENV=%s, and is logged",
    (value) => {
      setNodeEnv(value);
      expect(parseOptions(OPEN).enabled).toBe(false);
      expect(lines).toEqual([expect.stringMatching(/AUTHENTICATION IS OFF/)]);
      expect(new OAuthAuthProvider(OPEN).getAuthorizationServers()).toEqual([]);
    },
  );

  it.each(ELSEWHERE)("does not start with NODE_ENV=%j: the provider is not created", (value) => {
    setOrRemove(value);
    expect(isDevelopment()).toBe(false);
    const create = () => new OAuthAuthProvider(OPEN);
    expect(create).toThrow(/enabled is false, .*set NODE_ENV=development.*ERR_OAUTH_DISABLED/);
    expect(create).toThrow(value === undefined ? "NODE_ENV is not set" : "NODE_ENV is ");
    expect(lines).toEqual([]);
    expect(new OAuthAuthProvider({ ...GOOD, enabled: true }).getResource()).toBe(OPEN.resource);
  });

  it.each(ELSEWHERE)("starts with dangerouslyOmitAuth and NODE_ENV=%j, and is logged", (value) => {
    setOrRemove(value);
    expect(parseOptions({ ...OPEN, dangerouslyOmitAuth: true }).enabled).toBe(false);
    expect(lines).toHaveLength(1);
  });

  it.each(["false", 0, null, "", "no"])("is not %j, which is an error", (enabled) => {
    expect(() => parseOptions({ ...GOOD, enabled })).toThrow(/"enabled".*ERR_OAUTH_OPTION_INVALID/);
  });

  it("is not what undefined means", () => {
    expect(parseOptions({ ...GOOD, enabled: undefined }).enabled).toBe(true);
  });

  it("is what dangerouslyOmitAuth needs to have an effect", () => {
    expect(() => parseOptions({ ...GOOD, enabled: true, dangerouslyOmitAuth: true })).toThrow(
      /dangerouslyOmitAuth has no effect without enabled: false/,
    );
  });

  it("still finds mistakes in other options", () => {
    expect(() => parseOptions({ ...OPEN, resource: "mcp" })).toThrow(/resource/);
    expect(() => new OAuthAuthProvider({ ...OPEN, scopes: { required: ["a b"] } })).toThrow(
      /scopes.required/,
    );
  });
});

describe("OAUTH_ENABLED", () => {
  it("set to false needs nothing but the resource, and ignores what tokens are checked by", () => {
    const env = { ...ENV, OAUTH_ENABLED: "false", OAUTH_PROVIDER: "auth0", AUTH_MODE: "both" };
    expect(OAuthAuthProvider.fromEnv(env).getResource()).toBe(OPEN.resource);
    expect(optionsFromEnv(env)).toMatchObject({ enabled: false, authorizationServers: [] });
    expect(() => OAuthAuthProvider.fromEnv({ OAUTH_ENABLED: "false" })).toThrow(/OAUTH_RESOURCE/);
  });

  it.each(["False", "FALSE", "0", "no", "off", "fals", "disabled"])(
    "set to %s is an error: only false opens the server",
    (value) => {
      const env = { ...ENV, OAUTH_ENABLED: value, OAUTH_ISSUER: "https://auth.example.com" };
      expect(() => OAuthAuthProvider.fromEnv(env)).toThrow(
        /OAUTH_ENABLED must be one of true, false/,
      );
    },
  );

  it.each([undefined, "", " ", "true"])("set to %j keeps the checks on", (value) => {
    const env = { ...ENV, OAUTH_ENABLED: value, OAUTH_ISSUER: "https://auth.example.com" };
    expect(parseOptions(optionsFromEnv(env)).enabled).toBe(true);
    expect(() => optionsFromEnv({ ...ENV, OAUTH_ENABLED: value })).toThrow(/is not set/);
  });

  it("outside development also needs OAUTH_DANGEROUSLY_OMIT_AUTH, and the error names the variable", () => {
    setNodeEnv("production");
    const env = { ...ENV, OAUTH_ENABLED: "false" };
    expect(() => OAuthAuthProvider.fromEnv(env)).toThrow(
      /enabled is false.*It was read from OAUTH_ENABLED.*ERR_OAUTH_DISABLED/,
    );
    const both = { ...env, OAUTH_DANGEROUSLY_OMIT_AUTH: "true" };
    expect(OAuthAuthProvider.fromEnv(both).getResource()).toBe(OPEN.resource);
  });
});
