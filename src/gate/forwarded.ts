/** One hop, as the proxy that received from it reports it. */
export interface ForwardedHop {
  /** Address as written, port included; `undefined` where the proxy does not say. */
  readonly for: string | undefined;
  /** `http` or `https`, lower case. */
  readonly proto: string | undefined;
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/**
 * Parses a `Forwarded` header (RFC 7239 §4), first hop first. `undefined` when
 * any part of it is malformed: what follows could then mean anything.
 *
 * Does not check whether the sender may be believed; see {@link peerOf}.
 */
export function parseForwarded(header: string): ForwardedHop[] | undefined {
  const hops: ForwardedHop[] = [];
  for (const element of splitOutsideQuotes(header, ",")) {
    const parameters = new Map<string, string>();
    for (const pair of splitOutsideQuotes(element, ";")) {
      if (pair.trim() === "") continue;
      const equals = pair.indexOf("=");
      const name = pair.slice(0, Math.max(equals, 0)).trim().toLowerCase();
      const value = unquote(pair.slice(equals + 1).trim());
      if (!TOKEN.test(name) || value === undefined || parameters.has(name)) return undefined;
      parameters.set(name, value);
    }
    hops.push({ for: parameters.get("for"), proto: parameters.get("proto")?.toLowerCase() });
  }
  return hops;
}

/**
 * The same from `X-Forwarded-For` and `X-Forwarded-Proto`. The lists are
 * aligned at their ends, where the nearest proxy wrote.
 */
export function parseXForwarded(addresses: string, protocols: string): ForwardedHop[] {
  const hosts = listOf(addresses);
  const schemes = listOf(protocols).map((scheme) => scheme.toLowerCase());
  const length = Math.max(hosts.length, schemes.length);
  return Array.from({ length }, (_, index) => ({
    for: hosts[hosts.length - length + index],
    // Most proxies write one scheme for the whole chain.
    proto: schemes.length === 1 ? schemes[0] : schemes[schemes.length - length + index],
  }));
}

function listOf(header: string): string[] {
  return header === "" ? [] : header.split(",").map((item) => item.trim());
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (quoted && character === "\\") index++;
    else if (character === '"') quoted = !quoted;
    else if (character === separator && !quoted) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

function unquote(text: string): string | undefined {
  if (!text.startsWith('"')) return TOKEN.test(text) ? text : undefined;
  const inner = /^"((?:[^"\\]|\\.)*)"$/.exec(text)?.[1];
  return inner?.replace(/\\(.)/g, "$1");
}
