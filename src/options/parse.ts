import { z } from "zod";
import { ConfigurationError } from "../core/errors.js";
import { withEmbeddedIssuer } from "./embedded-issuer.js";
import { nearest } from "./nearest.js";
import { optionsSchema, type OAuthAuthProviderOptions, type ParsedOptions } from "./options.js";
import { bare } from "./row.js";
import { checkRules } from "./rules/rules.js";
import { resolveSettings, type Settings } from "./settings.js";
import { PRESENT_BUT_UNDEFINED } from "./undefined-option.js";

/**
 * Checks options, each by its row and together by the rules, and fills in defaults.
 *
 * @throws ConfigurationError with the option and the fix; for an unknown option, with the most similar name
 */
export function parseOptions(value: unknown): Settings {
  const parsed = parseRows(withEmbeddedIssuer(value));
  // The schema has accepted the value.
  checkRules(parsed, value as OAuthAuthProviderOptions);
  return resolveSettings(parsed);
}

/** Checks types, ranges and names. @throws ConfigurationError */
function parseRows(value: unknown): ParsedOptions {
  const parsed = optionsSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = flatten(parsed.error.issues);
  // A misspelt name explains why another one is missing, so it comes first.
  const issue = issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0];
  if (issue === undefined)
    throw new ConfigurationError("ERR_OAUTH_OPTION_INVALID", "The options are invalid.");
  const path = formatPath(issue.path);
  if (issue.code === "unrecognized_keys") {
    const [key = ""] = issue.keys;
    const known = nearest(key, knownKeys(value, issue.path));
    throw new ConfigurationError(
      "ERR_OAUTH_OPTION_UNKNOWN",
      `Unknown option "${path === "" ? key : `${path}.${key}`}"` +
        (known === undefined ? "; remove it." : `; did you mean "${known}"?`),
    );
  }
  const found = valueAt(value, issue.path);
  const isMissing = found === undefined;
  const name = path === "" ? "The options" : `Option "${path}"`;
  throw new ConfigurationError(
    isMissing ? "ERR_OAUTH_OPTION_MISSING" : "ERR_OAUTH_OPTION_INVALID",
    isMissing
      ? `${name} ${path === "" ? "are" : "is"} missing${fixFor(path, issue)}.` +
          (isPresent(value, issue.path) ? ` It ${PRESENT_BUT_UNDEFINED}` : "")
      : `${name}: ${problemOf(issue, found)}`,
  );
}

/** Explanations of the options that are always required. */
const REQUIRED: Readonly<Record<string, string>> = {
  "": "at least { resource, authorizationServers } is needed",
  resource:
    'it is the URL that clients use to reach this server, as in "https://mcp.example.com/mcp"',
  authorizationServers: 'it lists the issuers you trust, as in ["https://auth.example.com"]',
};

function fixFor(path: string, issue: z.ZodIssue): string {
  const choices = choicesOf(issue);
  const fix =
    REQUIRED[path] ??
    (choices && `it ${mustBe(choices)}`) ??
    (issue.code === "custom" && `it ${issue.message}`);
  return fix === false ? "" : `; ${fix}`;
}

/** zod's message, or the allowed values. The value itself is not repeated: it may be a secret. */
function problemOf(issue: z.ZodIssue, found: unknown): string {
  const choices = choicesOf(issue);
  if (choices === undefined) return `${issue.message}.`;
  const meant = typeof found === "string" ? nearest(found, choices) : undefined;
  return mustBe(choices) + (meant === undefined ? "." : `; did you mean "${meant}"?`);
}

function choicesOf(issue: z.ZodIssue): readonly string[] | undefined {
  const isChoice =
    issue.code === "invalid_enum_value" || issue.code === "invalid_union_discriminator";
  return isChoice ? issue.options.map(String) : undefined;
}

function mustBe(choices: readonly string[]): string {
  return `must be ${choices.map((choice) => JSON.stringify(choice)).join(" or ")}`;
}

function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (current, part) => (current as Record<string, unknown> | null | undefined)?.[String(part)],
    value,
  );
}

function isPresent(value: unknown, path: readonly (string | number)[]): boolean {
  const parent = valueAt(value, path.slice(0, -1));
  const last = path.at(-1);
  return typeof parent === "object" && parent !== null && last !== undefined && last in parent;
}

/** The issues of a union, narrowed to the alternative that the value was meant for. */
function flatten(issues: readonly z.ZodIssue[]): z.ZodIssue[] {
  return issues.flatMap((issue) => {
    if (issue.code !== "invalid_union") return [issue];
    const alternatives = issue.unionErrors
      .map((error) => flatten(error.issues))
      .filter(([first]) => !isOtherKind(first, issue.path));
    const [only] = alternatives;
    return alternatives.length === 1 && only !== undefined
      ? only
      : [{ ...issue, message: "has a value of the wrong type" }];
  });
}

/** Whether the value has another type than this alternative, for example a list instead of an object. */
function isOtherKind(issue: z.ZodIssue | undefined, path: readonly unknown[]): boolean {
  return issue?.code === "invalid_type" && issue.path.length === path.length;
}

/** The known names at a path, given the value there. */
function knownKeys(value: unknown, path: readonly (string | number)[]): string[] {
  let schemas: z.ZodTypeAny[] = alternatives(optionsSchema, value);
  let current = value;
  for (const part of path) {
    current = (current as Record<string, unknown> | undefined)?.[String(part)];
    schemas = schemas.flatMap((schema) => alternatives(schemaAt(schema, part), current));
  }
  return schemas.flatMap((schema) =>
    schema instanceof z.ZodObject ? Object.keys(schema.shape as object) : [],
  );
}

function schemaAt(schema: z.ZodTypeAny, part: string | number): z.ZodTypeAny | undefined {
  if (schema instanceof z.ZodArray) return schema.element as z.ZodTypeAny;
  if (!(schema instanceof z.ZodObject)) return undefined;
  return (schema.shape as Record<string, z.ZodTypeAny>)[String(part)];
}

/** The unwrapped schemas that may apply; of a union by `type`, the one that `value` names. */
function alternatives(schema: z.ZodTypeAny | undefined, value: unknown): z.ZodTypeAny[] {
  if (schema === undefined) return [];
  const inner = bare(schema);
  if (inner instanceof z.ZodDiscriminatedUnion) {
    const type = (value as { type?: z.Primitive } | undefined)?.type;
    const named = (inner.optionsMap as Map<z.Primitive, z.ZodTypeAny>).get(type);
    return alternatives(named, value);
  }
  if (inner instanceof z.ZodUnion) {
    return (inner.options as z.ZodTypeAny[]).flatMap((option) => alternatives(option, value));
  }
  return [inner];
}

function formatPath(path: readonly (string | number)[]): string {
  return path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`))
    .join("")
    .replace(/^\./, "");
}
