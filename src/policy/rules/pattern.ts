import { ConfigurationError } from "../../core/errors.js";

/** A compiled pattern. Immutable; safe to share. */
export interface Pattern {
  readonly source: string;
  /** Has no wildcard: matches its own text and nothing else. */
  readonly isLiteral: boolean;
  /** Matches every text there is. */
  readonly isCatchAll: boolean;
  matches(text: string): boolean;
}

/** What may precede a step's literal: nothing, text without a slash, or any text. */
type Gap = "none" | "segment" | "any";

interface Step {
  readonly gap: Gap;
  readonly literal: string;
}

const MAX_PATTERN_LENGTH = 1024;
const MAX_WILDCARDS = 32;

/**
 * A pattern over tool names, prompt names or methods. `*` matches any
 * characters, also none; every other character matches itself.
 *
 * @param path Path of the pattern in the options, for the message.
 * @throws ConfigurationError
 */
export function compileNamePattern(source: string, path: string): Pattern {
  return compile(source, source.split(/(\*+)/), path);
}

/**
 * A pattern over resource URIs.
 *
 * `*` matches any characters including slashes (`**` is the same):
 * a rule for `files://*` must not miss `files://a/b`, because a rule that does
 * not match protects nothing. What stays between two slashes is written as a
 * URI template: `{id}` is any run without a slash, also none (RFC 6570 §3.2.2
 * percent-encodes slashes). An expression with an operator, such as `{+path}`
 * or `{?page}`, is any run. A URI template matches its own text, so one rule
 * holds for `users://{id}` in a list and for `users://7` in a read.
 *
 * URIs are compared as text, as the framework looks them up.
 *
 * @param path Path of the pattern in the options, for the message.
 * @throws ConfigurationError
 */
export function compileUriPattern(source: string, path: string): Pattern {
  const parts = source.split(/(\*+|\{[+#./;?&]?[A-Za-z0-9_%.,:*]+\})/);
  if (parts.some((part, index) => index % 2 === 0 && /[{}]/.test(part))) {
    throw new ConfigurationError(
      "ERR_OAUTH_PATTERN",
      `${path} has a brace that is no URI template expression; write {name}.`,
    );
  }
  return compile(source, parts, path);
}

/** `parts` holds literals at even and wildcards at odd places. */
function compile(source: string, parts: readonly string[], path: string): Pattern {
  if (source === "" || source.length > MAX_PATTERN_LENGTH || parts.length > 2 * MAX_WILDCARDS + 1) {
    throw new ConfigurationError(
      "ERR_OAUTH_PATTERN",
      `${path} must be a pattern of 1 to ${MAX_PATTERN_LENGTH} characters with at most ${MAX_WILDCARDS} wildcards.`,
    );
  }
  const steps: Step[] = [];
  let gap: Gap = "none";
  parts.forEach((part, index) => {
    if (index % 2 === 1) {
      gap = gap === "any" || isAnyRun(part) ? "any" : "segment";
    } else if (part !== "" || index === parts.length - 1) {
      steps.push({ gap, literal: part });
      gap = "none";
    }
  });
  const [first] = steps;
  const isLiteral = parts.length === 1;
  const isCatchAll = steps.length === 1 && first?.gap === "any" && first.literal === "";
  const matches = isLiteral
    ? (text: string): boolean => text === source
    : (text: string): boolean => matchSteps(steps, text);
  return { source, isLiteral, isCatchAll, matches };
}

function isAnyRun(wildcard: string): boolean {
  return wildcard.startsWith("*") || /^\{[+#./;?&]/.test(wildcard);
}

/**
 * Walks all ways to match at once: after each step it knows every place where
 * the matched part may end, in ascending order. There is nothing to backtrack
 * into, so the time is bounded by steps times length for any input
 * (no ReDoS).
 */
function matchSteps(steps: readonly Step[], text: string): boolean {
  let ends: number[] = [0];
  for (const { gap, literal } of steps) {
    ends = advance(ends, gap, literal, text);
    if (ends.length === 0) return false;
  }
  return ends[ends.length - 1] === text.length;
}

function advance(ends: readonly number[], gap: Gap, literal: string, text: string): number[] {
  const last = ends[ends.length - 1] as number;
  switch (gap) {
    case "none":
      return ends.filter((end) => text.startsWith(literal, end)).map((end) => end + literal.length);
    case "any":
      if (literal === "") return [text.length];
      return occurrences(literal, text, ends[0] as number);
    case "segment":
      // Only the last step has no literal: the gap then runs to the end of the text.
      if (literal === "") return text.includes("/", last) ? [] : [text.length];
      return segmentEnds(ends, literal, text);
  }
}

function occurrences(literal: string, text: string, from: number): number[] {
  const ends: number[] = [];
  for (let at = text.indexOf(literal, from); at !== -1; at = text.indexOf(literal, at + 1)) {
    ends.push(at + literal.length);
  }
  return ends;
}

function segmentEnds(ends: readonly number[], literal: string, text: string): number[] {
  const next: number[] = [];
  let slash = -1;
  let from = 0;
  for (const end of ends) {
    if (slash < end) slash = indexOrEnd(text.indexOf("/", end), text);
    // `from` never goes back, and nothing is searched beyond the next slash, so
    // that all ends together read the text once.
    from = Math.max(from, end);
    const reachable = text.slice(from, slash + literal.length);
    for (const found of occurrences(literal, reachable, 0)) next.push(from + found);
    from = slash + 1;
  }
  return next;
}

function indexOrEnd(index: number, text: string): number {
  return index === -1 ? text.length : index;
}
