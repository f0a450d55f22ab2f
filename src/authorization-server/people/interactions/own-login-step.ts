import { sendPage } from "../pages/pages.js";
import { finish } from "./finish.js";
import { readerOf, type InteractionParts, type PageVisit } from "./interaction.js";
import type { OwnLogin } from "../sign-in/own-login.js";
import { signInAs } from "./sign-in-step.js";

/** Set on the way back from the application's sign-in page, to notice a loop. */
const RETURNED = "returned";

/**
 * Continues with the account of the application's session, or sends the browser
 * to the application's sign-in page and back.
 */
export async function continueWithOwnLogin(
  parts: InteractionParts,
  visit: PageVisit,
  login: OwnLogin,
): Promise<void> {
  const { req, res, details } = visit;
  const since = requiredSince(visit, parts.clock());
  const path = parts.interactionPath(details.uid);
  const answer = await login.ask(req, {
    returnTo: `${path}?${RETURNED}=1`,
    ...(since !== undefined && { signedInSince: since }),
  });
  if ("signIn" in answer) {
    if (new URLSearchParams(req.url?.split("?")[1]).has(RETURNED)) {
      const page = parts.pages.error(readerOf(visit), "login_required", "notSignedIn");
      return sendPage(res, 401, page);
    }
    res.writeHead(303, { location: answer.signIn, "cache-control": "no-store" });
    res.end();
    return;
  }
  const { accountId, signedInAt } = answer;
  if (since !== undefined && (signedInAt === undefined || signedInAt < since)) {
    return finish(parts, visit, {
      error: "login_required",
      error_description: "The application did not ask for a new sign-in",
    });
  }
  if ((await parts.accounts.find(accountId)) === undefined) {
    return sendPage(res, 403, parts.pages.error(readerOf(visit), "access_denied", "noAccount"));
  }
  await signInAs(parts, visit, accountId, signedInAt);
}

/** The earliest sign-in that the client accepts; `undefined` if it accepts any. */
function requiredSince({ details }: PageVisit, now: number): number | undefined {
  const { reasons, details: promptDetails } = details.prompt;
  if (reasons.includes("login_prompt")) return details.iat;
  if (!reasons.includes("max_age")) return undefined;
  const { max_age: maxAge } = promptDetails as { max_age?: unknown };
  return Math.floor(now) - Number(maxAge);
}
