import { describe, expect, it } from "@jest/globals";
import { join } from "node:path";
import {
  createAuthorizationServer,
  memoryStorage,
  sqliteStorage,
} from "../../../src/authorization-server/index.js";
import { loadOidcProvider } from "../../../src/authorization-server/load-oidc-provider.js";
import { chosenStorage } from "../../../src/authorization-server/storage/chosen-storage.js";
import { ConfigurationError } from "../../../src/core/errors.js";
import { setNodeEnv } from "../../support/node-env.js";
import { temporaryFolder } from "../../support/temporary/folder.js";

const valid = {
  issuer: "https://auth.example.com",
  resources: [{ resource: "https://mcp.example.com/mcp" }],
  accounts: [{ id: "alice", password: "correct horse" }],
};
const create = (changes: object) => createAuthorizationServer({ ...valid, ...changes });
const resource = (changes: object) => ({
  resources: [{ resource: "https://mcp.example.com/mcp", ...changes }],
});

const durableStorage = () =>
  sqliteStorage(join(temporaryFolder(), "private", "auth.db"), {
    keys: [{ id: "1", secret: Buffer.alloc(32, 1) }],
  });

describe("options", () => {
  it.each([
    ["as they are", {}],
    ["with a loopback issuer", { issuer: "http://localhost:9000" }],
    ["with an IPv6 loopback issuer", { issuer: "http://[::1]:9000/tenant" }],
  ])("%s make a server", async (_, changes) => {
    const server = await create(changes);
    expect(server.issuer).toBe({ ...valid, ...changes }.issuer);
  });

  it.each([
    ["an http issuer elsewhere", { issuer: "http://auth.example.com" }, "ERR_OAUTH_HTTP_ISSUER"],
    ["a look-alike of loopback", { issuer: "http://localhost.evil.com" }, "ERR_OAUTH_HTTP_ISSUER"],
    ["an issuer that is no URL", { issuer: "auth" }, "ERR_OAUTH_ISSUER"],
    ["an issuer with a query", { issuer: "https://a.example.com/?x" }, "ERR_OAUTH_ISSUER"],
    ["no resource", { resources: [] }, "ERR_OAUTH_RESOURCES"],
    ["a relative resource", resource({ resource: "/mcp" }), "ERR_OAUTH_RESOURCES"],
    ["a fragment", resource({ resource: "https://a.example.com/#x" }), "ERR_OAUTH_RESOURCES"],
    ["a scope with a space", resource({ scopes: { "a b": "x" } }), "ERR_OAUTH_RESOURCES"],
    ["a scope of OpenID", resource({ scopes: { openid: "x" } }), "ERR_OAUTH_RESOURCES"],
    ["no scope at all", resource({ scopes: {} }), "ERR_OAUTH_RESOURCES"],
    ["a lifetime of nothing", resource({ accessTokenTtlSeconds: 0 }), "ERR_OAUTH_RESOURCES"],
    [
      "a resource twice",
      { resources: [...valid.resources, ...valid.resources] },
      "ERR_OAUTH_RESOURCES",
    ],
    ["a foreign default", { defaultResource: "https://x.example.com" }, "ERR_OAUTH_RESOURCES"],
    ["no account", { accounts: [] }, "ERR_OAUTH_ACCOUNTS"],
    ["an account twice", { accounts: [{ id: "a" }, { id: "a" }] }, "ERR_OAUTH_ACCOUNTS"],
    ["an empty password", { accounts: [{ id: "a", password: "" }] }, "ERR_OAUTH_ACCOUNTS"],
    [
      "a password from a variable that is not set",
      { accounts: [{ id: "a", password: undefined as unknown as string }] },
      "ERR_OAUTH_ACCOUNTS",
    ],
    [
      "a claim of the token",
      { accounts: [{ id: "a", claims: { aud: "x" } }] },
      "ERR_OAUTH_ACCOUNTS",
    ],
    ["no key", { keys: [] }, "ERR_OAUTH_KEYS"],
    ["a public key", { keys: [{ kty: "EC", crv: "P-256", x: "x", y: "y" }] }, "ERR_OAUTH_KEYS"],
    ["a symmetric key", { keys: [{ kty: "oct", k: "x", d: "x" }] }, "ERR_OAUTH_KEYS"],
    ["an algorithm without a key", resource({ tokenAlgorithm: "ES512" }), "ERR_OAUTH_KEYS"],
  ])("with %s are refused", async (_, changes, code) => {
    const error = await create(changes).then(
      () => undefined,
      (cause: unknown) => cause,
    );
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).toMatchObject({ code });
  });
});

describe("storage in memory", () => {
  const memory = [
    ["by default", {}],
    ["by choice", { storage: memoryStorage() }],
  ] as const;

  it.each(memory)("%s is refused in production, in any case of NODE_ENV", async (_, changes) => {
    setNodeEnv("Production");
    await expect(create(changes)).rejects.toMatchObject({
      code: "ERR_OAUTH_STORAGE_MEMORY",
      message: expect.stringContaining("sqliteStorage(path, { keys })"),
    });
    await expect(create({ ...changes, storage: durableStorage() })).resolves.toBeDefined();
  });

  it("warns in development unless it was chosen", () => {
    const warnings: string[] = [];
    const warn = (message: string): void => void warnings.push(message);
    chosenStorage(memoryStorage(), warn);
    chosenStorage(durableStorage(), warn);
    expect(warnings).toEqual([]);
    chosenStorage(undefined, warn);
    expect(warnings).toEqual([
      expect.stringMatching(/a restart signs all users out.*sqliteStorage/),
    ]);
  });
});

describe("development sign-in", () => {
  const cases = [
    ["autoApprove", { autoApprove: true as const }],
    ["an account without a password", { accounts: [...valid.accounts, { id: "bob" }] }],
  ] as const;

  it.each(cases)("by %s is refused in production", async (_, changes) => {
    setNodeEnv("production");
    await expect(create(changes)).rejects.toMatchObject({ code: "ERR_OAUTH_DEVELOPMENT_LOGIN" });
    const storage = durableStorage();
    await expect(create({ storage })).resolves.toBeDefined();
    const dangerous = { ...changes, storage, dangerouslyAllowDevelopmentLogin: true };
    await expect(create(dangerous)).resolves.toBeDefined();
  });

  it.each(cases)("by %s is accepted elsewhere", async (_, changes) => {
    await expect(create(changes)).resolves.toBeDefined();
  });
});

describe("oidc-provider", () => {
  const failure = (code: string, message: string) => () =>
    Promise.reject(Object.assign(new Error(message), { code }));

  it("that is missing is named with its cure", async () => {
    const load = failure("ERR_MODULE_NOT_FOUND", "Cannot find package 'oidc-provider' imported");
    await expect(loadOidcProvider(load)).rejects.toMatchObject({
      code: "ERR_OAUTH_OIDC_PROVIDER_MISSING",
      message: expect.stringContaining("npm install oidc-provider"),
    });
  });

  it("that is broken in itself is not called missing", async () => {
    const load = failure("ERR_MODULE_NOT_FOUND", "Cannot find package 'koa' imported");
    await expect(loadOidcProvider(load)).rejects.toThrow("'koa'");
  });
});
