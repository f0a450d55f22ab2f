import { isIP } from "node:net";
import ipaddr from "ipaddr.js";
import { isLoopbackHost } from "../core/urls/loopback.js";
import { ConfigurationError } from "../core/errors.js";

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/**
 * Which private addresses may be contacted: none (`false`), those of private
 * networks (`true`), or the named CIDR ranges and host names.
 *
 * Link-local, multicast and unspecified addresses and the metadata services of
 * cloud providers are refused regardless of the configuration.
 */
export type PrivateAddresses = boolean | readonly string[];

/** Says why an address must not be contacted for `hostname`; `undefined` when it may. */
export type AddressPolicy = (address: string, hostname: string) => string | undefined;

/** Metadata services outside the link-local range: they return credentials to any caller. */
const METADATA_ADDRESSES: ReadonlySet<string> = new Set([
  "100.100.100.200", // Alibaba
  "168.63.129.16", // Azure, a public address
  "192.0.0.192", // Oracle
  "fd00:ec2::254", // AWS
  "fd00:ec2::23", // AWS, pod identity
  "fd20:ce::254", // Google
]);

const NEVER: ReadonlySet<string> = new Set([
  "linkLocal",
  "multicast",
  "unspecified",
  "broadcast",
  "discard",
]);

const PRIVATE: ReadonlySet<string> = new Set([
  "private",
  "carrierGradeNat",
  "uniqueLocal",
  "deprecatedSiteLocal",
]);

const GLOBAL_UNICAST: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse("2000::"), 3];

/**
 * Builds the check that every address passes before a connection is made.
 *
 * Throws {@link ConfigurationError} for an entry that is neither a CIDR range,
 * an address nor a host name.
 */
export function createAddressPolicy(allowed: PrivateAddresses = false): AddressPolicy {
  const ranges: [Address, number][] = [];
  const hosts = new Set<string>();
  for (const entry of typeof allowed === "boolean" ? [] : allowed) {
    const range = parseRange(entry);
    if (range === undefined) hosts.add(parseHost(entry));
    else ranges.push(range);
  }

  return (text, hostname) => {
    const address = parse(text);
    if (address === undefined) return "not an address";
    const range = rangeOf(address);
    if (NEVER.has(range)) return range;
    if (METADATA_ADDRESSES.has(address.toString())) return "metadata service";
    // A name under an attacker's control must not reach services on
    // loopback; and "localhost" must not leave it.
    // Names below it are for pages and clients: here they get no exception.
    if (isLoopbackHost(hostname) && !hostname.toLowerCase().endsWith(".localhost")) {
      return range === "loopback" ? undefined : "not loopback";
    }
    if (ranges.some((candidate) => contains(candidate, address))) return undefined;
    if (range === "unicast") return undefined;
    if (PRIVATE.has(range) && (allowed === true || hosts.has(hostname.toLowerCase()))) {
      return undefined;
    }
    return range;
  };
}

/** The address as such: an IPv4 address inside an IPv6 one reaches the IPv4 host, so it is judged. */
function parse(text: string): Address | undefined {
  // The zone says through which interface, not which address (RFC 4007 §11).
  const bare = withoutBrackets(text).replace(/%.*$/, "");
  // `ipaddr.js` also reads "127.1" and "0177.0.0.1"; a resolver or a parsed URL never writes them.
  if (isIP(bare) === 0) return undefined;
  const address = ipaddr.parse(bare);
  if (address.kind() === "ipv4") return address;
  const v6 = address as ipaddr.IPv6;
  if (v6.isIPv4MappedAddress()) return v6.toIPv4Address();
  const bytes = v6.toByteArray();
  // The well-known NAT64 prefix 64:ff9b::/96 (RFC 6052 §2.1).
  if (bytes.slice(0, 12).join() !== "0,100,255,155,0,0,0,0,0,0,0,0") return v6;
  const translated = new ipaddr.IPv4(bytes.slice(12));
  // A packet to this one goes to the translator: its loopback is not this machine's.
  return translated.range() === "loopback" ? v6 : translated;
}

function rangeOf(address: Address): string {
  const range = address.range();
  if (range !== "unicast" || address.kind() === "ipv4") return range;
  // `::7f00:1` and the like count as unicast in the library; nothing there is routed.
  return (address as ipaddr.IPv6).match(GLOBAL_UNICAST) ? range : "reserved";
}

function contains([network, bits]: [Address, number], address: Address): boolean {
  if (network.kind() !== address.kind()) return false;
  return network.kind() === "ipv4"
    ? (address as ipaddr.IPv4).match(network, bits)
    : (address as ipaddr.IPv6).match(network, bits);
}

function parseRange(entry: string): [Address, number] | undefined {
  const address = parse(entry);
  if (address !== undefined) return [address, address.kind() === "ipv4" ? 32 : 128];
  const [network = "", bits, ...rest] = entry.split("/");
  if (bits === undefined) return undefined;
  if (isIP(network) === 0 || rest.length > 0 || !ipaddr.isValidCIDR(entry)) throw badEntry(entry);
  return ipaddr.parseCIDR(entry);
}

function parseHost(entry: string): string {
  if (!/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i.test(entry)) throw badEntry(entry);
  return entry.toLowerCase();
}

function badEntry(entry: string): ConfigurationError {
  return new ConfigurationError(
    "ERR_OAUTH_PRIVATE_ADDRESSES",
    `allowPrivateAddresses has ${JSON.stringify(entry)}; write a CIDR range ("10.0.0.0/8") or a host name ("idp.internal").`,
  );
}

function withoutBrackets(hostname: string): string {
  return hostname.startsWith("[") && hostname.endsWith("]") ? hostname.slice(1, -1) : hostname;
}
