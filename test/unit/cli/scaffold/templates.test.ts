import { createRequire } from "node:module";
import { describe, expect, it } from "@jest/globals";
import { VARIABLES } from "../../../../src/options/environment/variables.js";
import { makeCreatePlan, templateValues } from "../../../../src/cli/scaffold/create-plan.js";
import { mergePackageJson } from "../../../../src/cli/scaffold/merge-package-json.js";
import { fillIn, readTemplate, templateNames } from "../../../../src/cli/scaffold/template.js";

const KNOWN = VARIABLES.map((variable): string => variable.name);

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

  it("depends on every package it imports", async () => {
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
        if (variable !== "HOST") expect(example).toMatch(new RegExp(`^${variable}=`, "m"));
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
    const { environment, env_file, build, depends_on } = services["server-1"]!;
    expect(environment.OAUTH_REDIS_URL).toBe("redis://redis:6379");
    // What Compose sets wins over .env, which holds the rest.
    expect(env_file).toBe(".env");
    for (const name of Object.keys(environment as object)) {
      expect([...KNOWN, "NODE_ENV", "HOST", "PORT"]).toContain(name);
    }
    expect(Object.keys(depends_on as object)).toEqual(["redis"]);
    const { texts } = await template("redis");
    expect(build).toBe(".");
    for (const volume of services["proxy"]!["volumes"] as string[]) {
      expect([...texts.keys()]).toContain(/^\.\/([^:]+):/.exec(volume)?.[1]);
    }
    const copied = [...(texts.get("Dockerfile") ?? "").matchAll(/^COPY (?!--from)(.+) \S+$/gm)]
      .flatMap(([, sources = ""]) => sources.split(" "))
      .map((source) => source.replace("*", ""));
    const files = [...texts.keys(), "package.json"];
    for (const source of copied) {
      expect(
        files.some((file) => file === source || file.startsWith(source.replace(/\.json$/, ""))),
      ).toBe(true);
    }
    // Only the proxy is reachable from outside.
    const open = Object.keys(services).filter((name) => services[name]!["ports"] !== undefined);
    expect(open).toEqual(["proxy"]);
    // A marker that is evicted lets a proof in again.
    expect(services["redis"]!["command"]).toContain("noeviction");
  });

  it("has a proxy that knows both processes and keeps a client at one", async () => {
    const nginx = await text("redis", "nginx.conf");
    expect([...nginx.matchAll(/^ +server (server-\d):8080;$/gm)].map(([, name]) => name)).toEqual([
      "server-1",
      "server-2",
    ]);
    expect(nginx).toMatch(/hash \$remote_addr consistent;/);
    expect(nginx).toContain("proxy_buffering off;");
    // The processes believe these, so none may come through as the client wrote it.
    for (const header of [
      "Forwarded",
      "X-Forwarded-For",
      "X-Forwarded-Host",
      "X-Forwarded-Proto",
    ]) {
      expect(nginx).toMatch(new RegExp(`proxy_set_header ${header} ("|\\$(remote_addr|scheme);)`));
    }
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
  it("is filled in, for any value", () => {
    expect(fillIn("a {{x}} b", { x: "$& {{y}}" }, "t.ts")).toBe('a "$& {{y}}" b');
  });

  it.each(["missing", "constructor", ""])("named %j without a value is an error", (name) => {
    expect(() => fillIn(`{{${name}}}`, {}, "t")).toThrow(/no value/);
  });
});
