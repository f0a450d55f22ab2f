const OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const LOOPBACK_ADDRESS = new RegExp(
  // An IPv4 address inside an IPv6 one reaches the IPv4 host; URLs spell it in hexadecimal.
  `^(?:(?:::ffff:)?127(?:\\.${OCTET}){3}|::1|::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4})$`,
);

/**
 * Whether a host is this machine by its text: `localhost`, a name below it (RFC 6761 §6.3),
 * 127.0.0.0/8, also as IPv4-mapped IPv6, or `::1`.
 *
 * A name that merely resolves to a loopback address is not loopback: anybody can publish one.
 * Nobody can publish names below `localhost`; outgoing requests treat them as any other name all
 * the same, see `net/address-policy.ts`.
 *
 * @param hostname as `URL.hostname` gives it, IPv6 in brackets or without
 */
export function isLoopbackHost(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/^\[(.*)\]$/, "$1");
  return host === "localhost" || host.endsWith(".localhost") || LOOPBACK_ADDRESS.test(host);
}
