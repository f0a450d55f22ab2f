import { addScopes } from "../../resources.js";
import { setOrganization } from "../accounts/grant-organization.js";
import { FORM_TOKEN, formToken, hasToken } from "../browser/browser-binding.js";
import type { ConsentResult } from "../consent/consented-grant.js";
import { sendPage } from "../pages/pages.js";
import type { ConsentView } from "../pages/views.js";
import { noteAnswered } from "./answered.js";
import {
  describeClient,
  describeParameters,
  describeRequest,
  isDevice,
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
  if (await hasNoOrganization(parts, visit)) {
    const refusal = parts.pages.error(readerOf(visit), "access_denied", "noAccount");
    return sendPage(visit.res, 403, refusal);
  }
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

/**
 * Grants what the page showed, and continues the authorization request. The
 * organization is one that the account belongs to now.
 */
export async function allow(
  parts: InteractionParts,
  visit: PageVisit,
  form: URLSearchParams,
): Promise<void> {
  const { rememberDays, organizations } = await describeConsent(parts, visit);
  const chosen = form.get("organization") ?? undefined;
  const organization = organizations.find(({ id }) => id === chosen)?.id;
  if (organizations.length > 0 && organization === undefined) {
    return showConsent(parts, visit, "organization");
  }
  await rehearseClaims(parts, visit.details, organization);
  const mayRemember = rememberDays !== undefined && form.get("remember") === "yes";
  const consent: ConsentResult = {
    grantId: await saveGrant(parts, visit.details, organization),
    ...(mayRemember && { rememberUntil: Math.floor(parts.clock()) + parts.rememberSeconds }),
  };
  await noteAnswered(parts, visit);
  await finish(parts, visit, { consent });
}

/** If `claims` fails, the user sees an error page here. Later, only the client would see it. */
async function rehearseClaims(
  { accounts, claims, provider, catalogue }: InteractionParts,
  details: Details,
  organization: string | undefined,
): Promise<void> {
  const account = await accounts.find(details.session?.accountId ?? "");
  const { view } = await describeClient(provider, details);
  const [indicator] = requestedResources(details);
  const resource = indicator === undefined ? undefined : catalogue.find(indicator)?.resource;
  if (account === undefined) return;
  await claims.of({
    account,
    client: { id: view.id, name: view.name },
    scopes: requestedScopes(details),
    ...(organization !== undefined && { organization }),
    ...(resource !== undefined && { resource }),
  });
}

/** A token must be for an organization, and the account belongs to none. */
async function hasNoOrganization(
  { accounts, organizations }: InteractionParts,
  { details }: PageVisit,
): Promise<boolean> {
  const account = await accounts.find(details.session?.accountId ?? "");
  return account !== undefined && (await organizations.of(account))?.length === 0;
}

async function describeConsent(
  { provider, accounts, organizations, catalogue, rememberSeconds, ownLogin }: InteractionParts,
  { details }: PageVisit,
): Promise<Shown> {
  const account = await accounts.find(details.session?.accountId ?? "");
  const { view: client, isNative } = await describeClient(provider, details);
  const memberships = (account && (await organizations.of(account))) ?? [];
  return {
    client,
    account: account?.name ?? account?.id ?? "",
    organizations: memberships.map(({ id, name }) => ({
      id,
      name,
      chosen: memberships.length === 1,
    })),
    ...describeRequest(details, catalogue),
    parameters: describeParameters(details),
    ...(!isNative && rememberSeconds > 0 && { rememberDays: Math.ceil(rememberSeconds / DAY) }),
    canSwitchAccount: ownLogin === undefined && accounts.canSwitch && !isDevice(details),
  };
}

/** A new grant for each consent: it contains what the page showed, and nothing of an earlier one. */
async function saveGrant(
  { provider, catalogue }: InteractionParts,
  details: Details,
  organization: string | undefined,
): Promise<string> {
  const grant = new provider.Grant({
    accountId: details.session?.accountId,
    clientId: details.params["client_id"] as string,
  });
  setOrganization(grant, organization);
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
