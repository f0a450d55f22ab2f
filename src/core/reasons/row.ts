/** Statuses that a refusal can have. */
export type RefusalStatus = 400 | 401 | 403 | 404 | 413 | 429 | 503;

/** The texts about one reason, as Markdown for docs/reference/reasons.md. */
export interface ReasonText {
  /** What is wrong. */
  readonly meaning: string;
  /** What to do about it, addressed to the operator. */
  readonly cure: string;
  /**
   * Reaching this verdict can take a call to the introspection endpoint, to
   * `issuers`, or to a callback of the application. @default false
   */
  readonly costsUpstream?: boolean;
}

export interface ReasonRow<Status extends RefusalStatus = RefusalStatus> extends ReasonText {
  readonly status: Status;
  readonly costsUpstream: boolean;
}

/** One heading of docs/reference/reasons.md. */
export interface ReasonSection {
  readonly title: string;
  readonly introduction?: string;
  readonly reasons: Readonly<Record<string, ReasonRow>>;
}

/** Rows of one status. A name that ends in `…` covers every reason with that prefix. */
export function reasons<const Status extends RefusalStatus, Name extends string>(
  status: Status,
  texts: Readonly<Record<Name, ReasonText>>,
): Readonly<Record<Name, ReasonRow<Status>>> {
  const rows = Object.entries<ReasonText>(texts).map(([name, text]) => [
    name,
    { costsUpstream: false, ...text, status },
  ]);
  return Object.fromEntries(rows) as Record<Name, ReasonRow<Status>>;
}
