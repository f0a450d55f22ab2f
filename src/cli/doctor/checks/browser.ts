import { isReadableByPages } from "../document.js";
import { BROWSER_ORIGIN, isSuccess, post, tryAsk, type Visit } from "../visit.js";

/** Request headers of a browser client; `*` does not cover Authorization (Fetch, CORS). */
const NEEDED = ["authorization", "content-type", "mcp-protocol-version", "mcp-session-id"];

/** Checks whether a client in a browser, such as MCP Inspector, can connect. */
export async function checkBrowser(visit: Visit, hasRefusal: boolean): Promise<void> {
  const { url, findings } = visit;
  const preflight = await tryAsk(
    visit.ask(url, {
      method: "OPTIONS",
      headers: {
        origin: BROWSER_ORIGIN,
        "access-control-request-method": "POST",
        "access-control-request-headers": NEEDED.join(","),
      },
    }),
  );
  const problem =
    preflight.status === undefined
      ? preflight.problem
      : preflightProblem(preflight.status, preflight.headers);
  if (problem === undefined) findings.pass("cors-preflight", "Preflight allowed.");
  else findings.warn("cors-preflight", `Pages of ${BROWSER_ORIGIN} cannot connect: ${problem}.`);

  if (!hasRefusal) return;
  if (preflight.status !== undefined && !isReadableByPages(preflight.headers)) {
    findings.skip("cors-expose", "Pages cannot read any answer.");
    return;
  }
  const answer = await tryAsk(visit.ask(url, post("initialize", { origin: BROWSER_ORIGIN })));
  if (answer.status === undefined) return;
  const exposed = names(answer.headers.get("access-control-expose-headers"));
  if (!isReadableByPages(answer.headers)) {
    findings.warn("cors-expose", "The 401 has no Access-Control-Allow-Origin.");
  } else if (!exposed.includes("www-authenticate")) {
    findings.warn("cors-expose", "Access-Control-Expose-Headers lacks WWW-Authenticate.");
  } else if (!exposed.includes("mcp-session-id")) {
    findings.warn("cors-expose", "Access-Control-Expose-Headers lacks Mcp-Session-Id.");
  } else {
    findings.pass("cors-expose", "WWW-Authenticate is exposed.");
  }
}

function preflightProblem(status: number, headers: Headers): string | undefined {
  if (status === 401) return "the preflight requires a token, which browsers never send";
  if (!isReadableByPages(headers)) return `the origin is not allowed (${status})`;
  if (!isSuccess(status)) return `the preflight is answered ${status}`;
  const allowed = names(headers.get("access-control-allow-headers"));
  const missing = NEEDED.filter(
    (name) => !allowed.includes(name) && (name === "authorization" || !allowed.includes("*")),
  );
  return missing.length === 0 ? undefined : `it does not allow ${missing.join(", ")}`;
}

function names(list: string | null): readonly string[] {
  return (list ?? "").split(",").map((name) => name.trim().toLowerCase());
}
