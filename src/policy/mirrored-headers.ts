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
      const value = decode(raw);
      const parameter = header.slice(PARAMETER.length);
      requireMatch(operations.every((call) => agrees(call, parameter, value, schemasOf)));
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

function agrees(
  { method, target, params }: Operation,
  parameter: string,
  value: string,
  schemasOf: ToolSchemas,
): boolean {
  if (method !== "tools/call" || target === undefined) return true;
  return schemasOf(target.name)
    .flatMap((schema) => pathsTo(parameter, schema))
    .every((path) => {
      const argument = ["arguments", ...path].reduce<unknown>(memberOf, params);
      if (typeof argument === "number") return value.trim() !== "" && Number(value) === argument;
      return (
        (typeof argument === "string" || typeof argument === "boolean") &&
        String(argument) === value
      );
    });
}

/** Where arguments stand that the schema mirrors in a header of this name. */
function pathsTo(parameter: string, schema: unknown): string[][] {
  const properties = memberOf(schema, "properties");
  if (typeof properties !== "object" || properties === null) return [];
  return Object.entries(properties).flatMap(([name, property]: [string, unknown]) => {
    const header = memberOf(property, "x-mcp-header");
    const isIt = typeof header === "string" && header.toLowerCase() === parameter;
    return [
      ...(isIt ? [[name]] : []),
      ...pathsTo(parameter, property).map((path) => [name, ...path]),
    ];
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
