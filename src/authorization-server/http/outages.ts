import type { IncomingMessage, ServerResponse } from "node:http";
import type { Provider } from "oidc-provider";
import { inRequestScope, type RequestScope } from "../grants/request-scope.js";
import { ClientUnavailableError } from "../clients/client-unavailable.js";
import { en } from "../people/pages/messages/en.js";
import type { Messages } from "../people/pages/messages/messages.js";
import { sendPage, type Page, type Pages, type Reader } from "../people/pages/pages.js";

type Middleware = Parameters<Provider["use"]>[0];

const RETRY_AFTER_SECONDS = "5";

/**
 * Answers 503 when the storage or a client metadata document cannot be read.
 * oidc-provider would answer `server_error`, "unknown client" or "expired
 * session", and clients then discard their tokens.
 */
export function answerOutages(
  pagePaths: readonly string[],
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
    const { outage } = scope;
    reportOutage(outage, onError);
    for (const name of ["location", "set-cookie", "www-authenticate"]) ctx.remove(name);
    ctx.set("retry-after", RETRY_AFTER_SECONDS);
    ctx.status = 503;
    if (pagePaths.some((path) => ctx.path.startsWith(path))) {
      const { html, headers } = outagePage(pages, ctx, outage);
      ctx.set(headers);
      ctx.body = html;
    } else {
      ctx.set("cache-control", "no-store");
      ctx.body = { error: "temporarily_unavailable", error_description: descriptionOf(outage, en) };
    }
  };
}

/** Answers an outage on the sign-in and consent pages. */
export function sendOutage(
  req: IncomingMessage,
  res: ServerResponse,
  { pages, outage }: { readonly pages: Pages; readonly outage: Error },
): void {
  res.setHeader("retry-after", RETRY_AFTER_SECONDS);
  sendPage(res, 503, outagePage(pages, req, outage));
}

/** Anyone can name a client whose server does not respond: that is not a failure of this server. */
export function reportOutage(outage: Error, onError: (error: Error) => void): void {
  if (!(outage instanceof ClientUnavailableError)) onError(outage);
}

function outagePage(pages: Pages, reader: Reader, outage: Error): Page {
  return pages.render("error", reader, {
    error: "temporarily_unavailable",
    advice: "wait",
    description: descriptionOf(outage, pages.messages(reader)),
  });
}

function descriptionOf(outage: Error, texts: Pick<Messages, "outage" | "clientOutage">): string {
  return outage instanceof ClientUnavailableError
    ? texts.clientOutage.replace("{host}", () => outage.host)
    : texts.outage;
}
