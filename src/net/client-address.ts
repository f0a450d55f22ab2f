import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/**
 * One spelling per address: IPv4 inside IPv6 as IPv4, no zone, no brackets.
 * `undefined` for text that is no address.
 */
export function canonicalAddress(text: string): string | undefined {
  const bare = text.replace(/^\[|\]$/g, "").replace(/%.*$/, "");
  const version = isIP(bare);
  if (version === 0) return undefined;
  // Node reads one spelling only, and every connection over IPv4 comes with it.
  if (version === 4) return bare;
  // `ipaddr.js` also reads "127.1" and "0x7f.1", which no proxy writes.
  return ipaddr.process(bare).toString();
}

/**
 * What limits count by: an IPv4 address as a whole, an IPv6 address by its
 * first 64 bits, because one customer has at least 2^64 of them.
 *
 * @param address as {@link canonicalAddress} gives it
 */
export function addressBlock(address: string): string {
  if (isIP(address) !== 6) return address;
  const [a, b, c, d] = (ipaddr.parse(address) as ipaddr.IPv6).parts;
  return `${new ipaddr.IPv6([a!, b!, c!, d!, 0, 0, 0, 0]).toString()}/64`;
}

/** Whether an address lies in one of some ranges. */
export type AddressMatcher = (address: string) => boolean;

const NAMED_RANGES: ReadonlyMap<string, readonly string[]> = new Map([
  ["loopback", ["127.0.0.0/8", "::1/128"]],
  ["private", ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"]],
  ["linkLocal", ["169.254.0.0/16", "fe80::/10"]],
]);

/**
 * A test for membership in CIDR ranges, single addresses and the names
 * `loopback`, `private` and `linkLocal`; `undefined` if an entry has another
 * form.
 */
export function parseAddressRanges(entries: readonly string[]): AddressMatcher | undefined {
  const ranges: [ipaddr.IPv4 | ipaddr.IPv6, number][] = [];
  for (const entry of entries.flatMap((name) => NAMED_RANGES.get(name) ?? [name])) {
    const range = parseRange(entry);
    if (range === undefined) return undefined;
    ranges.push(range);
  }
  return (text) => {
    if (isIP(text) === 0) return false;
    const address = ipaddr.process(text);
    return ranges.some(
      ([network, bits]) => network.kind() === address.kind() && address.match(network, bits),
    );
  };
}

function parseRange(entry: string): [ipaddr.IPv4 | ipaddr.IPv6, number] | undefined {
  const [network = "", bits, ...rest] = entry.split("/");
  if (isIP(network) === 0 || rest.length > 0) return undefined;
  const address = ipaddr.process(network);
  if (bits === undefined) return [address, address.kind() === "ipv4" ? 32 : 128];
  // A range of IPv4-mapped addresses: 96 of its bits are the prefix.
  const offset = isIP(network) === 6 && address.kind() === "ipv4" ? 96 : 0;
  const length = Number(bits) - offset;
  const longest = address.kind() === "ipv4" ? 32 : 128;
  if (!/^\d{1,3}$/.test(bits) || length < 0 || length > longest) return undefined;
  return [address, length];
}
