import { isIP, type LookupFunction } from "node:net";
import type { Clock } from "../../core/clock.js";
import { causeWithoutMessage } from "../../core/safe-cause.js";
import { isLoopbackHost } from "../../core/urls/loopback.js";
import { parseAbsoluteUrl } from "../../core/urls/parse-absolute-url.js";
import { createOutboundFetch } from "../../net/guarded-fetch.js";
import { OutboundError, type OutboundFailure } from "../../net/outbound-fetch.js";
import { noteOutage } from "../grants/request-scope.js";
import { normalizeDocument, parseJsonObject } from "./client-metadata.js";
import { ClientUnavailableError } from "./client-unavailable.js";
import { DocumentCache, type Fetched } from "./document-cache.js";

/** Size limit of a client metadata document, recommended by the draft. */
export const METADATA_DOCUMENT_BYTES = 5 * 1024;
const KEY_SET_BYTES = 64 * 1024;
const TIMEOUT_MS = 5_000;
/** More are answered as an outage, so that slow servers cannot take all connections. */
const MOST_CONCURRENT = 32;
/** Failures that waiting may cure. With any other, the client is invalid. */
const TEMPORARY: ReadonlySet<OutboundFailure> = new Set(["timeout", "network"]);

/**
 * Whether a URL may be fetched, judged by its text alone. Anonymous clients
 * choose it, so it must be https and neither a loopback name nor an IP address.
 *
 * Does not check what the name resolves to; the fetch does.
 */
export function isPublicUrl(address: string): boolean {
  const url = parseAbsoluteUrl(address);
  if (url?.protocol !== "https:" || url.username !== "" || url.password !== "") return false;
  const bare = url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  return isIP(bare) === 0 && !isLoopbackHost(bare);
}

export interface ClientFetchParts {
  /** Replaces the guarded fetch; must refuse private addresses itself. */
  readonly fetch: typeof fetch | undefined;
  readonly clock: Clock;
  /** Resolves names for the guarded fetch. @default `dns.lookup` */
  readonly lookup?: LookupFunction;
}

/**
 * Fetches client metadata documents and the key sets of clients, the only
 * outbound requests of this server. It caches responses by their headers, follows
 * no redirects and normalizes documents like registrations.
 *
 * A server that does not respond is noted as the outage of the request. The
 * default fetch refuses private addresses at each connection, so a name cannot
 * resolve to another address later. It ignores proxy variables: a proxy would
 * resolve names itself.
 */
export function createClientFetch({
  fetch: custom,
  clock,
  lookup,
}: ClientFetchParts): typeof fetch {
  const send = custom ?? guardedFetch(lookup);
  const cache = new DocumentCache((url) => load(send, url), clock);

  return async (input) => {
    const url = urlOf(input);
    if (!isPublicUrl(url)) throw new Error("must be an https URL with a public host name");
    if (cache.needsFetch(url) && cache.pending >= MOST_CONCURRENT) {
      throw noteOutage(new ClientUnavailableError(new URL(url).host));
    }
    const { fetched, seconds } = await cache.get(url);
    if ("error" in fetched) {
      throw fetched.error instanceof ClientUnavailableError
        ? noteOutage(fetched.error)
        : fetched.error;
    }
    const headers = { "content-type": "application/json", "cache-control": `max-age=${seconds}` };
    const body = fetched.status === 200 ? fetched.body : null;
    return new Response(body, { status: fetched.status, headers });
  };
}

function urlOf(input: Parameters<typeof fetch>[0]): string {
  if (typeof input === "string") return input;
  return input instanceof URL ? input.href : input.url;
}

function guardedFetch(lookup: LookupFunction | undefined): typeof fetch {
  const get = createOutboundFetch({
    timeoutMs: TIMEOUT_MS,
    maxBytes: KEY_SET_BYTES,
    env: {},
    ...(lookup !== undefined && { lookup }),
  });
  return (input) => get(urlOf(input), { headers: { accept: "application/json" } });
}

async function load(send: typeof fetch, url: string): Promise<Fetched> {
  const unavailable = (options?: ErrorOptions): Fetched => ({
    error: new ClientUnavailableError(new URL(url).host, options),
  });
  try {
    const response = await send(url, {
      headers: { accept: "application/json" },
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const { status, headers } = response;
    if (status >= 500 || status === 429 || status === 408) return unavailable();
    if (status !== 200) return { status: status >= 400 ? status : 404, body: "", headers };
    const text = await readText(response, KEY_SET_BYTES + 1);
    return { status, body: normalized(text, url), headers };
  } catch (cause) {
    if (cause instanceof OutboundError && !TEMPORARY.has(cause.failure)) return { error: cause };
    return unavailable({ cause: causeWithoutMessage(cause) });
  }
}

/** A document that is too large stays as it is, and oidc-provider refuses it. */
function normalized(text: string, url: string): string {
  const document = parseJsonObject(text);
  const isOwn = document !== undefined && document["client_id"] === url;
  if (!isOwn || Buffer.byteLength(text) > METADATA_DOCUMENT_BYTES) return text;
  return JSON.stringify(normalizeDocument(document));
}

/** Reads up to `limit` bytes and drops the rest, so a longer document is cut off and invalid. */
async function readText(response: Response, limit: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (response.body === null) return "";
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size >= limit) break;
  }
  return Buffer.concat(chunks).toString("utf8");
}
