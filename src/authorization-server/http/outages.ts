import type { IncomingMessage, ServerResponse } from "node:http";
import type { Provider } from "oidc-provider";
import { inRequestScope, type RequestScope } from "../grants/request-scope.js";
import { sendPage, type Page, type Pages, type Reader } from "../people/pages/pages.js";

type Middleware = Parameters<Provider["use"]>[0];

const RETRY_AFTER_SECONDS = "5";
const DESCRIPTION = "A service that this server depends on does not respond. Try again shortly.";

/**
 * Answers 503 when the storage or a client metadata document cannot be read.
 * oidc-provider would answer `server_error`, "unknown client" or "expired
 * session", and clients then discard their tokens.
 */
export function answerOutages(
  authorizationPath: string,
  pages: Pages,
  onError: (error: Error) => void,
): Middleware {
  return async (ctx, next) => {
    const scope: RequestScope = {};
    try {
      await inRequestScope(scope, next);
    } catch (error) {
      if (scope.outage === undefined) throw error;
    }
    if (scope.outage === undefined) return;
    onError(scope.outage);
    for (const name of ["location", "set-cookie", "www-authenticate"]) ctx.remove(name);
    ctx.set("retry-after", RETRY_AFTER_SECONDS);
    ctx.status = 503;
    if (ctx.path.startsWith(authorizationPath)) {
      const { html, headers } = outagePage(pages, ctx);
      ctx.set(headers);
      ctx.body = html;
    } else {
      ctx.set("cache-control", "no-store");
      ctx.body = { error: "temporarily_unavailable", error_description: DESCRIPTION };
    }
  };
}

/** Answers an outage on the sign-in and consent pages. */
export function sendOutage(req: IncomingMessage, res: ServerResponse, pages: Pages): void {
  res.setHeader("retry-after", RETRY_AFTER_SECONDS);
  sendPage(res, 503, outagePage(pages, req));
}

function outagePage(pages: Pages, reader: Reader): Page {
  return pages.error(reader, "temporarily_unavailable", "outage", "wait");
}
