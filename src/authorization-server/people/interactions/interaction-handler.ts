import type { IncomingMessage, ServerResponse } from "node:http";
import { readBody } from "../../http/read-body.js";
import { renderErrorPage } from "../pages/pages.js";
import { allow, showConsent, startAgain } from "./consent-step.js";
import { send, type Details, type InteractionParts, type PageVisit } from "./interaction.js";
import { showSignIn, submitSignIn } from "./sign-in-step.js";

const FORM_BYTES = 8 * 1024;

/**
 * Handles the login and consent pages.
 *
 * CSRF protection: the interaction cookie is HttpOnly, SameSite=Lax, signed and
 * limited to the path of one interaction, which contains a random id. A
 * browser's `Origin` must be the issuer's, because SameSite treats all ports of
 * a host as one site.
 */
export function createInteractionHandler(parts: InteractionParts) {
  const ownOrigin = new URL(parts.issuer).origin;

  return async (req: IncomingMessage, res: ServerResponse, uid: string): Promise<void> => {
    const refuse = (status: number, description: string): void =>
      send(res, status, renderErrorPage("invalid_request", description));
    if (req.method !== "GET" && req.method !== "POST") {
      return refuse(405, "This page accepts only GET and POST.");
    }
    const details = await findInteraction(parts, req, res);
    if (details === undefined || details.uid !== uid) {
      return refuse(400, "This sign-in has expired or belongs to another browser.");
    }
    const visit: PageVisit = { req, res, details };
    if (req.method === "GET") return show(parts, visit);

    const { origin } = req.headers;
    if (origin !== undefined && origin !== ownOrigin) {
      return refuse(403, "The form was sent from another site.");
    }
    const body = await readBody(req, FORM_BYTES);
    if (body === undefined) return refuse(413, "The form is too large.");
    return submit(parts, visit, new URLSearchParams(body));
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

function show(parts: InteractionParts, visit: PageVisit): Promise<void> {
  return visit.details.prompt.name === "login"
    ? showSignIn(parts, visit)
    : showConsent(parts, visit);
}

async function submit(
  parts: InteractionParts,
  visit: PageVisit,
  form: URLSearchParams,
): Promise<void> {
  const { req, res, details } = visit;
  const action = form.get("action") ?? "";
  if (action === "deny") {
    const result = { error: "access_denied", error_description: "The request was denied" };
    return parts.provider.interactionFinished(req, res, result, { mergeWithLastSubmission: false });
  }
  switch (`${details.prompt.name}:${action}`) {
    case "login:login":
    case "login:pick":
      return submitSignIn(parts, visit, form);
    case "consent:allow":
      return allow(parts, visit);
    case "consent:switch":
      return startAgain(parts, visit);
    default:
      return send(res, 400, renderErrorPage("invalid_request", "The form is not valid."));
  }
}
