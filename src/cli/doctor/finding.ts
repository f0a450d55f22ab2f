import { CHECKS, type CheckId } from "./catalogue.js";

/** ✓, !, ✗, or not looked at because something before it failed. */
export type Verdict = "pass" | "warn" | "fail" | "skip";

/** What one check found. */
export interface Finding {
  readonly check: CheckId;
  readonly verdict: Verdict;
  /** What was seen, in a sentence. May quote the server: print it through `printable`. */
  readonly detail: string;
  /** What helps, where it is more precise than the catalogue's. */
  readonly fix?: string;
}

/** Collects findings: each check reports once, in the order of the catalogue. */
export class Findings {
  readonly #findings = new Map<CheckId, Finding>();

  pass(check: CheckId, detail: string): void {
    this.#add({ check, verdict: "pass", detail });
  }

  warn(check: CheckId, detail: string, fix?: string): void {
    this.#add({ check, verdict: "warn", detail, ...(fix !== undefined && { fix }) });
  }

  fail(check: CheckId, detail: string, fix?: string): void {
    this.#add({ check, verdict: "fail", detail, ...(fix !== undefined && { fix }) });
  }

  skip(check: CheckId, detail: string): void {
    this.#add({ check, verdict: "skip", detail });
  }

  get(check: CheckId): Finding | undefined {
    return this.#findings.get(check);
  }

  /** What was a warning is a failure for whoever chose a client that needs it. */
  escalate(check: CheckId, detail: string): void {
    const found = this.#findings.get(check);
    if (found?.verdict !== "warn") return;
    this.#findings.set(check, { ...found, verdict: "fail", detail: `${found.detail} ${detail}` });
  }

  list(): readonly Finding[] {
    const order = Object.keys(CHECKS);
    return [...this.#findings.values()].sort(
      (a, b) => order.indexOf(a.check) - order.indexOf(b.check),
    );
  }

  /** The worst counts: a check that looks at several things reports them one after the other. */
  #add(finding: Finding): void {
    const known = this.#findings.get(finding.check);
    if (known === undefined || SEVERITY[finding.verdict] > SEVERITY[known.verdict]) {
      this.#findings.set(finding.check, finding);
    }
  }
}

const SEVERITY: Readonly<Record<Verdict, number>> = { skip: 0, pass: 1, warn: 2, fail: 3 };
