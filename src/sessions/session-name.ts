import type { AuthRequest } from "../core/auth-request.js";
import { parseAbsoluteUrl } from "../core/urls/parse-absolute-url.js";

/**
 * The session a request says it belongs to: one place to name it for each
 * transport, and one reader of that place. With two, a revoked session could hide
 * behind another, or behind what only one of them cuts off, such as a fragment.
 *
 * Does not check whether it is open, and whose.
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
  // As mcp-framework reads it.
  const ids = parseAbsoluteUrl(`http://localhost${url}`)?.searchParams.getAll("sessionId") ?? [];
  return ids.length === 1 ? ids[0] : undefined;
}
