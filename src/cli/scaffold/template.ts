import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { writeValue, type TemplateValue } from "./file-syntax.js";

/** A file of a template, filled in. */
export interface TemplateFile {
  /** Target path, relative to the project, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** Values of the placeholders, by name. */
export type TemplateValues = Readonly<Record<string, TemplateValue>>;

/** The same three steps up from src/cli/scaffold and from dist/cli/scaffold. */
const TEMPLATES = fileURLToPath(new URL("../../../templates/", import.meta.url));
/** Files of every template; a template's own file of the same name replaces them. */
const COMMON = "_common";

/** Names of the templates there are. */
export function templateNames(): string[] {
  return readdirSync(TEMPLATES)
    .filter((name) => !name.startsWith("_"))
    .sort();
}

/**
 * The files of a template with its placeholders filled in. `package.json` comes
 * as the parts to be merged into the project's own, the common part first.
 *
 * @throws Error for a placeholder without a value: a bug in the template
 */
export function readTemplate(
  name: string,
  values: TemplateValues,
): { readonly files: TemplateFile[]; readonly packageJson: Record<string, unknown>[] } {
  const files = new Map<string, string>();
  const packageJson: Record<string, unknown>[] = [];
  for (const folder of [COMMON, name].map((part) => join(TEMPLATES, part))) {
    for (const path of filesIn(folder)) {
      const text = fillIn(readFileSync(join(folder, path), "utf8"), values, `${name}/${path}`);
      const target = targetOf(path);
      if (target === "package.json") packageJson.push(JSON.parse(text) as Record<string, unknown>);
      else files.set(target, text);
    }
  }
  return { files: [...files].map(([path, text]) => ({ path, text })), packageJson };
}

/**
 * @param path decides how values are escaped
 * @throws Error for a placeholder without a value
 */
export function fillIn(text: string, values: TemplateValues, path: string): string {
  return text.replace(/\{\{([^{}]*)\}\}/g, (_, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) throw new Error(`Template ${path}: no value for {{${name}}}.`);
    return writeValue(value, path);
  });
}

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
}

/**
 * `_gitignore` becomes `.gitignore`: npm gives files of that name, and
 * package.json, a meaning of its own when it packs.
 */
function targetOf(path: string): string {
  if (path === "_package.json") return "package.json";
  return path.replace(/(^|\/)_(?=[^/]*$)/, "$1.");
}
