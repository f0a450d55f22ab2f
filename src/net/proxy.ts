import { isIP } from "node:net";
import ipaddr from "ipaddr.js";
import { isLoopbackHost } from "../core/urls/loopback.js";

/**
 * The proxy that `HTTPS_PROXY` (or `https_proxy`) names for `url`, unless
 * `NO_PROXY` exempts its host; `undefined` to connect directly.
 *
 * Loopback hosts are never proxied: at the proxy they would mean another
 * machine. As plain http is for loopback only, `HTTP_PROXY` is never needed,
 * and never read: in a CGI-like environment a client can set it by a header.
 */
export function proxyFor(url: URL, env: NodeJS.ProcessEnv): string | undefined {
  const proxy = env["https_proxy"] || env["HTTPS_PROXY"];
  if (!proxy || url.protocol !== "https:" || isLoopbackHost(url.hostname)) return undefined;
  const exempt = env["no_proxy"] || env["NO_PROXY"] || "";
  if (exempt.split(/[\s,]+/).some((entry) => matches(entry, url))) return undefined;
  return proxy.includes("://") ? proxy : `http://${proxy}`;
}

function matches(entry: string, url: URL): boolean {
  if (entry === "") return false;
  if (entry === "*") return true;
  const host = url.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  if (isIP(host) !== 0 && ipaddr.isValidCIDR(entry)) {
    const [network, bits] = ipaddr.parseCIDR(entry);
    const address = ipaddr.parse(host);
    return network.kind() === address.kind() && address.match([network, bits] as never);
  }
  const [, name = "", port] = /^(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
  if (port !== undefined && isIP(entry) === 0 && port !== (url.port || "443")) return false;
  const suffix = (isIP(entry) === 0 ? name : entry).replace(/^\*?\./, "");
  return host === suffix || host.endsWith(`.${suffix}`);
}
