import { CliError } from "../cli-error.js";

/** Text that is syntax of the file it goes into: written as it is. Never make one of an answer. */
export class Fragment {
  constructor(readonly text: string) {}
}

/** The value of a placeholder. A string is data: it is escaped for the file it goes into. */
export type TemplateValue = string | number | Fragment;

/**
 * `value` as a file of this name writes it, so that the file's parser reads
 * back exactly the same text.
 *
 * @throws CliError for a text that the file cannot hold
 */
export function writeValue(value: TemplateValue, path: string): string {
  if (value instanceof Fragment) return value.text;
  if (typeof value === "number") return String(value);
  const name = path.slice(path.lastIndexOf("/") + 1);
  const syntax = SYNTAXES.find(({ files }) => files.test(name));
  if (syntax === undefined) throw new Error(`${path}: no syntax is known to write a text in.`);
  return syntax.write(value);
}

/** A string literal of JavaScript, TypeScript or JSON, quotes included. */
export function codeLiteral(text: string): string {
  // Separators of lines in JavaScript's old grammar, which some tools still go by.
  return JSON.stringify(text).replace(
    /[\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16)}`,
  );
}

/** A scalar of YAML: JSON's strings are YAML's double-quoted ones, controls escaped. */
export function yamlScalar(text: string): string {
  return codeLiteral(text).replace(
    /[\x7f-\x9f\ufeff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/**
 * The value of a variable in `.env`, as Node, dotenv and Docker Compose read it
 * alike. They agree on no escape, and Compose replaces `$` outside single quotes.
 */
export function envValue(text: string): string {
  if (/^[\w.~:/?[\]@!&()*+,;=%-]*$/.test(text)) return text;
  if (/^[\x20-\x7e]*$/.test(text) && !/['\\]/.test(text)) return `'${text}'`;
  throw cannotHold("A .env file", text);
}

/** Text of a paragraph, a heading or a code span of Markdown. */
export function markdownText(text: string): string {
  // A code span takes everything literally but its own end, and has no escapes.
  if (/^[\x20-\x7e]*$/.test(text) && !/[`<>\\]/.test(text)) return text;
  throw cannotHold("README.md", text);
}

const SYNTAXES: readonly {
  readonly files: RegExp;
  readonly write: (text: string) => string;
}[] = [
  { files: /\.(?:[cm]?[jt]s|json)$/, write: codeLiteral },
  { files: /\.ya?ml$/, write: yamlScalar },
  { files: /^[._]env(?:\.|$)|^_env/, write: envValue },
  { files: /\.md$/, write: markdownText },
];

function cannotHold(file: string, text: string): CliError {
  return new CliError(
    `${file} cannot hold ${JSON.stringify(text)} exactly as it is.`,
    "Percent-encode what is not a letter, a digit or one of / : . - _.",
  );
}
