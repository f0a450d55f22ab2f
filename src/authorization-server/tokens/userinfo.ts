import type { Provider } from "oidc-provider";
import type { Clock } from "../../core/clock.js";
import type { Account } from "../people/accounts/account.js";
import { organizationOf } from "../people/accounts/grant-organization.js";
import type { TokenClaims } from "../people/claims/token-claims.js";
import type { AccountDirectory } from "../people/accounts/account-directory.js";
import type { Records } from "../grants/records.js";
import { handleOf } from "../grants/token-records.js";

type Middleware = Parameters<Provider["use"]>[0];

type Payload = Readonly<Record<string, unknown>>;

export interface UserinfoParts {
  readonly path: string;
  readonly records: Records;
  readonly accounts: AccountDirectory;
  readonly claims: TokenClaims;
  readonly provider: Provider;
  readonly clock: Clock;
}

/** Claims that each OpenID Connect scope gives access to. */
const CLAIMS = { profile: ["name"], email: ["email"] } as const;

/**
 * The userinfo endpoint (OpenID Connect Core §5.3), for access tokens whose
 * grant has the scope `openid`. The endpoint of oidc-provider refuses tokens
 * with a resource, and every token here has one.
 *
 * Refuses DPoP-bound tokens, because it does not verify proofs.
 */
export function answerUserinfo(parts: UserinfoParts): Middleware {
  const { path, records, accounts, clock } = parts;
  return async (ctx, next) => {
    if (ctx.path !== path || !["GET", "POST"].includes(ctx.method)) {
      await next();
      return;
    }
    ctx.set("cache-control", "no-store");
    const refuse = (status: number, error?: string): void => {
      ctx.status = status;
      const scope = status === 403 ? ', scope="openid"' : "";
      ctx.set(
        "www-authenticate",
        error === undefined ? "Bearer" : `Bearer error="${error}"${scope}`,
      );
      ctx.body = { error: error ?? "invalid_request" };
    };
    const token = /^Bearer ([\w.~+/-]+=*)$/i.exec(ctx.get("authorization"))?.[1];
    if (token === undefined) return refuse(401);
    const found = (await records.get("AccessToken", handleOf(token)))?.payload;
    const { grantId, accountId, exp, jkt } = found ?? {};
    const now = clock();
    const isGood = typeof exp === "number" && exp > now && jkt === undefined;
    const grant =
      isGood && typeof grantId === "string" ? await records.get("Grant", grantId) : undefined;
    const account = typeof accountId === "string" ? await accounts.find(accountId) : undefined;
    if (grant === undefined || account === undefined || grant.payload["accountId"] !== accountId) {
      return refuse(401, "invalid_token");
    }
    const { scope = "" } = (grant.payload["openid"] ?? {}) as { scope?: string };
    const scopes = new Set(scope.split(" "));
    if (!scopes.has("openid")) return refuse(403, "insufficient_scope");
    const claims: Record<string, unknown> = {
      ...(await ownClaims(parts, account, found ?? {}, grant.payload)),
      sub: account.id,
    };
    for (const [name, members] of Object.entries(CLAIMS)) {
      if (!scopes.has(name)) continue;
      for (const member of members) claims[member] = account[member];
    }
    ctx.body = claims;
  };
}

/** The claims of the access token, as they are now. */
async function ownClaims(
  { claims, provider }: UserinfoParts,
  account: Account,
  token: Payload,
  grant: Payload,
): Promise<Payload> {
  const { clientId, scope, aud } = token;
  const client = await provider.Client.find(String(clientId));
  const organization = organizationOf(grant);
  return claims.of({
    account,
    ...(organization !== undefined && { organization }),
    client: {
      id: String(clientId),
      ...(client?.clientName !== undefined && { name: client.clientName }),
    },
    scopes: typeof scope === "string" ? scope.split(" ") : [],
    ...(typeof aud === "string" && { resource: aud }),
  });
}
