/**
 * Whether a URL's host name is this machine by its name: `localhost`, a name
 * below it (RFC 6761 §6.3), 127.0.0.0/8 or ::1. Looks at the text only.
 *
 * @param hostname as `URL.hostname` gives it, IPv6 in brackets or without
 */
export function isLoopbackHost(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/^\[|\]$/g, "");
  return (
    host === "localhost" ||
    host.endsWith(".localhost") ||
    host === "::1" ||
    /^127(\.\d{1,3}){3}$/.test(host)
  );
}
