import { FORM_TOKEN, formToken, hasToken } from "../browser/browser-binding.js";
import { addressOf } from "../../http/request-notes.js";
import { signInWith } from "../sign-in/submitted-sign-in.js";
import { sendPage } from "../pages/pages.js";
import { describeClient } from "./describe-request.js";
import { noteAnswered } from "./answered.js";
import { finish } from "./finish.js";
import { readerOf, type InteractionParts, type PageVisit } from "./interaction.js";

interface Failure {
  readonly problem?: "wrong" | "too_many";
  readonly userName?: string;
}

/** Shows the sign-in page. */
export async function showSignIn(
  { provider, accounts, interactionPath, pages }: InteractionParts,
  visit: PageVisit,
  failure: Failure = {},
): Promise<void> {
  const { details, res } = visit;
  const page = pages.render("signIn", readerOf(visit), {
    client: (await describeClient(provider, details)).view,
    form: { action: interactionPath(details.uid), fields: { [FORM_TOKEN]: tokenOf(visit) } },
    people: accounts.people,
    withPassword: accounts.hasPasswords,
    ...failure,
  });
  sendPage(res, failure.problem === undefined ? 200 : 401, page);
}

/** Whether the form was made for this browser and this sign-in. */
export function isOwnSignIn(visit: PageVisit, form: URLSearchParams): boolean {
  return hasToken(form, tokenOf(visit));
}

/** Signs in with a password, or with one click. */
export async function submitSignIn(
  parts: InteractionParts,
  visit: PageVisit,
  form: URLSearchParams,
): Promise<void> {
  const { req, browserId } = visit;
  const outcome = await signInWith(parts, form, { browserId, address: addressOf(req) });
  if (!outcome.ok) {
    const userName = form.get("username") ?? "";
    return showSignIn(parts, visit, { problem: outcome.problem, userName });
  }
  await noteAnswered(parts, visit);
  await signInAs(parts, visit, outcome.account.id);
}

/**
 * Continues the request as this account. Another account's session in this
 * browser ends: what it has begun must not be continued by this person.
 */
export async function signInAs(
  parts: InteractionParts,
  visit: PageVisit,
  accountId: string,
  signedInAt?: number,
): Promise<void> {
  const { provider } = parts;
  const { req, res, details } = visit;
  const session = await provider.Session.get(provider.createContext(req, res));
  if (session.accountId !== undefined && session.accountId !== accountId) {
    await session.destroy();
    details.session = undefined;
    await details.persist();
  }
  await finish(parts, visit, {
    login: { accountId, ...(signedInAt !== undefined && { ts: signedInAt }) },
  });
}

function tokenOf({ browserId, details }: PageVisit): string {
  return formToken(browserId, ["sign-in", details.uid]);
}
