import { decodeJwt } from "jose";
import type { TokenEndpointGrantContext } from "oidc-provider";
import { RefreshReplay, type RefreshReplayParts } from "./refresh-replay.js";
import { inUnit } from "./request-scope.js";
import { toShadowRecord } from "./token-records.js";
import { UnitOfWork } from "./unit-of-work.js";

/** Grant type handler of oidc-provider. */
export type GrantHandler = (ctx: TokenEndpointGrantContext) => Promise<void> | void;

const DAY = 86_400;

/**
 * Wraps a grant type handler in a unit of work: its writes are committed in one
 * step after it succeeds. A refused or failed request consumes nothing.
 */
export function createGrantHandlers(parts: RefreshReplayParts) {
  const replay = new RefreshReplay(parts);
  const now = () => Math.floor(parts.clock());

  return (grantType: string, handler: GrantHandler): GrantHandler =>
    grantType === "refresh_token" ? (ctx) => refresh(ctx, handler) : (ctx) => once(ctx, handler);

  async function refresh(ctx: TokenEndpointGrantContext, handler: GrantHandler): Promise<void> {
    const token: unknown = ctx.oidc.params["refresh_token"];
    // oidc-provider reports the missing parameter.
    if (typeof token !== "string") return handler(ctx);
    const earlier = await replay.earlierAnswer(ctx, token);
    // Unused for oidc-provider even without an earlier response: it would take a concurrent use,
    // committed since, for theft. The commit decides who was first.
    const unit = await work(ctx, handler, token);
    if (earlier !== undefined) return replay.repeat(ctx, unit, { token, earlier });
    if (await replay.commitFirst(ctx, unit, token)) return;
    // A concurrent request used the token first, or the grant was revoked.
    const winner = await replay.earlierAnswer(ctx, token);
    if (winner === undefined) throw new parts.InvalidGrant("revoked during the refresh");
    return replay.repeat(ctx, unit, { token, earlier: winner });
  }

  async function once(ctx: TokenEndpointGrantContext, handler: GrantHandler): Promise<void> {
    const unit = await work(ctx, handler);
    if (await parts.records.commit(unit.changes)) return;
    // Another request used the code at the same time (RFC 6749 §4.1.2).
    const { Grant: grant, Account: account } = ctx.oidc.entities;
    parts.onReuse({
      kind: "authorization_code_reused",
      time: now(),
      clientId: ctx.oidc.client.clientId,
      ...(account !== undefined && { accountId: account.accountId }),
    });
    if (grant?.jti !== undefined) await parts.revoker.revokeGrant(grant.jti);
    throw new parts.InvalidGrant("code was used at the same time");
  }

  async function work(
    ctx: TokenEndpointGrantContext,
    handler: GrantHandler,
    unused?: string,
  ): Promise<UnitOfWork> {
    const unit = new UnitOfWork(unused);
    await inUnit(unit, async () => {
      await handler(ctx);
      await extendGrant(ctx);
    });
    const { AccessToken, ClientCredentials } = ctx.oidc.entities;
    const token = AccessToken ?? ClientCredentials;
    const text = (ctx.body as { access_token?: unknown } | undefined)?.access_token;
    if (token?.format === "jwt" && typeof text === "string") {
      const fields = token as unknown as Readonly<Record<string, unknown>>;
      unit.add({ put: toShadowRecord(token.kind, fields, text, decodeJwt(text)) });
    }
    return unit;
  }
}

/** Extends a grant to the expiry of its newest refresh token, plus a day to avoid a write each time. */
async function extendGrant({ oidc }: TokenEndpointGrantContext): Promise<void> {
  const { Grant: grant, RefreshToken: refreshToken } = oidc.entities;
  if (grant?.exp === undefined || refreshToken === undefined) return;
  const needed = Math.floor(Date.now() / 1000) + refreshToken.expiration;
  if (grant.exp >= needed) return;
  grant.exp = needed + DAY;
  await grant.save();
}
