import type {
  GrantedAccess,
  KeyRotation,
  ListPage,
  RegisteredClient,
  RevocationResult,
  StorageStatistics,
} from "../../authorization-server/index.js";
import { printable } from "../terminal/printable.js";
import type { Style } from "../terminal/style.js";

/** Redirect URIs or scopes in one line. */
const MOST_VALUES = 5;

export function statisticsLines({ records, storageKeys }: StorageStatistics): string[] {
  const kinds = Object.entries(records).sort(([a], [b]) => (a < b ? -1 : 1));
  const width = Math.max(0, ...kinds.map(([kind]) => kind.length));
  return [
    ...kinds.map(([kind, count]) => `${kind.padEnd(width)}  ${count}`),
    `Storage keys in use: ${storageKeys.map((id) => printable(id)).join(", ")}`,
  ];
}

export function clientLines(page: ListPage<RegisteredClient>, style: Style): string[] {
  const lines = page.items.flatMap(({ clientId, name, people, registeredAt, redirectUris }) => [
    `${style.code(printable(clientId))}  ${printable(name ?? "")}`,
    `  ${count(people, "person", "people")}, registered ${date(registeredAt)}, ${some(redirectUris)}`,
  ]);
  return [...lines, ...ending(page, "No client is registered.")];
}

export function grantLines(page: ListPage<GrantedAccess>, style: Style): string[] {
  const lines = page.items.flatMap(({ grantId, accountId, clientId, scopes, grantedAt }) => [
    `${style.code(printable(grantId))}  ${printable(accountId)} at ${printable(clientId)}`,
    `  since ${date(grantedAt)}: ${some(Object.values(scopes))}`,
  ]);
  return [...lines, ...ending(page, "Nothing is granted.")];
}

export function revocationLine(result: RevocationResult): string {
  return [
    count(result.grants, "grant", "grants"),
    `of ${count(result.people, "person", "people")}`,
    `with ${count(result.accessTokens, "access token", "access tokens")}`,
    `and ${count(result.sessions, "session", "sessions")}`,
  ].join(" ");
}

export function rotationLine({ signingKeysFrom, cookieKeyFrom }: KeyRotation): string {
  const from = signingKeysFrom ?? cookieKeyFrom;
  if (from === undefined)
    return "There are no keys yet: the server generates them at its first start.";
  const what = signingKeysFrom === undefined ? "A new cookie key is" : "New keys are";
  return `${what} published and will sign from ${new Date(from * 1000).toISOString()}.`;
}

function ending<Item>({ items, next }: ListPage<Item>, nothing: string): string[] {
  if (next !== undefined) return [`More: --after ${printable(next)}`];
  return items.length === 0 ? [nothing] : [];
}

function some(values: readonly string[]): string {
  const shown = values.slice(0, MOST_VALUES).map((value) => printable(value));
  const rest = values.length - shown.length;
  return [...shown, ...(rest > 0 ? [`and ${rest} more`] : [])].join(", ");
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}

function date(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}
