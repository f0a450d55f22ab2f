import type { SealedStorage } from "../storage/sealed-storage.js";
import { noteOutage } from "./request-scope.js";

/** The part of the storage that grants use. */
export type Records = Pick<SealedStorage, "get" | "findBy" | "takeBy" | "commit">;

/** Wraps `records` so that every failure is noted as an outage and the request gets 503. */
export function withNotedOutages(records: Records): Records {
  const noted = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (cause) {
      throw noteOutage(cause instanceof Error ? cause : new Error("storage failed", { cause }));
    }
  };
  return {
    get: (kind, id) => noted(records.get(kind, id)),
    findBy: (index, value) => noted(records.findBy(index, value)),
    takeBy: (...call) => noted(records.takeBy(...call)),
    commit: (changes) => noted(records.commit(changes)),
  };
}
