import { isIP } from "node:net";
import { normalizeClientMetadata, parseJsonObject } from "../clients/client-metadata.js";
import { isLoopbackHost } from "../../core/urls/loopback.js";
import { parseAbsoluteUrl } from "../../core/urls/parse-absolute-url.js";

/** Size limit recommended by the draft. */
export const METADATA_DOCUMENT_BYTES = 5 * 1024;

/**
 * Whether a client id may be fetched, judged by its host name alone. Anonymous
 * clients choose it, so it must not be a loopback name or an IP address.
 *
 * Does not check what the name resolves to; the fetch does.
 */
export function isPublicHost(clientId: string): boolean {
  const url = parseAbsoluteUrl(clientId);
  if (url === undefined) return false;
  const bare = url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  return isIP(bare) === 0 && !isLoopbackHost(bare);
}

/**
 * Fetches client metadata documents, the only outbound requests of this server,
 * and normalizes them like registrations. oidc-provider limits the time and
 * follows no redirects.
 */
export function createDocumentFetch(custom: typeof fetch | undefined): typeof fetch {
  return async (url, init) => {
    // oidc-provider passes a dispatcher that rejects special-use addresses. Where it cannot
    // create one it continues without; fail closed then, so the internal network is not read.
    if (custom === undefined && !hasDispatcher(init)) {
      throw new Error("IP addresses cannot be checked in this environment");
    }
    const response = await (custom ?? fetch)(url, init);
    if (response.status !== 200) return response;
    const text = await readText(response, METADATA_DOCUMENT_BYTES + 1);
    const document = parseJsonObject(text);
    const body =
      document !== undefined && document["client_id"] === url
        ? JSON.stringify(normalizeClientMetadata(document))
        : text;
    const headers = new Headers(response.headers);
    // Both describe the body before it was decoded and rewritten.
    headers.delete("content-length");
    headers.delete("content-encoding");
    return new Response(body, { status: 200, headers });
  };
}

function hasDispatcher(init: RequestInit | undefined): boolean {
  const dispatcher = (init as { dispatcher?: unknown } | undefined)?.dispatcher;
  return dispatcher !== undefined && dispatcher !== null;
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
