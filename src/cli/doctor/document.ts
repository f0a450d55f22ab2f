import { OutboundError } from "../../net/outbound-fetch.js";
import { parseAbsoluteUrl } from "../../core/urls/parse-absolute-url.js";
import { BROWSER_ORIGIN, isSuccess, tryAsk, type Visit } from "./visit.js";

export type Json = Readonly<Record<string, unknown>>;

/** A public JSON document, or the reason why there is none. */
export interface FetchedDocument {
  readonly url: string;
  /** A JSON object that came with 200; `undefined` otherwise. */
  readonly json: Json | undefined;
  /** What is wrong, in a few words; also set for a usable document with a problem. */
  readonly problem: string | undefined;
  readonly status: number | undefined;
  readonly headers: Headers;
  /** Target of a redirect. */
  readonly redirect: URL | undefined;
}

/** Largest document that is parsed, in characters. */
const MAX_LENGTH = 1024 * 1024;

/**
 * Fetches a document like a page in a browser. The server that the user
 * typed is called directly; any other host, named by a document, only through
 * the guarded fetch.
 */
export async function fetchDocument(visit: Visit, target: string): Promise<FetchedDocument> {
  const empty = { url: target, json: undefined, status: undefined, redirect: undefined };
  const headers = { accept: "application/json", origin: BROWSER_ORIGIN };
  const url = parseAbsoluteUrl(target);
  if (url === undefined) return { ...empty, headers: new Headers(), problem: "not a URL" };
  if (url.origin === visit.url.origin) {
    const answer = await tryAsk(visit.ask(url, { headers }));
    if (answer.status === undefined) {
      return { ...empty, headers: new Headers(), problem: answer.problem };
    }
    return read(target, answer.status, answer.headers, answer.body);
  }
  try {
    const response = await visit.fetch(target, { headers });
    return read(target, response.status, response.headers, await response.text());
  } catch (error) {
    const isRedirect = error instanceof OutboundError && error.failure === "redirect";
    return {
      ...empty,
      headers: new Headers(),
      problem: error instanceof OutboundError ? error.message : "no answer",
      redirect: isRedirect ? url : undefined,
    };
  }
}

function read(url: string, status: number, headers: Headers, body: string): FetchedDocument {
  const found = { url, status, headers, json: undefined, redirect: undefined };
  const location = headers.get("location");
  const target = location === null ? undefined : parseAbsoluteUrl(location, new URL(url));
  if (status >= 300 && status < 400 && target !== undefined) {
    return { ...found, redirect: target, problem: `${status}, a redirect to ${target.href}` };
  }
  if (!isSuccess(status)) return { ...found, problem: String(status) };
  const json = parseObject(body);
  if (json === undefined) return { ...found, problem: `${status}, but no JSON object` };
  const type = (headers.get("content-type") ?? "none").split(";", 1)[0]?.trim().toLowerCase();
  return {
    ...found,
    json,
    problem:
      type === "application/json" || type?.endsWith("+json")
        ? undefined
        : `content type ${type ?? "none"}, not application/json`,
  };
}

function parseObject(text: string): Json | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Json)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a page of {@link BROWSER_ORIGIN} may read the answer. */
export function isReadableByPages(headers: Headers): boolean {
  const allowed = headers.get("access-control-allow-origin");
  return allowed === "*" || allowed === BROWSER_ORIGIN;
}

/** A list of text, or `undefined`. */
export function textList(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.every((entry) => typeof entry === "string")
    ? value
    : undefined;
}
