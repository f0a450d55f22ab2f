import { sha256 } from "../../../core/hashes.js";

/** Names of the cookies of one authorization server. */
export interface CookieNames {
  readonly session: string;
  readonly interaction: string;
  readonly resume: string;
  readonly browser: string;
}

/**
 * On https, the prefix `__Host-` makes the browser refuse a cookie of this name
 * from a sibling domain or over http (RFC 6265bis §4.1.3.2). Cookies that belong
 * to one page have a path and get `__Secure-`.
 *
 * Browsers refuse both prefixes on http, so a loopback issuer has plain names.
 * Cookies ignore ports: the hash of the issuer separates two servers on one host.
 */
export function cookieNames(issuer: string): CookieNames {
  const suffix = sha256(issuer).slice(0, 8).replace(/[^\w]/g, "_");
  const isSecure = new URL(issuer).protocol === "https:";
  const [host, secure] = isSecure ? ["__Host-", "__Secure-"] : ["", ""];
  return {
    session: `${host}mcp_as_${suffix}`,
    browser: `${host}mcp_as_browser_${suffix}`,
    interaction: `${secure}mcp_as_interaction_${suffix}`,
    resume: `${secure}mcp_as_resume_${suffix}`,
  };
}
