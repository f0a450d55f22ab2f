import { CHECKS, type CheckId } from "./catalogue.js";

/** ✓, !, ✗, or skipped because an earlier check failed. */
export type Verdict = "pass" | "warn" | "fail" | "skip";

/** The result of one check. */
export interface Finding {
  readonly check: CheckId;
  readonly verdict: Verdict;
  /** The observation, as a sentence. May quote the server: print it through `printable`. */
  readonly detail: string;
  /** The fix, if it is more specific than the catalogue's. */
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

  /** Turns a warning into a failure, for the chosen client. */
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

  /** Keeps the worst result: a check may report several times. */
  #add(finding: Finding): void {
    const known = this.#findings.get(finding.check);
    if (known === undefined || SEVERITY[finding.verdict] > SEVERITY[known.verdict]) {
      this.#findings.set(finding.check, finding);
    }
  }
}

const SEVERITY: Readonly<Record<Verdict, number>> = { skip: 0, pass: 1, warn: 2, fail: 3 };
