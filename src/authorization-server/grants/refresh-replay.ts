import { calculateJwkThumbprint, decodeProtectedHeader } from "jose";
import type { errors, TokenEndpointGrantContext } from "oidc-provider";
import type { Clock } from "../../core/clock.js";
import type { OpenRecord } from "../storage/sealed-storage.js";
import {
  bodyAt,
  openAnswer,
  requestKey,
  sealAnswer,
  type RefreshAnswer,
} from "./refresh-answer.js";
import type { Records } from "./records.js";
import type { ReuseEvent } from "./reuse-event.js";
import type { Revoker } from "./revoker.js";
import type { UnitOfWork } from "./unit-of-work.js";

export interface RefreshReplayParts {
  readonly records: Records;
  readonly revoker: Revoker;
  readonly clock: Clock;
  readonly InvalidGrant: typeof errors.InvalidGrant;
  readonly refreshReplaySeconds: number;
  readonly onReuse: (event: ReuseEvent) => void;
}

/** A longer chain of used tokens within one window is no client that works. */
const MAX_CHAIN = 32;

/**
 * Lets a client that lost the answer to a refresh, or sent the same refresh
 * twice at once, have that answer again for `refreshReplaySeconds`.
 *
 * A used token that is presented later, by another client or with another DPoP
 * key is a sign of theft: everything from the same consent is revoked (RFC 9700
 * §4.14.2). The client learns `invalid_grant` and no more.
 */
export class RefreshReplay {
  readonly #parts: RefreshReplayParts;

  constructor(parts: RefreshReplayParts) {
    this.#parts = parts;
  }

  /**
   * The answer this token was used for; `undefined` for one that was not used,
   * or does not exist.
   *
   * @throws InvalidGrant for reuse, after revoking
   */
  async earlierAnswer(
    ctx: TokenEndpointGrantContext,
    token: string,
  ): Promise<RefreshAnswer | undefined> {
    const stored = await this.#parts.records.get("RefreshToken", token);
    if (stored?.consumedAt === undefined) return undefined;
    const answer = (await this.#isOwner(ctx, stored)) ? await this.#answerTo(token) : undefined;
    if (answer === undefined) return this.#revokeReused(ctx, stored);
    return answer;
  }

  /** Commits the first use of `token`; `false` when it was not the first. */
  async commitFirst(
    ctx: TokenEndpointGrantContext,
    unit: UnitOfWork,
    token: string,
  ): Promise<boolean> {
    const { records, refreshReplaySeconds } = this.#parts;
    const now = this.#now();
    if (refreshReplaySeconds > 0) {
      const answer: RefreshAnswer = {
        body: ctx.body as Record<string, unknown>,
        issuedAt: now,
        request: requestKey(ctx.oidc.params),
      };
      const { grantId, accountId } = ctx.oidc.entities.RefreshToken ?? {};
      unit.add({
        put: {
          kind: "Answer",
          id: token,
          payload: { sealed: sealAnswer(answer, token) },
          indexes: {
            client: ctx.oidc.client.clientId,
            ...(grantId !== undefined && { grant: grantId }),
            ...(accountId !== undefined && { account: accountId }),
          },
          // With it the window closes.
          expiresAt: now + refreshReplaySeconds + 1,
        },
      });
    }
    return records.commit(unit.changes);
  }

  /**
   * Answers as `earlier` did; oidc-provider has checked this request as well.
   *
   * A request for other scopes or another resource keeps the access token that
   * was just made for it, and gets the refresh token of the earlier answer.
   */
  async repeat(
    ctx: TokenEndpointGrantContext,
    unit: UnitOfWork,
    earlier: RefreshAnswer,
  ): Promise<void> {
    const latest = await this.#latest(earlier);
    if (latest.request === requestKey(ctx.oidc.params)) {
      ctx.body = bodyAt(latest, this.#now());
      return;
    }
    await this.#parts.records.commit(unit.accessTokens);
    ctx.body = { ...(ctx.body as object), refresh_token: latest.body["refresh_token"] };
  }

  /**
   * Another process may have used the successor already. Handing out a used
   * token would sign its client out later, so the newest answer is repeated.
   */
  async #latest(answer: RefreshAnswer): Promise<RefreshAnswer> {
    let latest = answer;
    for (let hops = 0; hops < MAX_CHAIN; hops++) {
      const successor = latest.body["refresh_token"];
      if (typeof successor !== "string") break;
      const next = await this.#answerTo(successor);
      if (next === undefined) break;
      latest = next;
    }
    return latest;
  }

  async #answerTo(token: string): Promise<RefreshAnswer | undefined> {
    const record = await this.#parts.records.get("Answer", token);
    const sealed = record?.payload["sealed"];
    return typeof sealed === "string" ? openAnswer(sealed, token) : undefined;
  }

  async #isOwner(ctx: TokenEndpointGrantContext, stored: OpenRecord): Promise<boolean> {
    const { clientId, jkt } = stored.payload;
    return (
      clientId === ctx.oidc.client.clientId &&
      (jkt === undefined || jkt === (await thumbprintOf(ctx.get("DPoP"))))
    );
  }

  async #revokeReused(ctx: TokenEndpointGrantContext, { payload }: OpenRecord): Promise<never> {
    const { grantId, accountId } = payload;
    // Reported first: a crash in between may report twice, and never leaves a theft unreported.
    this.#parts.onReuse({
      kind: "refresh_token_reused",
      time: this.#now(),
      clientId: ctx.oidc.client.clientId,
      ...(typeof accountId === "string" && { accountId }),
    });
    if (typeof grantId === "string") await this.#parts.revoker.revokeGrant(grantId);
    throw new this.#parts.InvalidGrant("refresh token was used before");
  }

  #now(): number {
    return Math.floor(this.#parts.clock());
  }
}

/** Of the key in a DPoP proof, which oidc-provider has verified or will. */
async function thumbprintOf(proof: string): Promise<string | undefined> {
  try {
    const { jwk } = decodeProtectedHeader(proof);
    return jwk === undefined ? undefined : await calculateJwkThumbprint(jwk);
  } catch {
    return undefined;
  }
}
