import type { Provider } from "oidc-provider";
import { IDENTITY_SCOPES } from "../../options.js";
import type { ResourceCatalogue } from "../../resources.js";
import type { ClientView } from "../pages/pages.js";
import type { Details } from "./interaction.js";

export function requestedScopes({ params }: Details): string[] {
  return typeof params["scope"] === "string" ? params["scope"].split(" ") : [];
}

export function requestedResources({ params }: Details): string[] {
  return [params["resource"]].flat().filter((resource) => typeof resource === "string");
}

/** The client as a page shows it. */
export async function describeClient(provider: Provider, { params }: Details): Promise<ClientView> {
  const clientId = params["client_id"] as string;
  const client = await provider.Client.find(clientId);
  // The metadata of a client id that is a URL was fetched from that URL, and names it.
  const verifiedHost = /^https:/i.test(clientId) ? new URL(clientId).host : undefined;
  return {
    name: client?.clientName ?? verifiedHost ?? clientId,
    ...(verifiedHost !== undefined && { verifiedHost }),
    redirectUri: params["redirect_uri"] as string,
  };
}

/** The scopes that the client requests, for each resource and about the user. */
export function describeRequest(details: Details, catalogue: ResourceCatalogue) {
  const scopes = requestedScopes(details);
  const describe = (known: Readonly<Record<string, string>>) =>
    scopes.flatMap((scope) =>
      Object.hasOwn(known, scope) ? [{ scope, description: known[scope] ?? scope }] : [],
    );
  const resources = requestedResources(details).flatMap((indicator) => {
    const found = catalogue.find(indicator);
    if (found === undefined) return [];
    return [{ name: found.name, identifier: found.resource, scopes: describe(found.scopes) }];
  });
  return { resources, identity: describe(IDENTITY_SCOPES) };
}
