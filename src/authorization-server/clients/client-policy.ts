import { parseAbsoluteUrl } from "../../core/urls/parse-absolute-url.js";
import { staysOnDevice } from "./redirect-uris.js";

/** A client that is not in `clients.static`. It chose every value itself. */
export interface ClientDescription {
  readonly clientId: string;
  /** `document`: its client id is the URL of its metadata. `registered`: it registered itself. */
  readonly kind: "document" | "registered";
  /** Of a `document`: the host that published it. */
  readonly host?: string;
  readonly name?: string;
  readonly redirectUris: readonly string[];
}

/** Option `clients.allow`. */
export type ClientPolicy =
  readonly string[] | ((client: ClientDescription) => boolean | Promise<boolean>);

/**
 * Whether the policy accepts a client. With a list, a document is judged by the
 * host that published it, and a registered client by every redirect URI: its
 * host, `loopback`, or its scheme with a colon.
 */
export async function isAllowed(
  policy: ClientPolicy | undefined,
  client: ClientDescription,
): Promise<boolean> {
  if (policy === undefined) return true;
  if (typeof policy === "function") return (await policy(client)) === true;
  if (client.kind === "document") return client.host !== undefined && lists(policy, client.host);
  return (
    client.redirectUris.length > 0 &&
    client.redirectUris.every((uri) => lists(policy, destinationOf(uri)))
  );
}

/** Whether a document may be fetched: with a list, no other host is contacted. */
export function mayFetch(policy: ClientPolicy | undefined, clientId: string): boolean {
  return !Array.isArray(policy) || lists(policy, hostOf(clientId) ?? "");
}

/** Host of a client id that is a URL. */
function hostOf(clientId: string): string | undefined {
  return /^https:/i.test(clientId) ? parseAbsoluteUrl(clientId)?.hostname : undefined;
}

function destinationOf(uri: string): string {
  if (staysOnDevice(uri)) return "loopback";
  const url = parseAbsoluteUrl(uri);
  return (url?.protocol === "https:" ? url.hostname : url?.protocol) ?? "";
}

function lists(policy: readonly string[], name: string): boolean {
  return name !== "" && policy.some((entry) => entry.toLowerCase() === name.toLowerCase());
}
