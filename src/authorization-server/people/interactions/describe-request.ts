import type { Provider } from "oidc-provider";
import { IDENTITY_SCOPES } from "../../options.js";
import type { ResourceCatalogue } from "../../resources.js";
import type { ClientView } from "../pages/views.js";
import type { Details } from "./interaction.js";

export function requestedScopes({ params }: Details): string[] {
  return typeof params["scope"] === "string" ? params["scope"].split(" ") : [];
}

export function requestedResources({ params }: Details): string[] {
  return [params["resource"]].flat().filter((resource) => typeof resource === "string");
}

/** The client as a page shows it, and whether it is an application on the user's device. */
export async function describeClient(
  provider: Provider,
  details: Details,
): Promise<{ readonly view: ClientView; readonly isNative: boolean }> {
  const id = details.params["client_id"] as string;
  const client = await provider.Client.find(id);
  return {
    view: {
      ...describeName(id, client?.clientName),
      answersTo: isDevice(details) ? await answersToDevice(provider, details) : answersTo(details),
    },
    isNative: isDevice(details) || client?.applicationType !== "web",
  };
}

/** Name and publisher of a client. */
export function describeName(
  id: string,
  clientName: string | undefined,
): Pick<ClientView, "id" | "name" | "verifiedHost"> {
  // The metadata of a client id that is a URL was fetched from that URL, and names it.
  const verifiedHost = /^https:/i.test(id) ? new URL(id).host : undefined;
  return {
    id,
    name: clientName ?? verifiedHost ?? id,
    ...(verifiedHost !== undefined && { verifiedHost }),
  };
}

/** Whether a device began the request (RFC 8628). */
export function isDevice({ deviceCode }: Details): boolean {
  return deviceCode !== undefined;
}

async function answersToDevice(
  provider: Provider,
  { deviceCode }: Details,
): Promise<ClientView["answersTo"]> {
  const device = await provider.DeviceCode.find(deviceCode ?? "", { ignoreExpiration: true });
  // oidc-provider stores the code without the dash that the device shows.
  const code = device?.userCode?.replace(/^(.{4})(.{4})$/, "$1-$2") ?? "";
  return { kind: "device", value: code };
}

function answersTo({ params }: Details): ClientView["answersTo"] {
  const { protocol, host } = new URL(params["redirect_uri"] as string);
  if (protocol === "https:") return { kind: "site", value: host };
  // Plain http is accepted for loopback only.
  return protocol === "http:"
    ? { kind: "loopback", value: host }
    : { kind: "scheme", value: protocol };
}

/** The parameters of the request that a page may show. */
export function describeParameters({ params }: Details): Record<string, string> {
  const shown = ["client_id", "redirect_uri", "scope", "resource", "response_type"] as const;
  return Object.fromEntries(
    shown.flatMap((name) => {
      const value = [params[name]].flat().filter((one) => typeof one === "string");
      return value.length === 0 ? [] : [[name, value.join(" ")]];
    }),
  );
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
