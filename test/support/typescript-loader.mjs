import { readFile } from "node:fs/promises";
import { register } from "node:module";
import { fileURLToPath } from "node:url";
import { transform } from "@swc/core";

/*
 * `node --import ./typescript-loader.mjs file.ts`: runs sources as tests run
 * them, in a process of their own and without a build.
 */

// The file registers itself as hooks; the hooks' thread must not do so again.
if (process.env["TYPESCRIPT_LOADER"] === undefined) {
  process.env["TYPESCRIPT_LOADER"] = "1";
  register(import.meta.url);
}

export async function resolve(specifier, context, next) {
  const ours = specifier.startsWith(".") && context.parentURL?.endsWith(".ts");
  return next(ours ? specifier.replace(/\.js$/, ".ts") : specifier, context);
}

export async function load(url, context, next) {
  if (!url.endsWith(".ts")) return next(url, context);
  const { code } = await transform(await readFile(fileURLToPath(url), "utf8"), {
    swcrc: false,
    jsc: { target: "es2022", parser: { syntax: "typescript" } },
    module: { type: "es6" },
    sourceMaps: "inline",
  });
  return { format: "module", source: code, shortCircuit: true };
}
