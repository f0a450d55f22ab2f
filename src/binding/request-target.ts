import type { AuthRequest } from "../core/auth-request.js";

/**
 * The URLs a DPoP proof for this request may name in `htu`: the configured
 * resource, and the path that was asked for below it. Scheme, host and port
 * come from the resource alone; `Host`, `Forwarded` and `X-Forwarded-*` are
 * never read, so a proof made for another server cannot be replayed here.
 *
 * - The resource itself: the URL that clients call, regardless of the path after a proxy.
 * - MCP lets the resource be a prefix of the URL that is asked for
 *   (`https://mcp.example.com` for `https://mcp.example.com/mcp`); then also the
 *   path of the request, below the resource's.
 * - Messages of an SSE session are posted to a path at the resource's origin,
 *   and to no other URL: the client resolves the path that the stream told it.
 */
export function requestTargets(
  resource: string,
  { transport, method, url }: Pick<AuthRequest, "transport" | "method" | "url">,
): readonly string[] {
  const { origin, pathname } = new URL(resource);
  const path = pathOf(url);
  const self = origin + pathname;
  // Anything else glued to the origin could name another host.
  if (!path.startsWith("/")) return [self];
  if (transport === "sse" && method === "POST") return [origin + path];
  if (pathname.endsWith(path)) return [self];
  const base = pathname.replace(/\/$/, "");
  return [self, origin + (path.startsWith(`${base}/`) ? path : base + path)];
}

function pathOf(url: string): string {
  const end = url.search(/[?#]/);
  return end < 0 ? url : url.slice(0, end);
}
