import type { SealedStorage } from "../storage/sealed-storage.js";
import { noteOutage } from "./request-scope.js";

/** The storage as far as grants need it. */
export type Records = Pick<SealedStorage, "get" | "findBy" | "commit">;

/** `records`, with every failure made the answer of the request: 503. */
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
    commit: (changes) => noted(records.commit(changes)),
  };
}
