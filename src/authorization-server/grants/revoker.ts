import type { RevokedToken } from "../../core/embedded-authorization-server.js";
import type { StorageIndex } from "../storage/storage.js";
import type { OpenRecord } from "../storage/sealed-storage.js";
import type { Records } from "./records.js";
import { revocationOf } from "./token-records.js";

/** Removes tokens and notifies the resource servers in this process. */
export class Revoker {
  readonly #records: Records;
  readonly #listeners = new Set<(token: RevokedToken) => void>();

  constructor(records: Records) {
    this.#records = records;
  }

  /** Calls `listener` for every access token that is revoked from now on. */
  onRevoked(listener: (token: RevokedToken) => void): void {
    this.#listeners.add(listener);
  }

  /** Revokes all records with this index value. The grant record itself stays. */
  async revokeBy(index: StorageIndex, value: string): Promise<void> {
    const taken = await this.#records.takeBy(index, value);
    for (const record of taken) this.tell(record);
  }

  /** Revokes a grant and everything issued under it. */
  async revokeGrant(grantId: string): Promise<void> {
    // First, so that no further token is issued under it.
    await this.#records.commit([{ remove: { kind: "Grant", id: grantId } }]);
    await this.revokeBy("grant", grantId);
  }

  /** Notifies the listeners of a token whose record was removed. */
  tell(record: OpenRecord): void {
    const revoked = revocationOf(record);
    if (revoked === undefined) return;
    for (const listener of this.#listeners) listener(revoked);
  }
}
