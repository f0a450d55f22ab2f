import { describe, expect, it } from "@jest/globals";
import { makeCreatePlan, templateValues } from "../../../../src/cli/scaffold/create-plan.js";
import { readTemplate } from "../../../../src/cli/scaffold/template.js";
import { OAuthAuthProvider } from "../../../../src/index.js";
import { optionsFromEnv } from "../../../../src/options/environment/options-from-env.js";
import { parseOptions } from "../../../../src/options/parse.js";
import { parseTenantOptions } from "../../../../src/wiring/validation/tenant-options.js";
import { parseEnv } from "node:util";
import { setNodeEnv } from "../../../support/node-env.js";

const inProduction = (): void => setNodeEnv("production");

const GOOD = {
  resource: "https://mcp.example.com/mcp",
  authorizationServers: ["https://auth.example.com"],
};
const CLIENT = { clientId: "c", clientSecret: "s" };
const LOCAL = "http://127.0.0.1:9000";
const introspection = (endpoint: string) => ({
  introspection: { ...CLIENT, endpoint },
  validation: { type: "introspection" },
});

const CASES: readonly (readonly [part: string, code: string, options: object])[] = [
  ["resource", "ERR_OAUTH_HTTP_RESOURCE", { resource: "http://localhost:8080/mcp" }],
  ["issuer", "ERR_OAUTH_HTTP_ISSUER", { authorizationServers: [LOCAL] }],
  ["issuer", "ERR_OAUTH_HTTP_ISSUER", { authorizationServers: ["http://auth.localhost"] }],
  ["issuer", "ERR_OAUTH_HTTP_ISSUER", { validation: { type: "jwt", issuer: LOCAL } }],
  [
    "issuer",
    "ERR_OAUTH_HTTP_ISSUER",
    { validation: { type: "hybrid", issuer: "http://[::1]", introspection: CLIENT } },
  ],
  ["jwks", "ERR_OAUTH_HTTP_JWKS", { validation: [{ type: "jwt", jwksUri: `${LOCAL}/jwks` }] }],
  ["introspection", "ERR_OAUTH_HTTP_INTROSPECTION", introspection(LOCAL)],
  [
    "introspection",
    "ERR_OAUTH_HTTP_INTROSPECTION",
    { validation: { type: "introspection", introspection: { ...CLIENT, endpoint: LOCAL } } },
  ],
];

describe("http on this machine in production", () => {
  it.each(CASES)("is refused for %s unless it is named (%s, %j)", (part, code, options) => {
    const all = { ...GOOD, ...options };
    expect(() => parseOptions(all)).not.toThrow();
    inProduction();
    const others = ["issuer", "jwks", "introspection", "resource"].filter((name) => name !== part);
    for (const dangerouslyAllowLoopbackHttp of [undefined, false, others, []]) {
      expect(() => parseOptions({ ...all, dangerouslyAllowLoopbackHttp })).toThrow(
        new RegExp(`production.*dangerouslyAllowLoopbackHttp: \\["${part}"\\].*${code}`),
      );
    }
    for (const dangerouslyAllowLoopbackHttp of [true, [part]]) {
      expect(() => parseOptions({ ...all, dangerouslyAllowLoopbackHttp })).not.toThrow();
    }
  });

  it("can be refused elsewhere, too", () => {
    const options = { ...GOOD, resource: "http://localhost", dangerouslyAllowLoopbackHttp: false };
    expect(() => parseOptions(options)).toThrow(/ERR_OAUTH_HTTP_RESOURCE/);
  });

  it("does not affect https, and is never allowed on other hosts", () => {
    inProduction();
    expect(() =>
      parseOptions({ ...GOOD, authorizationServers: ["https://localhost"] }),
    ).not.toThrow();
    const elsewhere = { ...GOOD, resource: "http://mcp.example.com" };
    expect(() => parseOptions({ ...elsewhere, dangerouslyAllowLoopbackHttp: true })).toThrow(
      /ERR_OAUTH_HTTP_RESOURCE/,
    );
  });

  it("is refused for what issuers() returns", () => {
    const parse = (value: object, issuer: string, dangerouslyAllowLoopbackHttp: boolean) =>
      parseTenantOptions({ type: "jwt", ...value }, issuer, {
        ...GOOD,
        dangerouslyAllowLoopbackHttp,
      });
    for (const [value, issuer] of [
      [{}, LOCAL],
      [{ issuer: LOCAL }, LOCAL],
      [{ jwksUri: LOCAL }, "https://auth.example.com"],
    ] as const) {
      expect(() => parse(value, issuer, true)).not.toThrow();
      expect(() => parse(value, issuer, false)).toThrow(/ERR_OAUTH_HTTP_(ISSUER|JWKS)/);
    }
  });

  it.each([
    ["issuer", ["issuer"]],
    ["issuer, jwks", ["issuer", "jwks"]],
    ["true", true],
    ["false", false],
  ])("is read from a variable: %s", (text, expected) => {
    const env = {
      OAUTH_RESOURCE: GOOD.resource,
      OAUTH_ISSUER: "https://auth.example.com",
      OAUTH_DANGEROUSLY_ALLOW_LOOPBACK_HTTP: text,
    };
    expect(optionsFromEnv(env).dangerouslyAllowLoopbackHttp).toEqual(expected);
    expect(() => optionsFromEnv({ ...env, OAUTH_DANGEROUSLY_ALLOW_LOOPBACK_HTTP: "keys" })).toThrow(
      /OAUTH_DANGEROUSLY_ALLOW_LOOPBACK_HTTP/,
    );
  });
});

it("the template redis starts in production with what create wrote", async () => {
  const plan = await makeCreatePlan(
    "demo",
    {
      template: "redis",
      issuer: "https://auth.example.com",
      resource: "https://mcp.example.com/mcp",
    },
    undefined,
  );
  const { files } = readTemplate(plan.template, templateValues(plan, "demo", "1.2.3"));
  const env = parseEnv(files.find(({ path }) => path === ".env.example")?.text ?? "");
  inProduction();
  const create = (more: Record<string, string>) =>
    OAuthAuthProvider.fromEnv(
      { ...env, ...more },
      { verifyAtStart: "off", audit: () => undefined },
    );
  expect(() => create({})).not.toThrow();
  expect(() => create({ OAUTH_RESOURCE: "http://localhost:8080/mcp" })).toThrow(/production/);
});
