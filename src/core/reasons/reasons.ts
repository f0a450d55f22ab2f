import { CONNECTION } from "./connection.js";
import { CREDENTIAL } from "./credential.js";
import { LIMITS } from "./limits.js";
import { MESSAGE } from "./message.js";
import { PERMISSION } from "./permission.js";
import { POSSESSION } from "./possession.js";
import type { ReasonRow, ReasonSection, RefusalStatus } from "./row.js";
import { TOKEN } from "./token.js";
import { UNAVAILABLE } from "./unavailable.js";

/** Every reason for which a request can be refused. */
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

/** The reasons by subject, in the order of docs/reference/reasons.md. */
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

/** Matches `claim_mismatch_tenant` and similar for `claim_mismatch_…`. */
type Spelled<Name> = Name extends `${infer Prefix}…` ? `${Prefix}${string}` : Name;

/**
 * Your own reason, for a `validate`, `authorize` or `enrich` function that
 * throws an error of this package. Use a fixed identifier: it becomes a label
 * of logs and metrics.
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

/** The row of a reason; `undefined` for your own reasons. */
export function reasonRow(reason: string): ReasonRow | undefined {
  if (Object.hasOwn(REASONS, reason))
    return (REASONS as Readonly<Record<string, ReasonRow>>)[reason];
  return FAMILIES.find(([prefix]) => reason.startsWith(prefix))?.[1];
}

/**
 * The row's texts for a terminal, without Markdown code marks. `…` is replaced
 * by the end of the reason, for example `tenant` of `claim_mismatch_tenant`.
 */
export function describeReason(reason: string): Pick<ReasonRow, "meaning" | "cure"> | undefined {
  const row = reasonRow(reason);
  if (row === undefined) return undefined;
  const prefix = FAMILIES.find(([, family]) => family === row)?.[0] ?? "";
  const plain = (text: string) =>
    text.replaceAll("`…`", () => reason.slice(prefix.length)).replaceAll("`", "");
  return { meaning: plain(row.meaning), cure: plain(row.cure) };
}
