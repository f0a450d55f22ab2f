import { createRequire } from "node:module";
import { parseEnv } from "node:util";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import ts from "typescript";
import { CliError } from "../../../../src/cli/cli-error.js";
import {
  makeCreatePlan,
  templateValues,
  type CreateOptions,
} from "../../../../src/cli/scaffold/create-plan.js";
import {
  codeLiteral,
  envValue,
  markdownText,
  yamlScalar,
} from "../../../../src/cli/scaffold/file-syntax.js";
import { readTemplate, templateNames } from "../../../../src/cli/scaffold/template.js";

// It comes without types.
const { load, DEFAULT_SCHEMA, Type } = createRequire(import.meta.url)("js-yaml");
const SCHEMA = DEFAULT_SCHEMA.extend([new Type("!Ref", { kind: "scalar" })]);

const PLAIN = { issuer: "https://auth.example.com/a", resource: "https://mcp.example.com/a" };

/** Pieces that end a string, a value, a comment or a line in one of the files, or start one. */
const NASTY = [
  ...[
    "'",
    '"',
    "`",
    "\\",
    "\\n",
    "\n",
    "\r",
    "\r\n",
    "\u2028",
    "\u2029",
    "\u0085",
    "\0",
    "\x1b[2J",
  ],
  ...[
    "${",
    "${process.exit(1)}",
    "$HOME",
    "$$",
    "$&",
    "#",
    " #",
    " ",
    "  ",
    "\t",
    "\ufeff",
    "\u202e",
  ],
  ...[
    "{{name}}",
    "{{",
    "}}",
    "<script>",
    "-->",
    "*/",
    "//",
    "---",
    ": ",
    "- ",
    "&a",
    "*a",
    "!Ref",
    "|",
  ],
  ...[
    "=",
    ";",
    "%",
    "%0A",
    "%zz",
    "é",
    "日本",
    "\ud800",
    "\u{1f600}",
    "@",
    "?",
    "[",
    "]",
    "x",
    "A=B",
  ],
  ...[
    '"; process.exit(1); //',
    "\nOAUTH_STATIC_TOKENS=x",
    "'\nA=B\n'",
    '"\n  Evil:\n    Type: String',
  ],
];
const nasty = fc
  .array(fc.oneof(fc.constantFrom(...NASTY), fc.string({ unit: "binary", maxLength: 3 })), {
    maxLength: 5,
  })
  .map((pieces) => pieces.join(""));
/** Of these, all are legal in a path. */
const legal = fc
  .array(fc.constantFrom(..."$&'()*+,;=:@!-._~/%".split(""), "%0A", "--", "x", "A=B"))
  .map((pieces) => pieces.join(""));
const url = (origin: string) =>
  fc.oneof(
    legal.map((text) => `${origin}/${text}`),
    nasty.map((text) => `${origin}/${text}`),
    nasty.map((text) => `${origin}${text}`),
    nasty.map((text) => `${text}${origin}`),
    nasty,
  );

const CASES = templateNames().flatMap((template) =>
  ["other", "auth0", "zitadel", "embedded"].map((provider) => ({ template, provider })),
);

interface Made {
  readonly texts: ReadonlyMap<string, string>;
  readonly isConfigured: boolean;
}

async function make(name: string, options: CreateOptions): Promise<Made | undefined> {
  try {
    const plan = await makeCreatePlan(name, { ...options, yes: true }, undefined);
    const { files, packageJson } = readTemplate(plan.template, templateValues(plan, name, "1.2.3"));
    const texts = new Map(files.map(({ path, text }) => [path, text]));
    packageJson.forEach((part, index) => texts.set(`${index}.json`, JSON.stringify(part)));
    return { texts, isConfigured: plan.isConfigured };
  } catch (error) {
    if (error instanceof CliError) return undefined;
    throw error;
  }
}

/** What a file says, with the answers taken out: the same for every answer. */
function shapeOf(path: string, text: string, answers: readonly string[]): unknown {
  const hide = (value: unknown) => (answers.includes(String(value)) ? "(answer)" : value);
  if (/\.[jt]s$/.test(path)) return syntaxTree(path, text).map(hide);
  if (/\.ya?ml$/.test(path))
    return JSON.parse(JSON.stringify(load(text, { schema: SCHEMA }), (_, v) => hide(v)));
  if (/^\.env/.test(path))
    return Object.entries(parseEnv(text)).map(([name, value]) => [name, hide(value)]);
  return text
    .split("\n")
    .map((line) => answers.reduce((rest, a) => rest.replaceAll(a, "(answer)"), line));
}

/** Kinds of all nodes, and the values of literals. */
function syntaxTree(path: string, text: string): unknown[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest);
  expect((source as unknown as { parseDiagnostics: unknown[] }).parseDiagnostics).toEqual([]);
  const nodes: unknown[] = [];
  const visit = (node: ts.Node): void => {
    nodes.push(ts.SyntaxKind[node.kind]);
    if (ts.isStringLiteralLike(node)) nodes.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return nodes;
}

describe("the files that create writes, for any answers", () => {
  let accepted = 0;
  const refused: string[] = [];

  it.each(CASES)("parses to the answers or is refused: $template, $provider", async (options) => {
    const plain = await make("demo", { ...options, ...PLAIN });
    // The combination itself is refused.
    if (plain === undefined) return;
    await fc.assert(
      fc.asyncProperty(
        url("https://issuer.test"),
        url("https://resource.test"),
        async (issuer, resource) => {
          const made = await make("demo", { ...options, issuer, resource });
          if (made === undefined) {
            refused.push(issuer);
            return;
          }
          accepted++;
          expect([...made.texts.keys()]).toEqual([...plain.texts.keys()]);
          for (const [path, text] of made.texts) {
            expect([path, shapeOf(path, text, [issuer, resource])]).toEqual([
              path,
              shapeOf(path, plain.texts.get(path) ?? "", [PLAIN.issuer, PLAIN.resource]),
            ]);
          }
          const env = parseEnv(made.texts.get(".env.example") ?? "");
          expect(env["OAUTH_RESOURCE"]).toBe(resource);
          expect(env["OAUTH_ISSUER"]).toBe(issuer);
        },
      ),
      { numRuns: 150 },
    );
  });

  it("was tried both ways", () => {
    expect(accepted).toBeGreaterThan(100);
    expect(refused.length).toBeGreaterThan(100);
  });

  it("refuses every name that is more than letters, digits and hyphens", async () => {
    await fc.assert(
      fc.asyncProperty(nasty, async (name) => {
        const made = await make(name, { ...PLAIN });
        expect(made !== undefined).toBe(/^[a-z0-9][a-z0-9-]*$/.test(name));
      }),
    );
  });

  it.each<[string, CreateOptions, boolean]>([
    ["an issuer that ends a string", { issuer: 'https://a.example/";process.exit();"' }, false],
    ["a resource with a second line", { resource: "https://a.example/mcp\nA=B" }, false],
    ["a resource with a line break that URL drops", { resource: "https://a.exam\nple/mcp" }, false],
    ["spaces around a resource", { resource: " https://a.example/mcp " }, false],
    ["a resource with a comment", { resource: "https://a.example/mcp#b" }, false],
    [
      "an issuer on a host that only begins like localhost",
      { issuer: "http://localhost.evil.example" },
      false,
    ],
    ["an issuer with a dollar sign", { issuer: "https://a.example/$a" }, true],
    [
      "an issuer with a quote and no other way to write it",
      { issuer: "https://a.example/'a" },
      false,
    ],
    ["an issuer on this machine", { issuer: "http://localhost:9000" }, true],
  ])("judges %s", async (_, options, isAccepted) => {
    expect((await make("demo", options)) !== undefined).toBe(isAccepted);
  });
});

describe("the template redis, which runs in production", () => {
  const issuer = PLAIN.issuer;
  const asked = (options: CreateOptions) =>
    makeCreatePlan("demo", { template: "redis", ...options }, undefined);

  it("is configured with a public address only", async () => {
    expect(await asked({ ...PLAIN })).toMatchObject({ isConfigured: true });
    expect(await asked({ issuer, yes: true })).toMatchObject({
      isConfigured: false,
      hasIssuer: true,
      resource: expect.stringMatching(/^https:\/\/your-domain/),
    });
  });

  it.each<[string, CreateOptions]>([
    ["no address", { issuer }],
    ["an address on this machine", { issuer, resource: "http://localhost:8080/mcp" }],
    ["an issuer on this machine", { ...PLAIN, issuer: "http://localhost:9000" }],
  ])("refuses %s", async (_, options) => {
    await expect(asked(options)).rejects.toThrow(/production/);
  });
});

describe("a text in a file", () => {
  const text = fc.oneof(nasty, fc.string({ unit: "binary" }));

  it("is a literal of JavaScript that has exactly its value", () => {
    fc.assert(
      fc.property(text, (value) => {
        const source = ts.createSourceFile(
          "a.ts",
          `f(${codeLiteral(value)});`,
          ts.ScriptTarget.ES5,
        );
        const statement = source.statements[0] as ts.ExpressionStatement;
        const [argument, ...rest] = (statement.expression as ts.CallExpression).arguments;
        expect(source.statements).toHaveLength(1);
        expect([(argument as ts.StringLiteral).text, rest]).toEqual([value, []]);
      }),
    );
  });

  it("is a scalar of YAML that has exactly its value", () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(load(`a: ${yamlScalar(value)}\nb: 1`)).toEqual({ a: value, b: 1 });
      }),
    );
  });

  it("is a value of .env that reads back exactly, or is refused", () => {
    fc.assert(
      fc.property(text, (value) => {
        let written: string;
        try {
          written = envValue(value);
        } catch (error) {
          expect(error).toBeInstanceOf(CliError);
          return;
        }
        expect(parseEnv(`A=${written}\nB=1`)).toEqual({ A: value, B: "1" });
        // Docker Compose replaces variables everywhere else.
        if (value.includes("$")) expect(written).toMatch(/^'[^']*'$/);
      }),
    );
  });

  it("is a code span of Markdown, or is refused", () => {
    expect(markdownText("https://a.example/a_b*c")).toBe("https://a.example/a_b*c");
    for (const bad of ["a`b", "a\nb", "<a>", "\u202e"]) {
      expect(() => markdownText(bad)).toThrow(CliError);
    }
  });
});
