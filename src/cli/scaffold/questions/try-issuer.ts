import { describeReason } from "../../../core/reasons/reasons.js";
import {
  fetchMetadata,
  type AuthorizationServerMetadata,
} from "../../../discovery/authorization-server-metadata.js";
import type { OutboundFetch } from "../../../net/outbound-fetch.js";

export type IssuerTrial =
  | {
      readonly ok: true;
      /** As the server's own metadata spells it. */
      readonly issuer: string;
      readonly metadata: AuthorizationServerMetadata;
    }
  | { readonly ok: false; readonly reason: string };

/**
 * Looks for the metadata of a typed issuer, with and without a trailing slash; the
 * issuer in the metadata is exact.
 * Never throws.
 */
export async function tryIssuer(typed: string, fetch: OutboundFetch): Promise<IssuerTrial> {
  const reasons: string[] = [];
  for (const issuer of [typed, typed.endsWith("/") ? typed.slice(0, -1) : `${typed}/`]) {
    try {
      return { ok: true, issuer, metadata: await fetchMetadata(issuer, fetch) };
    } catch (error) {
      reasons.push(reasonOf(error));
      // Try the other spelling only if the document names another issuer.
      if (reasons.at(-1) !== "discovery_issuer_mismatch") break;
    }
  }
  return {
    ok: false,
    reason: describeReason(reasons[0] ?? "")?.meaning ?? "No metadata was found.",
  };
}

function reasonOf(error: unknown): string {
  return (error as { reason?: string }).reason ?? "";
}
