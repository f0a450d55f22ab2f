import { createRequire } from "node:module";
import { parseEnv } from "node:util";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { logger } from "mcp-framework";
import { developmentEnvironment } from "../../../../src/cli/dev/project-settings.js";
import { CliError } from "../../../../src/cli/cli-error.js";
import {
  makeCreatePlan,
  templateValues,
  type CreateOptions,
} from "../../../../src/cli/scaffold/create-plan.js";
import { PROVIDERS } from "../../../../src/cli/scaffold/providers.js";
import { PROVIDERS as REGISTRY } from "../../../../src/providers/registry.js";
import { readTemplate, templateNames } from "../../../../src/cli/scaffold/template.js";
import { OAuthAuthProvider, type OAuthAuthProviderOptions } from "../../../../src/index.js";

// It comes without types.
const { load, DEFAULT_SCHEMA, Type } = createRequire(import.meta.url)("js-yaml");

/** Templates whose options come from `.env` as a whole. */
const FROM_ENV = ["jwt", "introspection", "redis", "serverless", "api-key"];
const TOKENS = [undefined, "jwt", "introspection"] as const;
const ISSUERS = [undefined, "https://auth.example.com"];

/** What `src/` of the template adds. */
const OVERRIDES: Readonly<Record<string, Partial<OAuthAuthProviderOptions>>> = {
  "api-key": {
    authMode: "both",
    apiKeys: { keys: [{ clientId: "old", sha256: "a".repeat(64), scopes: [] }] },
  },
};

const combinationsOf = (provider: string | undefined): CreateOptions[] =>
  [undefined, ...templateNames()].flatMap((template) =>
    TOKENS.flatMap((token) =>
      ISSUERS.map((issuer) => ({
        ...(provider !== undefined && { provider }),
        ...(template !== undefined && { template }),
        ...(token !== undefined && { token }),
        ...(issuer !== undefined && { issuer }),
      })),
    ),
  );

const files = async (options: CreateOptions) => {
  const plan = await makeCreatePlan("demo", { ...options, yes: true }, undefined);
  const { files: made } = readTemplate(plan.template, templateValues(plan, "demo", "1.2.3"));
  return { plan, texts: new Map(made.map(({ path, text }) => [path, text])) };
};

/** What a person fills in. */
function fillIn(env: Record<string, string | undefined>): Record<string, string> {
  const filled = Object.entries(env).map(([name, value = ""]) => {
    if (/your-/.test(value)) return [name, "https://auth.example.com"];
    const isClient = /^OAUTH_CLIENT_(ID|SECRET)$/.test(name);
    return [name, value === "" && isClient ? "filled-in" : value];
  });
  return Object.fromEntries(filled) as Record<string, string>;
}

function startsWith(template: string, env: Record<string, string | undefined>): void {
  const provider = OAuthAuthProvider.fromEnv(fillIn(env), {
    verifyAtStart: "off",
    audit: () => undefined,
    ...OVERRIDES[template],
  });
  expect(provider.getAuthorizationServers()).toHaveLength(1);
}

/** `mcp-oauth dev` replaces the configured server with its own. */
function startsUnderDev(template: string, env: Record<string, string | undefined>): void {
  const real = fillIn(env);
  const settings = {
    ...{ name: "demo", entry: "dist/index.js", port: 8080, resource: "http://localhost:8080/mcp" },
    introspects: real["OAUTH_TOKEN_TYPE"] === "introspection",
  };
  const provider = OAuthAuthProvider.fromEnv(
    developmentEnvironment(real, settings, {
      issuer: "http://localhost:9000",
      jwksUri: "http://localhost:9000/jwks",
      introspectionEndpoint: "http://localhost:9000/introspect",
      ...{ clientId: "development", clientSecret: "secret" },
    }),
    { verifyAtStart: "off", audit: () => undefined, ...OVERRIDES[template] },
  );
  expect(provider.getAuthorizationServers()).toEqual(["http://localhost:9000"]);
}

beforeAll(() => {
  jest.spyOn(logger, "warn").mockImplementation(() => undefined);
});
afterAll(() => {
  jest.restoreAllMocks();
});

describe("every provider, template and kind of token", () => {
  const works: string[] = [];
  const refused: string[] = [];

  it.each([undefined, ...PROVIDERS.map(({ id }) => id)])(
    "is right or refused: provider %s",
    async (provider) => {
      for (const options of combinationsOf(provider)) {
        try {
          await check(options);
        } catch (error) {
          throw new Error(`${JSON.stringify(options)}: ${String(error)}`, { cause: error });
        }
      }
    },
  );

  async function check(options: CreateOptions): Promise<void> {
    const { provider, template, token } = options;
    const made = await files(options).catch((error: unknown) => error);
    const name = [provider, template, token].join(" ");
    if (made instanceof CliError) {
      refused.push(name);
      expect(made.message).toMatch(/\.$/);
      expect(made.cure).toMatch(/--(provider|token|template)/);
      return;
    }
    works.push(name);
    const { plan, texts } = made as Awaited<ReturnType<typeof files>>;
    const env = parseEnv(texts.get(".env.example") ?? "") as Record<string, string>;
    expect(env["PORT"]).toBe("8080");
    if (!FROM_ENV.includes(plan.template)) return;
    startsWith(plan.template, env);
    if (token !== undefined) {
      const preset = REGISTRY.find(({ id }) => id === provider)?.validates;
      const introspects = env["OAUTH_TOKEN_TYPE"] === "introspection" || preset === "introspection";
      expect(introspects).toBe(token === "introspection");
    }
    startsUnderDev(plan.template, env);
    if (plan.template === "serverless") startsWith("serverless", samEnvironment(texts));
  }

  it("is decided both ways, and no provider is without a way", () => {
    expect(refused.length).toBeGreaterThan(100);
    for (const { id } of PROVIDERS)
      expect(works.some((name) => name.startsWith(`${id} `))).toBe(true);
    for (const template of templateNames()) {
      expect(works.some((name) => name.split(" ")[1] === template)).toBe(true);
    }
  });
});

/** The variables of the function, with what its parameters are by default. */
function samEnvironment(texts: ReadonlyMap<string, string>): Record<string, string> {
  const reference = new Type("!Ref", { kind: "scalar", construct: (id: string) => ({ ref: id }) });
  const schema = DEFAULT_SCHEMA.extend([reference]);
  const sam = load(texts.get("template.yaml"), { schema });
  const { Variables } = sam.Resources.Server.Properties.Environment;
  return Object.fromEntries(
    Object.entries(Variables as Record<string, string | { ref: string }>).map(([name, value]) => {
      if (typeof value === "string") return [name, value];
      const parameter = sam.Parameters[value.ref];
      expect(parameter).toBeDefined();
      return [name, parameter.Default ?? ""];
    }),
  );
}
