import type { errors, KoaContextWithOIDC } from "oidc-provider";
import type { AccountDirectory } from "../accounts/account-directory.js";
import { setOrganization } from "../accounts/grant-organization.js";
import type { Organizations } from "../accounts/organizations.js";
import type { AuthorizationServerOptions } from "../../options.js";
import { addScopes, type ResourceCatalogue } from "../../resources.js";

/** Approves requests in place of a user, in tests and demos. */
export interface Approver {
  /** Signs in the chosen account, if this request may be approved without a user. */
  approve(ctx: KoaContextWithOIDC): Promise<void>;
  /** The grant for a request that {@link Approver.approve} approved. */
  grantFor(ctx: KoaContextWithOIDC): Promise<Grant | undefined>;
}

type Grant = InstanceType<KoaContextWithOIDC["oidc"]["provider"]["Grant"]>;

/**
 * Decides within the request to the authorization endpoint, which then responds
 * with the redirect to the client. A program needs no cookies and follows no
 * other redirects.
 */
export function createApprover(
  option: AuthorizationServerOptions["autoApprove"],
  accounts: AccountDirectory,
  organizations: Organizations,
  catalogue: ResourceCatalogue,
  AccessDenied: typeof errors.AccessDenied,
): Approver {
  if (option === undefined) {
    return { approve: () => Promise.resolve(), grantFor: () => Promise.resolve(undefined) };
  }
  const approved = new WeakSet<KoaContextWithOIDC>();
  return {
    async approve(ctx) {
      const { oidc } = ctx;
      const { client, session, params } = oidc;
      if (client === undefined || session === undefined || params === undefined) return;
      // Otherwise any page the developer visits could register a client, open this URL and
      // obtain a token for the MCP server on this machine.
      if (ctx.get("sec-fetch-site") === "cross-site") return;
      const accountId =
        option === true
          ? accounts.first?.id
          : option({
              clientId: client.clientId,
              ...(client.clientName !== undefined && { clientName: client.clientName }),
              scopes: [...oidc.requestParamScopes],
              resources: Object.keys(oidc.resourceServers ?? {}),
            });
      if (accountId === undefined || (await accounts.find(accountId)) === undefined) {
        throw new AccessDenied("the request was not approved");
      }
      session.loginAccount({ accountId });
      // "login" and "consent" are now done; "none" stays and is satisfied.
      if (params["prompt"] !== "none") params["prompt"] = undefined;
      // Typed as read-only, but oidc-provider itself sets this member.
      (oidc as { result?: unknown }).result = { consent: {} };
      approved.add(ctx);
    },
    async grantFor(ctx) {
      const { client, account, provider } = ctx.oidc;
      if (!approved.has(ctx) || client === undefined || account === undefined) return undefined;
      const grant = new provider.Grant({
        accountId: account.accountId,
        clientId: client.clientId,
      });
      const found = await accounts.find(account.accountId);
      const [organization] = (found && (await organizations.of(found))) ?? [];
      setOrganization(grant, organization?.id);
      const resources = Object.keys(ctx.oidc.resourceServers ?? {});
      addScopes(grant, ctx.oidc.requestParamScopes, resources, catalogue);
      await grant.save();
      return grant;
    },
  };
}
