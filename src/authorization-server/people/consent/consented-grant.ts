import type { KoaContextWithOIDC } from "oidc-provider";
import type { AccountDirectory } from "../accounts/account-directory.js";
import { organizationOf } from "../accounts/grant-organization.js";
import type { Organizations } from "../accounts/organizations.js";
import { readRemembered, redirectHostOf, remember } from "./remembered-consent.js";

type Grant = InstanceType<KoaContextWithOIDC["oidc"]["provider"]["Grant"]>;

/** What the consent page adds to the result of an interaction. */
export type ConsentResult = {
  readonly grantId?: string;
  /** Seconds since the epoch; absent if the consent is not to be remembered. */
  readonly rememberUntil?: number;
};

interface Memberships {
  readonly now: number;
  readonly accounts: AccountDirectory;
  readonly organizations: Organizations;
}

/**
 * The grant that the user gave on the consent page just now, or one that is
 * remembered in this browser's session.
 */
export async function consentedGrant(
  { oidc }: KoaContextWithOIDC,
  { now, accounts, organizations }: Memberships,
): Promise<Grant | undefined> {
  const { client, session, account, params } = oidc;
  if (client === undefined || session === undefined) return undefined;
  const { clientId } = client;
  const given = oidc.result?.consent as ConsentResult | undefined;
  const grantId = given?.grantId ?? readRemembered(session, clientId)?.grantId;
  const grant = grantId === undefined ? undefined : await oidc.provider.Grant.find(grantId);
  // Another user may have signed in to this browser since.
  const isOwn = grant !== undefined && grant.accountId === account?.accountId;
  if (!isOwn || grant.clientId !== clientId) return undefined;
  const found = await accounts.find(grant.accountId ?? "");
  if (found === undefined) return undefined;
  if (!(await organizations.isMember(found, organizationOf(grant)))) return undefined;
  if (given === undefined) {
    const { until = 0 } = readRemembered(session, clientId) ?? {};
    return until > now ? grant : undefined;
  }
  const { rememberUntil } = given;
  const redirectUri = params?.["redirect_uri"];
  remember(
    session,
    clientId,
    rememberUntil === undefined || typeof redirectUri !== "string"
      ? undefined
      : { grantId: grant.jti, redirectHost: redirectHostOf(redirectUri), until: rememberUntil },
  );
  return grant;
}
