import type { Adapter, AdapterFactory, errors } from "oidc-provider";
import type { Clock } from "../../core/clock.js";
import type { OpenRecord, SealedChange } from "../storage/sealed-storage.js";
import type { Records } from "./records.js";
import { currentUnit } from "./request-scope.js";
import type { Revoker } from "./revoker.js";
import { fromRecord, toRecord } from "./token-records.js";

export interface AdapterParts {
  readonly records: Records;
  readonly revoker: Revoker;
  readonly clock: Clock;
  readonly InvalidRequest: typeof errors.InvalidRequest;
}

/**
 * The storage adapter of oidc-provider. Within a unit of work, writes and uses
 * are collected. Removals and replay markers are written immediately.
 */
export function createAdapter(parts: AdapterParts): AdapterFactory {
  const { records, revoker, clock } = parts;
  const now = () => Math.floor(clock());

  const write = async (change: SealedChange): Promise<void> => {
    const unit = currentUnit();
    if (unit === undefined) await records.commit([change]);
    else unit.add(change);
  };

  return (model): Adapter => {
    const read = (record: OpenRecord | undefined, id?: string) =>
      record === undefined ? undefined : fromRecord(record, id);
    const findByIndex = async (index: "uid" | "userCode", value: string) => {
      const found = await records.findBy(index, value);
      return read(found.find(({ kind }) => kind === model));
    };
    return {
      async upsert(id, payload, expiresIn) {
        const record = toRecord(model, id, payload, expiresIn, now());
        if (model !== "ReplayDetection") return write({ put: record });
        // Of two concurrent requests with the same proof, only one passes.
        if (await records.commit([{ add: record }])) return;
        throw new parts.InvalidRequest("the proof or assertion has already been used");
      },
      async find(id) {
        const payload = read(await records.get(model, id), id);
        if (model === "RefreshToken" && currentUnit()?.unused === id) delete payload?.["consumed"];
        return payload;
      },
      findByUid: (uid) => findByIndex("uid", uid),
      findByUserCode: (userCode) => findByIndex("userCode", userCode),
      consume: (id) => write({ consume: { kind: model, id } }),
      destroy: (id) => revoker.revoke(model, id),
      // oidc-provider calls this once per model; the first call revokes the whole grant.
      async revokeByGrantId(grantId) {
        await revoker.revokeBy("grant", grantId);
      },
    };
  };
}
