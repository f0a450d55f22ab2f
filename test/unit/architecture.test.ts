import { readdirSync, readFileSync } from "node:fs";
import { join, posix, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "@jest/globals";

/*
 * Holds the directions of docs/explanation/architecture.md: reads what every
 * file of src/ imports, and names the file that goes the wrong way.
 */

const SOURCE = fileURLToPath(new URL("../../src", import.meta.url));

interface Import {
  readonly file: string;
  /** A path below src/ for our own files, otherwise the name as written. */
  readonly from: string;
  readonly names: string;
}

const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
  .map((path) => path.split(sep).join("/"))
  .filter((path) => path.endsWith(".ts"));

/** Static imports, re-exports and `import()` alike. */
function importsOf(file: string): Import[] {
  const text = readFileSync(join(SOURCE, file), "utf8").replace(
    /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm,
    "",
  );
  const clauses = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\s+([^;"']*?)\s*from\s*["']([^"']+)["']|import\s*\(?\s*["']([^"']+)["']/g,
  );
  return [...clauses].map(([, names = "", from, bare]) => {
    const name = from ?? bare ?? "";
    const path = name.startsWith(".") ? posix.join(posix.dirname(file), name) : name;
    return { file, names, from: path.replace(/\.js$/, ".ts") };
  });
}

const imports = files.flatMap(importsOf);

/** `file → import` for every import that breaks a rule. */
function offenders(breaks: (entry: Import) => boolean): string[] {
  return imports.filter(breaks).map(({ file, from }) => `${file} → ${from}`);
}

const within =
  (...places: readonly string[]) =>
  (path: string) =>
    places.some((place) => (place.endsWith("/") ? path.startsWith(place) : path === place));

const ENTRY_POINTS = within("index.ts", "redis.ts");
/** What uses the library from outside, through its public names. */
const OUTSIDE = within("testing/", "authorization-server/", "cli/", "demo/", "templates/");
const STANDING_IN_THE_FRAMEWORK = within(
  "framework/",
  "providers/",
  "options/",
  "wiring/",
  "oauth-auth-provider.ts",
);

/** Folders with one file per row (an option group, a provider), which grow with their rows. */
const REGISTRIES = new Set(["options", "providers"]);

/** Groups of files that import each other, by Tarjan's algorithm. */
function circles(): string[][] {
  const graph = new Map(
    files.map((file) => [
      file,
      imports.filter((entry) => entry.file === file).map(({ from }) => from),
    ]),
  );
  const found: string[][] = [];
  const order = new Map<string, number>();
  const path: string[] = [];
  const visit = (file: string): number => {
    order.set(file, order.size);
    let lowest = order.size - 1;
    path.push(file);
    for (const next of graph.get(file) ?? []) {
      if (!graph.has(next)) continue;
      if (!order.has(next)) lowest = Math.min(lowest, visit(next));
      else if (path.includes(next)) lowest = Math.min(lowest, order.get(next) ?? lowest);
    }
    if (lowest === order.get(file)) {
      const circle = path.splice(path.indexOf(file));
      if (circle.length > 1) found.push(circle);
    }
    return lowest;
  };
  for (const file of files) if (!order.has(file)) visit(file);
  return found;
}

describe("the architecture", () => {
  it("is read from files that import something", () => {
    expect(files.length).toBeGreaterThan(50);
    expect(imports.map(({ from }) => from)).toEqual(
      expect.arrayContaining(["mcp-framework", "node:crypto", "core/errors.ts", "ioredis"]),
    );
  });

  it("touches mcp-framework in framework/, options/, providers/, wiring/ and the provider only", () => {
    const allowed = (file: string) => STANDING_IN_THE_FRAMEWORK(file) || OUTSIDE(file);
    expect(
      offenders(({ file, from }) => /^mcp-framework(\/|$)/.test(from) && !allowed(file)),
    ).toEqual([]);
  });

  it("leaves the process through net/ only", () => {
    const ways = /^(node:)?(https?|http2|net|tls|dgram)$|^(undici|axios|node-fetch|got)(\/|$)/;
    // Listening and describing requests is no way out; types leave nothing either.
    const harmless = /^type\b|^\{\s*(type\s+\w+,?\s*)+\}$/;
    expect(
      offenders(
        ({ file, from, names }) =>
          ways.test(from) && !harmless.test(names) && !within("net/")(file) && !OUTSIDE(file),
      ),
    ).toEqual([]);
    const calls = files
      .filter((file) => !within("net/")(file) && !OUTSIDE(file))
      .filter((file) => /(?<![.\w])fetch\(|globalThis\.fetch/.test(codeOf(file)));
    // These call the fetch they were given, which `net/` made.
    expect(
      calls.filter((file) => !/\bfetch\b[^;]*OutboundFetch|\{ fetch/.test(codeOf(file))),
    ).toEqual([]);
  });

  it("keeps the resource server free of what is built around it", () => {
    expect(offenders(({ file, from }) => !OUTSIDE(file) && OUTSIDE(from))).toEqual([]);
  });

  it("keeps the authorization server separate: it shares only primitives, stores and the network", () => {
    const own = within("authorization-server/");
    const shared = within("authorization-server/", "core/", "stores/", "net/", "limits/");
    // Reads variables by the rows of the options.
    const reader = within("authorization-server/from-environment.ts");
    const rows = within("options/authorization-server.ts", "options/environment/");
    expect(
      offenders(
        ({ file, from }) =>
          own(file) &&
          from.endsWith(".ts") &&
          !shared(from) &&
          !(reader(file) && (rows(from) || from === "options/server.ts")),
      ),
    ).toEqual([]);
  });

  it("lets data flow one way: plain types, then parts, then validators, then decisions", () => {
    const floors: readonly (readonly [string, (path: string) => boolean])[] = [
      ["plain types", within("core/")],
      [
        "parts",
        within(
          "binding/",
          "credentials/",
          "discovery/",
          "jose/",
          "keys/",
          "limits/",
          "messages/",
          "net/",
          "policy/",
          "revocation/",
          "sessions/",
          "stores/",
          "telemetry/",
        ),
      ],
      ["validators", within("validators/")],
      ["mechanics of HTTP", within("http/")],
      ["gate", within("gate/")],
      ["framework", within("framework/")],
      ["options and wiring", within("options/", "providers/", "secrets/", "wiring/")],
      ["provider", within("oauth-auth-provider.ts")],
      ["public names", ENTRY_POINTS],
      ["outside", OUTSIDE],
    ];
    const floorOf = (path: string) => floors.findIndex(([, holds]) => holds(path));
    expect(files.filter((file) => floorOf(file) < 0)).toEqual([]);
    expect(
      offenders(({ file, from }) => from.endsWith(".ts") && floorOf(from) > floorOf(file)),
    ).toEqual([]);
  });

  it("has no import cycles, including imports of types", () => {
    expect(circles().map((circle) => circle.join(" → "))).toEqual([]);
  });

  it("keeps folders small", () => {
    const sizes = new Map<string, number>();
    for (const file of files) {
      const folder = posix.dirname(file);
      sizes.set(folder, (sizes.get(folder) ?? 0) + 1);
    }
    const large = [...sizes].filter(([folder, size]) => size > 12 && !REGISTRIES.has(folder));
    expect(large.map(([folder, size]) => `${folder}: ${size} files`)).toEqual([]);
  });

  it("gives each type a name of its own", () => {
    const homes = new Map<string, string[]>();
    for (const file of files) {
      const declared = /^export (?:abstract )?(?:interface|type|class|enum) (\w+)/gm;
      for (const [, name = ""] of codeOf(file).matchAll(declared)) {
        homes.set(name, [...(homes.get(name) ?? []), file]);
      }
    }
    expect([...homes].filter(([, places]) => places.length > 1)).toEqual([]);
  });

  it("gives each primitive one home", () => {
    const declared =
      /\b(?:function|const) (isLoopback\w*|isTime|sha256\w*|isSameText|\w+_ALGORITHMS)\b/g;
    const homes = files.flatMap((file) =>
      [...codeOf(file).matchAll(declared)].map(([, name]) => `${name} in ${file}`),
    );
    expect(homes.filter((home) => !home.includes(" in core/"))).toEqual([
      // The two `isLoopbackAuthority` read a `Host` header and ask `isLoopbackHost` about the name in it.
      "ID_TOKEN_ALGORITHMS in authorization-server/provider-configuration.ts",
      "isLoopbackAuthority in gate/admission.ts",
      "isLoopbackAuthority in authorization-server/http/listener.ts",
    ]);
  });

  it("reads NODE_ENV in one place", () => {
    expect(files.filter((file) => /env\b\W{0,4}NODE_ENV/.test(codeOf(file)))).toEqual([
      "core/production.ts",
    ]);
  });

  it("promises names one by one", () => {
    expect(files.filter((file) => /export\s*\*/.test(codeOf(file)))).toEqual([]);
  });
});

function codeOf(file: string): string {
  return readFileSync(join(SOURCE, file), "utf8").replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
}

describe("a test", () => {
  it("of a file is in the folder of the same name", () => {
    const unit = fileURLToPath(new URL(".", import.meta.url));
    const folders = new Set(files.map((file) => posix.dirname(file)));
    const lost = readdirSync(unit, { recursive: true, encoding: "utf8" })
      .map((path) => path.split(sep).join("/"))
      .filter((path) => path.endsWith(".test.ts"))
      .filter((path) => !folders.has(posix.dirname(path)) && !path.startsWith("docs/"));
    expect(lost).toEqual([]);
  });

  it("that loads nock puts Node's own http back, which all test files of a process share", () => {
    const root = fileURLToPath(new URL("..", import.meta.url));
    const careless = readdirSync(root, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".test.ts"))
      .filter((path) => {
        const text = readFileSync(join(root, path), "utf8");
        const loads = /from "(?:nock|[./]+\/support\/recorded-provider\.js)"/.test(text);
        return loads && !text.includes("nock.restore()");
      });
    expect(careless).toEqual([]);
  });
});
