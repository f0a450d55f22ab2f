import { printable } from "../terminal/printable.js";
import type { Style } from "../terminal/style.js";
import { checkOf, GROUPS, type Group } from "./catalogue.js";
import { formatRequirements, type RequirementsReport } from "./requirements.js";
import type { Finding, Verdict } from "./finding.js";

/** The machine-readable form: stable names, plain values. */
export interface DoctorReport {
  /** False if a check failed. */
  readonly ok: boolean;
  readonly target: string;
  readonly counts: Readonly<Record<Verdict, number>>;
  readonly findings: readonly {
    readonly check: string;
    readonly group: Group;
    readonly verdict: Verdict;
    readonly title: string;
    readonly detail: string;
    readonly clause: string;
    readonly fix?: string;
  }[];
  /** Set if a provider can be built from the configuration. */
  readonly requirements?: RequirementsReport;
}

/** Builds the report; fixes are included only for failures and warnings. */
export function createReport(
  target: string,
  findings: readonly Finding[],
  requirements?: RequirementsReport,
): DoctorReport {
  const counts: Record<Verdict, number> = { pass: 0, warn: 0, fail: 0, skip: 0 };
  for (const { verdict } of findings) counts[verdict] += 1;
  return {
    ok: counts.fail === 0,
    target,
    counts,
    findings: findings.map(({ check, verdict, detail, fix }) => {
      const { group, title, clause, fix: usual } = checkOf(check);
      const needsFix = verdict === "warn" || verdict === "fail";
      return {
        check,
        group,
        verdict,
        title,
        detail,
        clause,
        ...(needsFix && { fix: fix ?? usual }),
      };
    }),
    ...(requirements !== undefined && { requirements }),
  };
}

const SIGNS: Readonly<Record<Verdict, string>> = { pass: "✓", warn: "!", fail: "✗", skip: "–" };

/** The report as a table for people: grouped, and each ✗ and ! with its fix and clause. */
export function formatReport(report: DoctorReport, style: Style): string {
  const lines: string[] = [];
  const paint: Readonly<Record<Verdict, (text: string) => string>> = {
    pass: style.good,
    warn: style.warning,
    fail: style.bad,
    skip: style.quiet,
  };
  for (const group of Object.keys(GROUPS) as Group[]) {
    const findings = report.findings.filter((finding) => finding.group === group);
    if (findings.length === 0) continue;
    lines.push("", style.heading(GROUPS[group]));
    const width = Math.max(...findings.map(({ title }) => title.length));
    for (const { verdict, title, detail, fix, clause, check } of findings) {
      const sign = paint[verdict](SIGNS[verdict]);
      if (fix === undefined) {
        lines.push(`  ${sign} ${title.padEnd(width)}  ${style.quiet(printable(detail, 100))}`);
        continue;
      }
      lines.push(
        `  ${sign} ${title}`,
        `      ${printable(detail, 600)}`,
        `      ${style.code("fix:")} ${printable(fix, 400)}`,
        `      ${style.quiet(`${clause} [${check}]`)}`,
      );
    }
  }
  const { pass, warn, fail, skip } = report.counts;
  const parts = [
    style.good(`${pass} ✓`),
    ...(warn === 0 ? [] : [style.warning(`${warn} !`)]),
    ...(fail === 0 ? [] : [style.bad(`${fail} ✗`)]),
    ...(skip === 0 ? [] : [style.quiet(`${skip} skipped`)]),
  ];
  return [
    `${style.heading("mcp-oauth doctor")}  ${printable(report.target)}`,
    ...lines,
    ...(report.requirements === undefined ? [] : [formatRequirements(report.requirements, style)]),
    "",
    parts.join("  "),
  ].join("\n");
}
