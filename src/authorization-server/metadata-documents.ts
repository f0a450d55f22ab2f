import { isIP } from "node:net";
import { normalizeClientMetadata, parseJsonObject } from "./client-metadata.js";
import { isLoopbackHost } from "../core/loopback.js";
import { parseAbsoluteUrl } from "../core/parse-absolute-url.js";

/** The size the draft recommends as the limit. */
export const METADATA_DOCUMENT_BYTES = 5 * 1024;

/**
 * Whether a client id may be fetched, by its host's name alone: strangers
 * choose it, so it must not lead to this machine or to a bare address.
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
 * The only outgoing request of this server: for client metadata documents,
 * which get the same treatment as registrations. oidc-provider bounds its time
 * and follows no redirect.
 */
export function createDocumentFetch(custom: typeof fetch | undefined): typeof fetch {
  return async (url, init) => {
    // oidc-provider puts in a dispatcher that hangs up on special-use addresses, but where
    // that fails it goes on without. Rather no document than one from the inner network.
    if (custom === undefined && !hasDispatcher(init)) {
      throw new Error("addresses cannot be checked in this environment");
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
    // Both spoke of the body before it was decoded and rewritten.
    headers.delete("content-length");
    headers.delete("content-encoding");
    return new Response(body, { status: 200, headers });
  };
}

function hasDispatcher(init: RequestInit | undefined): boolean {
  const dispatcher = (init as { dispatcher?: unknown } | undefined)?.dispatcher;
  return dispatcher !== undefined && dispatcher !== null;
}

/** Reads until `limit` is passed and drops the rest: what is left then is no valid document. */
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
