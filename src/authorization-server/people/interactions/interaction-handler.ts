import type { IncomingMessage, ServerResponse } from "node:http";
import { readForm } from "../../http/read-form.js";
import { isBrowser } from "../browser/browser-binding.js";
import type { Messages } from "../pages/messages/messages.js";
import { sendPage } from "../pages/pages.js";
import { noteAnswered, wasAnswered } from "./answered.js";
import { allow, isOwnConsent, showConsent, startAgain } from "./consent-step.js";
import { finish } from "./finish.js";
import type { Details, InteractionParts, PageVisit } from "./interaction.js";
import { continueWithOwnLogin } from "./own-login-step.js";
import { isOwnSignIn, showSignIn, submitSignIn } from "./sign-in-step.js";

/**
 * Handles the sign-in and consent pages.
 *
 * A request counts only in the browser in which the authorization request began:
 * it needs the interaction cookie, limited to the path of one interaction, and
 * the cookie of the browser. A form also needs the token that the page got for
 * this browser and for what it shows, and a browser's `Origin` must be the
 * issuer's, because SameSite treats all ports of a host as one site.
 */
export function createInteractionHandler(parts: InteractionParts) {
  const ownOrigin = new URL(parts.issuer).origin;

  return async (req: IncomingMessage, res: ServerResponse, uid: string): Promise<void> => {
    const refuse = (status: number, description: keyof Messages): void =>
      sendPage(res, status, parts.pages.error(req, "invalid_request", description));
    if (req.method !== "GET" && req.method !== "POST") return refuse(405, "onlyGetAndPost");

    const details = await findInteraction(parts, req, res);
    const browserId = parts.browsers.idOf(req);
    const isSame = isBrowser(browserId, browserOf(details));
    if (details === undefined || browserId === undefined || !isSame || details.uid !== uid) {
      return (await wasAnswered(parts, uid))
        ? sendPage(res, 409, parts.pages.error(req, "already_answered", undefined, "answered"))
        : refuse(400, "expired");
    }
    const visit: PageVisit = { req, res, details, browserId };
    if (req.method === "GET") return show(parts, visit);

    const submitted = await readForm(req, ownOrigin);
    if (!("form" in submitted)) return refuse(submitted.status, submitted.problem);
    return submit(parts, visit, submitted.form);
  };
}

/** The interaction of this browser's cookie; `undefined` if it has expired. */
async function findInteraction(
  { provider, SessionNotFound }: InteractionParts,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<Details | undefined> {
  return provider.interactionDetails(req, res).catch((error: unknown) => {
    // Any other error is a failure of this server: it must not look like an expired sign-in.
    if (error instanceof SessionNotFound) return undefined;
    throw error;
  });
}

function browserOf(details: Details | undefined): unknown {
  return (details?.prompt.details as { browser?: unknown } | undefined)?.browser;
}

function show(parts: InteractionParts, visit: PageVisit): Promise<void> {
  if (visit.details.prompt.name !== "login") return showConsent(parts, visit);
  return parts.ownLogin === undefined
    ? showSignIn(parts, visit)
    : continueWithOwnLogin(parts, visit, parts.ownLogin);
}

async function submit(
  parts: InteractionParts,
  visit: PageVisit,
  form: URLSearchParams,
): Promise<void> {
  const isLogin = visit.details.prompt.name === "login";
  // The application signs in, so there is no form.
  if (isLogin && parts.ownLogin !== undefined) return show(parts, visit);
  const isOwn = isLogin ? isOwnSignIn(visit, form) : await isOwnConsent(parts, visit, form);
  if (!isOwn && isLogin) return showSignIn(parts, visit);
  if (!isOwn) return showConsent(parts, visit, "changed");
  switch (`${isLogin ? "login" : "consent"}:${form.get("action") ?? ""}`) {
    case "login:deny":
    case "consent:deny":
      return deny(parts, visit);
    case "login:login":
    case "login:pick":
      return submitSignIn(parts, visit, form);
    case "consent:allow":
      return allow(parts, visit, form);
    case "consent:switch":
      return startAgain(parts, visit);
    default:
      return sendPage(
        visit.res,
        400,
        parts.pages.error(visit.req, "invalid_request", "formInvalid"),
      );
  }
}

async function deny(parts: InteractionParts, visit: PageVisit): Promise<void> {
  await noteAnswered(parts, visit);
  await finish(parts, visit, {
    error: "access_denied",
    error_description: "The request was denied",
  });
}
