import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";

interface Installed {
  readonly version: string;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
  readonly dev?: boolean;
  readonly peer?: boolean;
  readonly devOptional?: boolean;
  readonly optional?: boolean;
}

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");
const page = read("docs/explanation/dependencies.md");
const manifest = JSON.parse(read("package.json")) as { dependencies: Record<string, string> };
const lock = JSON.parse(read("package-lock.json")) as { packages: Record<string, Installed> };

/** What a user gets, as the lock file has it. */
const runtime = Object.entries(lock.packages)
  .filter(([path, { dev, peer, devOptional, optional }]) => {
    return path !== "" && !(dev || peer || devOptional || optional);
  })
  .map(([path, installed]) => ({ name: path.split("node_modules/").at(-1) ?? "", ...installed }));

describe("the page about dependencies", () => {
  it("names every direct one with its version and a reason", () => {
    const rows = [...page.matchAll(/^\| `([^`]+)` +\| (\S+) +\| \S.*\|$/gm)];
    const direct = Object.keys(manifest.dependencies).map((name) => [
      name,
      lock.packages[`node_modules/${name}`]?.version,
    ]);
    expect(rows.map(([, name, version]) => [name, version])).toEqual(direct);
  });

  it("names all that these bring, and nothing else", () => {
    const text = page.replace(/^\|.*$/gm, "").replace(/\s+/g, " ");
    const brought = [...text.matchAll(/`([^`]+)` (\d+\.\d+\.\d+)/g)].map(
      ([, name, version]) => `${name} ${version}`,
    );
    const direct = new Set(
      Object.keys(manifest.dependencies).map(
        (name) => `${name} ${lock.packages[`node_modules/${name}`]?.version}`,
      ),
    );
    const found = runtime.map(({ name, version }) => `${name} ${version}`);
    expect(brought.sort()).toEqual(found.filter((entry) => !direct.has(entry)).sort());
  });
});

describe("what users install", () => {
  it.each(runtime)("$name $version is pinned by its hash and runs no script", (installed) => {
    expect(installed.integrity).toMatch(/^sha512-/);
    expect(installed.hasInstallScript).toBeUndefined();
  });
});
