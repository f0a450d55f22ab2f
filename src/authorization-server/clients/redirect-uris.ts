import { parseAbsoluteUrl } from "../../core/urls/parse-absolute-url.js";
import { isLoopbackHost } from "../../core/urls/loopback.js";

/** Schemes that run code, open a file or leave the browser's checks; no application owns them. */
const DANGEROUS = new Set(
  (
    "about blob chrome chrome-extension data file filesystem ftp intent jar javascript ldap mailto " +
    "ms-msdt ms-officecmd resource search-ms shell sms smb ssh tel vbscript view-source ws wss"
  ).split(" "),
);
const LONGEST = 2_000;

/**
 * Why a redirect URI is refused, beyond what oidc-provider refuses: plain http
 * elsewhere than on loopback, and fragments.
 *
 * @returns `undefined` for a redirect URI that may be used
 */
export function redirectUriProblem(uri: string): string | undefined {
  const url = parseAbsoluteUrl(uri);
  if (url === undefined) return "must be absolute URLs";
  if (uri.length > LONGEST) return `must not have more than ${LONGEST} characters`;
  // A URL parser would rewrite these, and the text of the URL is compared.
  if (/[\s\\\p{Cc}]/u.test(uri)) return "must not contain white space or backslashes";
  if (url.username !== "" || url.password !== "") return "must not contain a user name";
  const scheme = url.protocol.slice(0, -1).toLowerCase();
  return DANGEROUS.has(scheme) ? `must not use the scheme ${scheme}` : undefined;
}

/** Whether the redirect stays on the user's device, over plain http (RFC 8252 §7.3). */
export function staysOnDevice(uri: string): boolean {
  const url = parseAbsoluteUrl(uri);
  return url?.protocol === "http:" && isLoopbackHost(url.hostname);
}
