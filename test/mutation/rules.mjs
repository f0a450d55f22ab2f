import { readdirSync } from "node:fs";

/**
 * Rules and the one-line change that would break each: a file a subject in `rules/`.
 *
 * @typedef {object} Rule
 * @property {string} rule what must hold, in a sentence
 * @property {string} file source file that holds it
 * @property {string} from text of that file, exactly once in it
 * @property {string} to what an attacker, or a careless edit, would make of it
 * @property {string[]} tests test files, one of which fails on the change
 */
const names = readdirSync(new URL("rules/", import.meta.url)).filter((name) =>
  name.endsWith(".mjs"),
);
const files = await Promise.all(names.sort().map((name) => import(`./rules/${name}`)));

/** @type {Rule[]} */
export const RULES = files.flatMap((file) => file.default);
