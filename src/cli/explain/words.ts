import { printable } from "../terminal/printable.js";

/** Readable names of claims and header members. */
const NAMES: Readonly<Record<string, string>> = {
  alg: "algorithm",
  kid: "key id",
  typ: "type",
  cty: "content type",
  iss: "issuer",
  sub: "subject",
  aud: "audience",
  exp: "expires",
  nbf: "not before",
  iat: "issued",
  auth_time: "signed in",
  jti: "token id",
  scope: "scopes",
  scp: "scopes",
  client_id: "client",
  azp: "client",
  acr: "strength of sign-in",
  amr: "sign-in methods",
  cnf: "bound to a key",
  nonce: "nonce (of an ID token)",
  at_hash: "token hash (of an ID token)",
  token_use: "kind of token",
  roles: "roles",
  permissions: "permissions",
};

const TIMES: ReadonlySet<string> = new Set(["exp", "nbf", "iat", "auth_time", "updated_at"]);

/**
 * One member in plain words: its name, and its value with times relative.
 *
 * @param now seconds since the epoch
 */
export function inWords(name: string, value: unknown, now: number): [label: string, text: string] {
  const known = Object.hasOwn(NAMES, name) ? NAMES[name] : undefined;
  const shown = printable(name, 60);
  const label = known === undefined ? shown : `${shown} (${known})`;
  if (TIMES.has(name) && typeof value === "number") return [label, time(value, now)];
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return [label, printable(text, 300)];
}

/** A time as a date and as its distance from `now`, both in seconds since the epoch. */
function time(seconds: number, now: number): string {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return `${seconds} (not a time)`;
  const iso = `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
  return `${iso} (${relative(seconds, now)})`;
}

const UNITS: readonly (readonly [seconds: number, name: string])[] = [
  [365 * 86_400, "year"],
  [86_400, "day"],
  [3_600, "hour"],
  [60, "minute"],
  [1, "second"],
];

/** "in 4 minutes", "2 days ago": whole units, rounded down. */
export function relative(seconds: number, now: number): string {
  const distance = Math.abs(seconds - now);
  const [unit, name] = UNITS.find(([size]) => distance >= size) ?? [1, "second"];
  const count = Math.floor(distance / unit);
  if (count === 0) return "now";
  const words = `${count} ${name}${count === 1 ? "" : "s"}`;
  return seconds > now ? `in ${words}` : `${words} ago`;
}
