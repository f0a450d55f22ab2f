import type { AuthRequest } from "../core/auth-request.js";
import { parseAbsoluteUrl } from "../core/urls/parse-absolute-url.js";

/**
 * The session id of a request: each transport has one place for it,
 * and one function reads it. With two readers, a revoked session could hide
 * behind another id, or behind a suffix that only one of them cuts off, such as a fragment.
 *
 * Does not check whether the session is open, or its owner.
 */
export function sessionNamedBy({
  transport,
  headers,
  url,
}: Pick<AuthRequest, "transport" | "headers" | "url">): string | undefined {
  if (transport !== "sse") {
    const header = headers["mcp-session-id"];
    return typeof header === "string" ? header : undefined;
  }
  if (!url.includes("?")) return undefined;
  // The same parsing as in mcp-framework.
  const ids = parseAbsoluteUrl(`http://localhost${url}`)?.searchParams.getAll("sessionId") ?? [];
  return ids.length === 1 ? ids[0] : undefined;
}
