import { addScopes } from "../../resources.js";
import { FORM_TOKEN, formToken, hasToken } from "../browser/browser-binding.js";
import type { ConsentResult } from "../consent/consented-grant.js";
import { sendPage } from "../pages/pages.js";
import type { ConsentView } from "../pages/views.js";
import { noteAnswered } from "./answered.js";
import {
  describeClient,
  describeParameters,
  describeRequest,
  requestedResources,
  requestedScopes,
} from "./describe-request.js";
import { finish } from "./finish.js";
import { readerOf, type Details, type InteractionParts, type PageVisit } from "./interaction.js";

type Shown = Omit<ConsentView, "site" | "form" | "problem">;

const DAY = 86_400;

/** Shows the consent page. */
export async function showConsent(
  parts: InteractionParts,
  visit: PageVisit,
  problem?: ConsentView["problem"],
): Promise<void> {
  const shown = await describeConsent(parts, visit);
  const page = parts.pages.render("consent", readerOf(visit), {
    ...shown,
    form: {
      action: parts.interactionPath(visit.details.uid),
      fields: { [FORM_TOKEN]: tokenOf(visit, shown) },
    },
    ...(problem !== undefined && { problem }),
  });
  sendPage(visit.res, problem === undefined ? 200 : 409, page);
}

/**
 * Whether the form was made for this browser, and the page would still show the
 * same: client, scopes, resources, account and where the answer goes.
 */
export async function isOwnConsent(
  parts: InteractionParts,
  visit: PageVisit,
  form: URLSearchParams,
): Promise<boolean> {
  return hasToken(form, tokenOf(visit, await describeConsent(parts, visit)));
}

/** Grants what the page showed, and continues the authorization request. */
export async function allow(
  parts: InteractionParts,
  visit: PageVisit,
  form: URLSearchParams,
): Promise<void> {
  const { rememberDays } = await describeConsent(parts, visit);
  const mayRemember = rememberDays !== undefined && form.get("remember") === "yes";
  const consent: ConsentResult = {
    grantId: await saveGrant(parts, visit.details),
    ...(mayRemember && { rememberUntil: Math.floor(parts.clock()) + parts.rememberSeconds }),
  };
  await noteAnswered(parts, visit);
  await finish(parts, visit, { consent });
}

async function describeConsent(
  { provider, accounts, catalogue, rememberSeconds }: InteractionParts,
  { details }: PageVisit,
): Promise<Shown> {
  const account = accounts.find(details.session?.accountId ?? "");
  const { view: client, isNative } = await describeClient(provider, details);
  return {
    client,
    account: account?.name ?? account?.id ?? "",
    organizations: [],
    ...describeRequest(details, catalogue),
    parameters: describeParameters(details),
    ...(!isNative && rememberSeconds > 0 && { rememberDays: Math.ceil(rememberSeconds / DAY) }),
    canSwitchAccount: accounts.all.length > 1,
  };
}

/** A new grant for each consent: it contains what the page showed, and nothing of an earlier one. */
async function saveGrant(
  { provider, catalogue }: InteractionParts,
  details: Details,
): Promise<string> {
  const grant = new provider.Grant({
    accountId: details.session?.accountId,
    clientId: details.params["client_id"] as string,
  });
  addScopes(grant, requestedScopes(details), requestedResources(details), catalogue);
  return grant.save();
}

/** Signs out and repeats the authorization request. */
export async function startAgain(
  { provider, authorizationPath }: InteractionParts,
  { req, res, details }: PageVisit,
): Promise<void> {
  const session = await provider.Session.get(provider.createContext(req, res));
  await session.destroy();
  await details.destroy();
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(details.params)) {
    for (const one of [value].flat()) if (typeof one === "string") query.append(name, one);
  }
  res.writeHead(303, {
    location: `${authorizationPath}?${query.toString()}`,
    "cache-control": "no-store",
  });
  res.end();
}

function tokenOf({ browserId, details }: PageVisit, shown: Shown): string {
  return formToken(browserId, ["consent", details.uid, details.session?.accountId, shown]);
}
