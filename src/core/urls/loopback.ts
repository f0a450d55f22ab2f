const OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const LOOPBACK_ADDRESS = new RegExp(
  // An IPv4-mapped IPv6 address reaches the IPv4 host; URLs write it in hexadecimal.
  `^(?:(?:::ffff:)?127(?:\\.${OCTET}){3}|::1|::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4})$`,
);

/**
 * Whether a host is loopback by its text: `localhost`, a name below it (RFC 6761 §6.3),
 * 127.0.0.0/8, also as IPv4-mapped IPv6, or `::1`.
 *
 * A name that merely resolves to a loopback address is not loopback: any attacker can publish one.
 * Names below `localhost` cannot be published; outbound requests treat them like any other name,
 * see `net/address-policy.ts`.
 *
 * @param hostname As in `URL.hostname`; IPv6 with or without brackets.
 */
export function isLoopbackHost(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/^\[(.*)\]$/, "$1");
  return host === "localhost" || host.endsWith(".localhost") || LOOPBACK_ADDRESS.test(host);
}
