import { addScopes } from "../../resources.js";
import { renderConsentPage } from "../pages/pages.js";
import {
  describeClient,
  describeRequest,
  requestedResources,
  requestedScopes,
} from "./describe-request.js";
import { send, type Details, type InteractionParts, type PageVisit } from "./interaction.js";

/** Shows the consent page. */
export async function showConsent(
  { provider, issuer, accounts, catalogue, interactionPath }: InteractionParts,
  { res, details }: PageVisit,
): Promise<void> {
  const account = accounts.find(details.session?.accountId ?? "");
  const page = renderConsentPage({
    issuer,
    client: await describeClient(provider, details),
    action: interactionPath(details.uid),
    account: account?.name ?? account?.id ?? "",
    ...describeRequest(details, catalogue),
    canSwitchAccount: accounts.all.length > 1,
  });
  send(res, 200, page);
}

/** Grants what the page showed, and continues the authorization request. */
export async function allow(
  parts: InteractionParts,
  { req, res, details }: PageVisit,
): Promise<void> {
  const result = { consent: { grantId: await saveGrant(parts, details) } };
  return parts.provider.interactionFinished(req, res, result, { mergeWithLastSubmission: true });
}

async function saveGrant(
  { provider, catalogue }: InteractionParts,
  details: Details,
): Promise<string> {
  const { params, session, grantId } = details;
  const known = grantId === undefined ? undefined : await provider.Grant.find(grantId);
  const grant =
    known ??
    new provider.Grant({
      accountId: session?.accountId,
      clientId: params["client_id"] as string,
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
