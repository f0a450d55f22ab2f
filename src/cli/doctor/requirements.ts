import type { OperationRequirement } from "../../policy/requirements.js";
import type { ScopeTerm } from "../../policy/scope-requirement.js";
import { printable } from "../terminal/printable.js";
import type { Style } from "../terminal/style.js";

/** Which operation requires which scopes, and what each scope opens. */
export interface RequirementsReport {
  readonly operations: readonly OperationRequirement[];
  readonly scopes: readonly {
    readonly scope: string;
    /** What a token needs this scope for, beside the scopes that every request requires. */
    readonly opens: readonly string[];
  }[];
}

/** @param requirementsOf see `OAuthAuthProvider.requirements` */
export function reportRequirements(
  requirementsOf: (granted?: readonly string[]) => readonly OperationRequirement[],
): RequirementsReport {
  const operations = requirementsOf();
  const everywhere = requiredEverywhere(operations);
  const labels = (granted: readonly string[]) => requirementsOf(granted).map(labelOf);
  const known = labels(everywhere);
  const scopes = [...new Set(operations.flatMap((row) => row.scopes.flatMap(scopesIn)))];
  return {
    operations,
    scopes: scopes.map((scope) => {
      const without = everywhere.includes(scope)
        ? labels(everywhere.filter((other) => other !== scope))
        : known;
      const opens = labels([...everywhere, scope]);
      return { scope, opens: opens.filter((label) => !without.includes(label)) };
    }),
  };
}

function requiredEverywhere(operations: readonly OperationRequirement[]): string[] {
  const [first, ...others] = operations.filter(({ isPublic }) => !isPublic);
  const names = (first?.scopes ?? []).filter((term) => typeof term === "string");
  return names.filter((scope) => others.every(({ scopes }) => scopes.includes(scope)));
}

/** The two tables, for people. Operations with the same requirements share a row. */
export function formatRequirements(
  { operations, scopes }: RequirementsReport,
  style: Style,
): string {
  const byNeed = new Map<string, string[]>();
  for (const row of operations) {
    const need = needOf(row);
    byNeed.set(need, [...(byNeed.get(need) ?? []), labelOf(row)]);
  }
  return [
    "",
    style.heading("Scopes that operations require"),
    ...table([...byNeed], style),
    ...(scopes.length === 0
      ? []
      : ["", style.heading("What each scope opens, with those that every request requires")]),
    ...table(
      scopes.map(({ scope, opens }) => [
        scope,
        opens.length === operations.length ? ["everything"] : opens,
      ]),
      style,
    ),
  ].join("\n");
}

function table(rows: readonly (readonly [string, readonly string[]])[], style: Style): string[] {
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return rows.map(
    ([name, entries]) =>
      `  ${printable(name, 200).padEnd(width)}  ${style.quiet(printable(entries.join(", ") || "nothing by itself", 400))}`,
  );
}

function labelOf({ method, name }: OperationRequirement): string {
  return name === undefined ? method : `${method} ${name}`;
}

function needOf({ isPublic, scopes, authentication }: OperationRequirement): string {
  if (isPublic) return "no token";
  const needs = scopes.map(textOf).join(" and ") || "any valid token";
  return authentication === undefined ? needs : `${needs}, stronger sign-in`;
}

function textOf(term: ScopeTerm): string {
  if (typeof term === "string") return term;
  const isChoice = "anyOf" in term;
  const terms = isChoice ? term.anyOf : term.allOf;
  return `(${terms.map(textOf).join(isChoice ? " or " : " and ")})`;
}

function scopesIn(term: ScopeTerm): string[] {
  if (typeof term === "string") return [term];
  return ("anyOf" in term ? term.anyOf : term.allOf).flatMap(scopesIn);
}
