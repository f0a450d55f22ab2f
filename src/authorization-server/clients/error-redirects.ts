import type { KoaContextWithOIDC, Provider } from "oidc-provider";
import { staysOnDevice } from "./redirect-uris.js";

/**
 * Shows an error of an authorization request as a page, unless the redirect is
 * safe. Anyone can register a client with any redirect URI and send users a link
 * that fails, for example with `prompt=none`: the link names this server and leads
 * to the attacker's page (RFC 9700 §4.11.2).
 *
 * A redirect is safe if the client is static, if it stays on the user's device, if the user
 * has consented to this client in this session, or if the user has just denied the
 * request on a page that named the destination.
 */
export function keepErrorsFromUnprovenClients(
  provider: Provider,
  isStatic: (clientId: string) => boolean,
): void {
  const decide = (ctx: KoaContextWithOIDC, error: Error & { allow_redirect?: boolean }): void => {
    const clientId = ctx.oidc.client?.clientId;
    const isKnown = clientId !== undefined && isStatic(clientId);
    if (!isKnown && !isSafe(ctx, error)) error.allow_redirect = false;
  };
  // oidc-provider reads the member right after these events.
  provider.on("authorization.error", decide);
  provider.on("server_error", decide);
}

function isSafe({ oidc }: KoaContextWithOIDC, error: Error): boolean {
  const { client, session, params, route } = oidc;
  if (client === undefined) return false;
  const redirectUri = params?.["redirect_uri"];
  if (typeof redirectUri === "string" && staysOnDevice(redirectUri)) return true;
  if (route === "resume" && error.message === "access_denied") return true;
  // Not `grantIdFor`: it would add an entry for every client to the session.
  const consented = session?.authorizations?.[client.clientId]?.grantId !== undefined;
  return consented && session.accountId !== undefined;
}
