import { createRequire } from "node:module";
import { describe, expect, it } from "@jest/globals";
import { makeCreatePlan, templateValues } from "../../../../src/cli/scaffold/create-plan.js";
import { mergePackageJson } from "../../../../src/cli/scaffold/merge-package-json.js";
import { peerOf } from "../../../../src/http/peer.js";
import { parseAddressRanges } from "../../../../src/net/client-address.js";
import { fillIn, readTemplate, templateNames } from "../../../../src/cli/scaffold/template.js";

// It comes without types.
const { load, DEFAULT_SCHEMA, Type } = createRequire(import.meta.url)("js-yaml");

async function template(name: string) {
  const plan = await makeCreatePlan("demo", { template: name, yes: true }, undefined);
  const { files, packageJson } = readTemplate(name, templateValues(plan, "demo", "1.2.3"));
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  return { texts, packageJson: packageJson.reduce(mergePackageJson, {}) };
}

const text = async (name: string, path: string) => (await template(name)).texts.get(path) ?? "";

describe.each(templateNames())("the template %s", (name) => {
  it("has what every project needs", async () => {
    const { texts } = await template(name);
    expect([...texts.keys()]).toEqual(
      expect.arrayContaining([
        ".env.example",
        ".gitignore",
        "README.md",
        "src/index.ts",
        "src/tools/ExampleTool.ts",
        "test/server.test.js",
        "tsconfig.json",
      ]),
    );
    expect(texts.get(".gitignore")).toMatch(/^\.env$/m);
    expect(texts.get("src/tools/ExampleTool.ts")).toMatch(/scopes = \["/);
  });

  it("leaves no placeholder", async () => {
    const { texts } = await template(name);
    for (const content of texts.values()) expect(content).not.toMatch(/\{\{|\}\}/);
  });

  it("depends on whatever it imports", async () => {
    const { texts, packageJson } = await template(name);
    const declared = Object.keys({
      ...(packageJson["dependencies"] as object),
      ...(packageJson["devDependencies"] as object),
      // Of the framework's own package.json.
      "mcp-framework": "",
    });
    for (const [path, content] of texts) {
      if (!/\.[jt]s$/.test(path)) continue;
      for (const [, specifier = ""] of content.matchAll(/from "([^".][^"]*)"/g)) {
        if (specifier.startsWith("node:")) continue;
        const packageName = /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0];
        expect(declared).toContain(packageName);
      }
    }
  });

  it("explains every variable it reads", async () => {
    const { texts } = await template(name);
    const example = texts.get(".env.example") ?? "";
    for (const [path, content] of texts) {
      if (!path.startsWith("src/")) continue;
      for (const [, variable = ""] of content.matchAll(/process\.env\.([A-Z0-9_]+)/g)) {
        // Two that only the Compose file sets.
        if (["HOST", "TRUSTED_PROXIES"].includes(variable)) continue;
        expect(example).toMatch(new RegExp(`^${variable}=`, "m"));
      }
    }
  });
});

describe("the template redis", () => {
  it("has a Compose file in which everything has its place", async () => {
    const compose = load(await text("redis", "compose.yaml")) as {
      services: Record<string, Record<string, any>>;
    };
    const { services } = compose;
    expect(Object.keys(services).sort()).toEqual(["proxy", "redis", "server-1", "server-2"]);
    expect(services["server-2"]).toEqual(services["server-1"]);
    expect(services["server-1"]!["environment"].REDIS_URL).toBe("redis://redis:6379");
    // Only the proxy is reachable from outside.
    const open = Object.keys(services).filter((name) => services[name]!["ports"] !== undefined);
    expect(open).toEqual(["proxy"]);
    // A marker that is evicted lets a proof in again.
    expect(services["redis"]!["command"]).toContain("noeviction");
  });

  it("believes its proxy that a client came by https, and nobody else", async () => {
    const compose = load(await text("redis", "compose.yaml")) as any;
    const { NODE_ENV, TRUSTED_PROXIES } = compose.services["server-1"].environment;
    expect(NODE_ENV).toBe("production");
    expect(await text("redis", "src/index.ts")).toMatch(/trustedProxies: proxies/);
    const nginx = await text("redis", "nginx.conf");
    expect(nginx).toMatch(/map \$http_x_forwarded_proto \$client_scheme \{/);
    const headers = Object.fromEntries(
      [...nginx.matchAll(/proxy_set_header (\S*Forwarded\S*) "?([^";]*)"?;/g)].map(
        ([, name = "", value = ""]) => [
          name.toLowerCase(),
          value.replace("$remote_addr", "203.0.113.7").replace("$client_scheme", "https"),
        ],
      ),
    );
    const trusted = parseAddressRanges(TRUSTED_PROXIES.split(","));
    expect(peerOf({ remoteAddress: "172.18.0.4", headers }, trusted)).toEqual({
      address: "203.0.113.7",
      encrypted: true,
      unknownProxy: false,
    });
    expect(peerOf({ remoteAddress: "198.51.100.9", headers }, trusted)).toMatchObject({
      encrypted: false,
      unknownProxy: true,
    });
  });

  it("has a proxy that knows both processes and keeps a client at one", async () => {
    const nginx = await text("redis", "nginx.conf");
    expect([...nginx.matchAll(/^ +server (server-\d):8080;$/gm)].map(([, name]) => name)).toEqual([
      "server-1",
      "server-2",
    ]);
    expect(nginx).toMatch(/hash \$remote_addr consistent;/);
    expect(nginx).toContain("proxy_buffering off;");
    expect(nginx.split("{")).toHaveLength(nginx.split("}").length);
  });
});

describe("the template serverless", () => {
  it("has a SAM template that names the handler", async () => {
    const intrinsic = new Type("!Ref", { kind: "scalar" });
    const schema = DEFAULT_SCHEMA.extend([intrinsic]);
    const sam = load(await text("serverless", "template.yaml"), { schema });
    expect(sam.Resources.Server.Properties.Handler).toBe("dist/lambda.handler");
    expect(sam.Resources.Server.Properties.Environment.Variables.NODE_ENV).toBe("production");
  });
});

describe("a placeholder", () => {
  it("is filled in, whatever the value holds", () => {
    expect(fillIn("a {{x}} b", { x: "$& {{y}}" }, "t")).toBe("a $& {{y}} b");
  });

  it.each(["missing", "constructor", ""])("named %j without a value is an error", (name) => {
    expect(() => fillIn(`{{${name}}}`, {}, "t")).toThrow(/no value/);
  });
});
