import { CONNECTION } from "./connection.js";
import { CREDENTIAL } from "./credential.js";
import { LIMITS } from "./limits.js";
import { MESSAGE } from "./message.js";
import { PERMISSION } from "./permission.js";
import { POSSESSION } from "./possession.js";
import type { ReasonRow, ReasonSection, RefusalStatus } from "./row.js";
import { TOKEN } from "./token.js";
import { UNAVAILABLE } from "./unavailable.js";

/** Every reason a request can be refused for: the one place where a reason is described. */
export const REASONS = {
  ...CONNECTION.reasons,
  ...CREDENTIAL.reasons,
  ...TOKEN.reasons,
  ...POSSESSION.reasons,
  ...PERMISSION.reasons,
  ...MESSAGE.reasons,
  ...LIMITS.reasons,
  ...UNAVAILABLE.reasons,
} as const;

/** The same by subject, in the order of docs/reference/reasons.md. */
export const REASON_SECTIONS: readonly ReasonSection[] = [
  CONNECTION,
  CREDENTIAL,
  TOKEN,
  POSSESSION,
  PERMISSION,
  MESSAGE,
  LIMITS,
  UNAVAILABLE,
];

type Rows = typeof REASONS;

/** `claim_mismatch_…` stands for `claim_mismatch_tenant` and its like. */
type Spelled<Name> = Name extends `${infer Prefix}…` ? `${Prefix}${string}` : Name;

/**
 * A reason of the application's own, for a `validate`, `authorize` or `enrich`
 * function that throws an error of this package. Keep it a fixed identifier:
 * it becomes a label of logs and metrics.
 */
export type CustomReason = `custom_${string}`;

/** Reasons of refusals with this status. */
export type ReasonOf<Status extends RefusalStatus> =
  | {
      [Name in keyof Rows]: Rows[Name]["status"] extends Status ? Spelled<Name> : never;
    }[keyof Rows]
  | CustomReason;

/**
 * Why a request was refused; docs/reference/reasons.md explains each. Stable,
 * for logs and metrics. Clients never see it.
 */
export type Reason = ReasonOf<RefusalStatus>;

const FAMILIES = Object.entries<ReasonRow>(REASONS)
  .filter(([name]) => name.endsWith("…"))
  .map(([name, row]) => [name.slice(0, -1), row] as const);

/** What is known about a reason; `undefined` for one of the application's own. */
export function reasonRow(reason: string): ReasonRow | undefined {
  if (Object.hasOwn(REASONS, reason))
    return (REASONS as Readonly<Record<string, ReasonRow>>)[reason];
  return FAMILIES.find(([prefix]) => reason.startsWith(prefix))?.[1];
}

/**
 * The row's texts for a terminal: without the marks of Markdown, and with the
 * name that a reason such as `claim_mismatch_tenant` ends in.
 */
export function describeReason(reason: string): Pick<ReasonRow, "meaning" | "cure"> | undefined {
  const row = reasonRow(reason);
  if (row === undefined) return undefined;
  const prefix = FAMILIES.find(([, family]) => family === row)?.[0] ?? "";
  const plain = (text: string) =>
    text.replaceAll("`…`", () => reason.slice(prefix.length)).replaceAll("`", "");
  return { meaning: plain(row.meaning), cure: plain(row.cure) };
}
