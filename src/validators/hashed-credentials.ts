import { timingSafeEqual } from "node:crypto";
import { sha256Bytes } from "../core/hashes.js";

/**
 * The entry whose `digest` is that of `credential`.
 *
 * Compares with every entry, whole digests, so that the time taken tells
 * neither whether nor where something matched. Linear: meant for the number of
 * credentials one writes into a configuration.
 */
export function findByDigest<T extends { readonly digest: Buffer }>(
  entries: readonly T[],
  credential: string,
): T | undefined {
  const presented = sha256Bytes(credential);
  let found: T | undefined;
  for (const entry of entries) {
    if (timingSafeEqual(entry.digest, presented)) found = entry;
  }
  return found;
}
