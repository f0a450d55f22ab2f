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

/** No working client uses more tokens of one chain within a window. */
const MAX_CHAIN = 32;

/**
 * Repeats the response to a refresh for `refreshReplaySeconds`, for a client
 * that lost it or sent the same refresh twice concurrently.
 *
 * A used token that is presented later, by another client or with another DPoP
 * key is a sign of theft: all tokens of the same consent are revoked (RFC 9700
 * §4.14.2). The client gets only `invalid_grant`.
 */
export class RefreshReplay {
  readonly #parts: RefreshReplayParts;

  constructor(parts: RefreshReplayParts) {
    this.#parts = parts;
  }

  /**
   * The response that the first use of this token got; `undefined` if the token
   * is unused or unknown.
   *
   * @throws InvalidGrant on reuse, after revoking the grant
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

  /** Commits the first use of `token`; `false` if it has been used already. */
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
          // The replay window ends when this record expires.
          expiresAt: now + refreshReplaySeconds + 1,
        },
      });
    }
    return records.commit(unit.changes);
  }

  /**
   * Repeats the response `earlier`; oidc-provider has validated this request too.
   *
   * A request for other scopes or another resource keeps its new access token and
   * gets the refresh token of the earlier response.
   *
   * @throws InvalidGrant if the grant was revoked in the meantime
   */
  async repeat(
    ctx: TokenEndpointGrantContext,
    unit: UnitOfWork,
    { token, earlier }: { readonly token: string; readonly earlier: RefreshAnswer },
  ): Promise<void> {
    const latest = await this.#latest(earlier);
    if (latest.request === requestKey(ctx.oidc.params)) {
      ctx.body = bodyAt(latest, this.#now());
      return;
    }
    const isAlive = { present: { kind: "RefreshToken", id: token } };
    if (!(await this.#parts.records.commit([isAlive, ...unit.accessTokens]))) {
      throw new this.#parts.InvalidGrant("revoked during the refresh");
    }
    ctx.body = { ...(ctx.body as object), refresh_token: latest.body["refresh_token"] };
  }

  /**
   * Another process may have used the successor already. A client that got a used
   * token would be signed out later, so the newest response of the chain is repeated.
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
    // Report before revoking: after a crash in between, the theft is reported twice, not never.
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

/** Thumbprint of the key in a DPoP proof. Verifies nothing: oidc-provider does. */
async function thumbprintOf(proof: string): Promise<string | undefined> {
  try {
    const { jwk } = decodeProtectedHeader(proof);
    return jwk === undefined ? undefined : await calculateJwkThumbprint(jwk);
  } catch {
    return undefined;
  }
}
