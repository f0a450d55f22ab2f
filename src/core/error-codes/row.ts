/** The texts about one error code, as Markdown for docs/reference/errors.md. */
interface ErrorCodeRow {
  /** What is wrong. */
  readonly meaning: string;
  /** How to fix it. */
  readonly cure: string;
}

/** One heading of docs/reference/errors.md. */
export interface ErrorCodeSection {
  readonly title: string;
  readonly codes: Readonly<Record<string, ErrorCodeRow>>;
}
