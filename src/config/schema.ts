import { z } from "zod";
import { ConfigurationError } from "../errors.js";
import { nearest } from "./nearest.js";
import { optionsSchema } from "./options/options-schema.js";
import type { OAuthAuthProviderOptions } from "./options/options.js";

/**
 * Checks the shape of the options: types, ranges and names. What options mean
 * together is checked in `rules.ts`.
 *
 * @throws ConfigurationError that names the option, and the nearest name for one that is unknown
 */
export function parseOptions(value: unknown): OAuthAuthProviderOptions {
  const parsed = optionsSchema.safeParse(value);
  if (parsed.success) return parsed.data as unknown as OAuthAuthProviderOptions;
  const [issue] = flatten(parsed.error.issues);
  if (issue === undefined) throw new ConfigurationError("ERR_OAUTH_OPTION_INVALID", "Bad options.");
  const path = formatPath(issue.path);
  if (issue.code === "unrecognized_keys") {
    const [key = ""] = issue.keys;
    const known = nearest(key, knownKeys(issue.path));
    throw new ConfigurationError(
      "ERR_OAUTH_OPTION_UNKNOWN",
      `Unknown option "${path === "" ? key : `${path}.${key}`}"` +
        (known === undefined ? "; remove it." : `; did you mean "${known}"?`),
    );
  }
  const missing = issue.code === "invalid_type" && issue.received === "undefined";
  throw new ConfigurationError(
    missing ? "ERR_OAUTH_OPTION_MISSING" : "ERR_OAUTH_OPTION_INVALID",
    missing ? `Option "${path}" is missing.` : `Option "${path}": ${issue.message}.`,
  );
}

/** A union's issues hide what is wrong in the alternative that was meant. */
function flatten(issues: readonly z.ZodIssue[]): z.ZodIssue[] {
  return issues.flatMap((issue) => {
    if (issue.code !== "invalid_union") return [issue];
    const deepest = issue.unionErrors
      .map((error) => flatten(error.issues))
      .sort((a, b) => (b[0]?.path.length ?? 0) - (a[0]?.path.length ?? 0))[0];
    return deepest?.[0] !== undefined && deepest[0].path.length > issue.path.length
      ? deepest
      : [{ ...issue, message: "has a value of the wrong type" }];
  });
}

/** The names that are right at a path. */
function knownKeys(path: readonly (string | number)[]): string[] {
  let schema: z.ZodTypeAny = optionsSchema;
  for (const part of path) {
    while (schema instanceof z.ZodOptional) schema = schema.unwrap() as z.ZodTypeAny;
    if (!(schema instanceof z.ZodObject)) return [];
    const shape = schema.shape as Record<string, z.ZodTypeAny>;
    const next = shape[String(part)];
    if (next === undefined) return [];
    schema = next;
  }
  while (schema instanceof z.ZodOptional) schema = schema.unwrap() as z.ZodTypeAny;
  return schema instanceof z.ZodObject ? Object.keys(schema.shape as object) : [];
}

function formatPath(path: readonly (string | number)[]): string {
  return path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`))
    .join("")
    .replace(/^\./, "");
}
