import type { IncomingHttpHeaders } from "node:http";
import { MalformedMessageError } from "../core/errors.js";
import type { Operation } from "./operation.js";

/** JSON Schemas of the arguments that tools of this name take. */
export type ToolSchemas = (name: string) => readonly unknown[];

const PARAMETER = "mcp-param-";
const ENCODED = /^=\?base64\?(.*)\?=$/s;

/** Whether a request has any of the headers that mirror its body. */
export function hasMirroredHeaders(headers: IncomingHttpHeaders): boolean {
  for (const name in headers) {
    if (name === "mcp-method" || name === "mcp-name" || name.startsWith(PARAMETER)) return true;
  }
  return false;
}

/**
 * Refuses headers that contradict the body: `Mcp-Method`, `Mcp-Name` and, for
 * arguments that a tool's schema marks with `x-mcp-header`, `Mcp-Param-*`.
 * Proxies route, limit and log by these headers, and tools act on the body.
 *
 * Does not ask for headers that are absent: clients of older revisions send none.
 *
 * @param headers names in lower case
 * @throws MalformedMessageError
 * @see MCP 2026-07-28, Transports, Streamable HTTP (`mcp-header-match`)
 */
export function checkMirroredHeaders(
  headers: IncomingHttpHeaders,
  operations: readonly Operation[],
  schemasOf: ToolSchemas,
): void {
  const parameters = new Map<string, string>();
  for (const [header, raw] of Object.entries(headers)) {
    if (typeof raw !== "string") continue;
    if (header === "mcp-method") {
      const value = decode(raw);
      requireMatch(operations.every(({ method }) => method === value));
    } else if (header === "mcp-name") {
      const value = decode(raw);
      const names = operations.flatMap(({ target }) => target?.name ?? []);
      requireMatch(names.every((name) => name === value));
    } else if (header.startsWith(PARAMETER)) {
      parameters.set(header.slice(PARAMETER.length), decode(raw));
    }
  }
  if (parameters.size > 0) checkParameters(parameters, operations, schemasOf);
}

/** Reads each tool's schemas once: a client chooses how many headers and calls it sends. */
function checkParameters(
  parameters: ReadonlyMap<string, string>,
  operations: readonly Operation[],
  schemasOf: ToolSchemas,
): void {
  const marksOf = new Map<string, readonly Mark[]>();
  for (const { method, target, params } of operations) {
    if (method !== "tools/call" || target === undefined) continue;
    const marks = marksOf.get(target.name) ?? schemasOf(target.name).flatMap((s) => marksIn(s));
    marksOf.set(target.name, marks);
    for (const { header, path } of marks) {
      const value = parameters.get(header);
      if (value !== undefined) requireMatch(isArgument(params, path, value));
    }
  }
}

/** Undoes the encoding of values that a header cannot hold as they are. */
function decode(raw: string): string {
  const encoded = ENCODED.exec(raw)?.[1];
  if (encoded === undefined) return raw;
  const bytes = Buffer.from(encoded, "base64");
  const text = bytes.toString("utf8");
  requireMatch(bytes.toString("base64") === encoded && Buffer.from(text).equals(bytes));
  return text;
}

function isArgument(params: unknown, path: readonly string[], value: string): boolean {
  const argument = ["arguments", ...path].reduce<unknown>(memberOf, params);
  if (typeof argument === "number") return value.trim() !== "" && Number(value) === argument;
  return (
    (typeof argument === "string" || typeof argument === "boolean") && String(argument) === value
  );
}

/** An argument that the schema mirrors in the header `Mcp-Param-{header}`, lower case. */
interface Mark {
  readonly header: string;
  readonly path: readonly string[];
}

function marksIn(schema: unknown, path: readonly string[] = []): Mark[] {
  const properties = memberOf(schema, "properties");
  if (typeof properties !== "object" || properties === null) return [];
  return Object.entries(properties).flatMap(([name, property]: [string, unknown]) => {
    const here = [...path, name];
    const header = memberOf(property, "x-mcp-header");
    const own = typeof header === "string" ? [{ header: header.toLowerCase(), path: here }] : [];
    return [...own, ...marksIn(property, here)];
  });
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

function requireMatch(matches: boolean): void {
  if (!matches) throw new MalformedMessageError("header_mismatch");
}
