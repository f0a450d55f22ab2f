/** What `mcp-oauth as` can do. */
export const UPKEEP_ACTIONS = [
  "stats",
  "clients",
  "grants",
  "revoke",
  "keys",
  "cleanup",
  "reseal",
] as const;
export type UpkeepAction = (typeof UPKEEP_ACTIONS)[number];

export interface UpkeepOptions {
  readonly env?: string;
  readonly client?: string;
  readonly account?: string;
  readonly grant?: string;
  readonly forget?: boolean;
  readonly limit: number;
  readonly after?: string;
  readonly json?: boolean;
  readonly yes?: boolean;
}
