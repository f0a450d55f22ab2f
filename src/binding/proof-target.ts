import { parseAbsoluteUrl } from "../core/urls/parse-absolute-url.js";

/**
 * A URL as `htu` is compared: without query and fragment, and normalised by
 * syntax and scheme (RFC 9449 §4.3, RFC 3986 §6.2.2 and §6.2.3): case of scheme
 * and host, default port, dot segments, percent-encoding. `undefined` for what
 * is not a plain absolute http or https URL.
 *
 * The path keeps its case, and a trailing slash counts.
 */
export function normalizeTarget(url: string): string | undefined {
  // The URL parser is made for address bars: it drops tabs and line breaks, takes
  // backslashes for slashes and lends a missing `//`. A proof is to mean what it says.
  if (!/^https?:\/\/[^/?#]/i.test(url) || /[\s\\\p{Cc}]/u.test(url)) return undefined;
  const parsed = parseAbsoluteUrl(url);
  if (parsed === undefined) return undefined;
  const { protocol, username, password, host, pathname } = parsed;
  if (username !== "" || password !== "") return undefined;
  return `${protocol}//${host}${normalizePercents(pathname)}`;
}

/** `%7e` and `~` are one character, `%2f` and `%2F` one spelling; `%2F` and `/` stay two things. */
function normalizePercents(path: string): string {
  return path.replace(/%[0-9a-f]{2}/gi, (encoded) => {
    const character = String.fromCharCode(parseInt(encoded.slice(1), 16));
    return /[A-Za-z0-9\-._~]/.test(character) ? character : encoded.toUpperCase();
  });
}
