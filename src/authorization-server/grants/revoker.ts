import type { RevokedToken } from "../../core/embedded-authorization-server.js";
import type { NewRecord, OpenRecord, SealedStorage } from "../storage/sealed-storage.js";
import type { StorageIndex } from "../storage/storage.js";
import type { Records } from "./records.js";
import { revocationOf } from "./token-records.js";

/** Kind of the records that tell the other processes of a revocation. */
const REVOCATION = "Revocation";
const PAGE = 200;

/**
 * Removes tokens and notifies the resource servers: those of this process at once, those of
 * the other processes on this storage when they next call {@link Revoker.followOthers}.
 */
export class Revoker {
  readonly #records: Records;
  readonly #listeners = new Set<(token: RevokedToken) => void>();
  /** Revocations that the listeners know, until they expire. */
  readonly #told = new Map<string, number>();

  constructor(records: Records) {
    this.#records = records;
  }

  /** Calls `listener` for every access token that is revoked from now on. */
  onRevoked(listener: (token: RevokedToken) => void): void {
    this.#listeners.add(listener);
  }

  /**
   * Revokes all records with this index value and returns them. The grant record itself stays.
   *
   * @param keep kind of records that are not revoked
   */
  async revokeBy(
    index: StorageIndex,
    value: string,
    keep?: string,
  ): Promise<readonly OpenRecord[]> {
    const taken = await this.#records.takeBy(index, value, {
      ...(keep !== undefined && { keep }),
      leave: toNotice,
    });
    for (const record of taken) this.#tell(revocationOf(record));
    return taken;
  }

  /** Revokes a grant and everything issued under it. */
  async revokeGrant(grantId: string): Promise<readonly OpenRecord[]> {
    // First, so that no further token is issued under it.
    await this.#records.commit([{ remove: { kind: "Grant", id: grantId } }]);
    return this.revokeBy("grant", grantId);
  }

  /** Revokes one record. */
  async revoke(kind: string, id: string): Promise<void> {
    const record = await this.#records.get(kind, id);
    const notice = record === undefined ? undefined : toNotice(record);
    await this.#records.commit([
      { remove: { kind, id } },
      ...(notice === undefined ? [] : [{ put: notice }]),
    ]);
    if (record !== undefined) this.#tell(revocationOf(record));
  }

  /** Notifies the listeners of revocations by other processes. */
  async followOthers(storage: Pick<SealedStorage, "list">, now: number): Promise<void> {
    for (const [id, until] of this.#told) if (until <= now) this.#told.delete(id);
    // Without a resource server in this process, no listener needs the list.
    if (this.#listeners.size === 0) return;
    let after: string | undefined;
    do {
      const page = await storage.list(REVOCATION, PAGE, after);
      for (const { payload } of page.records) this.#tell(payload as unknown as RevokedToken);
      after = page.next;
    } while (after !== undefined);
  }

  #tell(revoked: RevokedToken | undefined): void {
    if (revoked === undefined || this.#listeners.size === 0) return;
    const id = noticeId(revoked);
    if (this.#told.has(id)) return;
    this.#told.set(id, revoked.until);
    for (const listener of this.#listeners) listener(revoked);
  }
}

function toNotice(record: OpenRecord): NewRecord | undefined {
  const revoked = revocationOf(record);
  if (revoked === undefined) return undefined;
  const payload = { ...revoked };
  return { kind: REVOCATION, id: noticeId(revoked), payload, expiresAt: revoked.until };
}

function noticeId({ jti, tokenHash }: RevokedToken): string {
  return jti ?? tokenHash ?? "";
}
