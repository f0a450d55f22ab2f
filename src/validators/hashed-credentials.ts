import { hash, timingSafeEqual } from "node:crypto";

/** SHA-256 of `text`, 32 bytes. */
export function sha256(text: string): Buffer {
  return hash("sha256", text, "buffer");
}

/**
 * The entry whose `digest` is that of `credential`.
 *
 * Compares with every entry, whole digests, so that the time taken tells
 * neither whether nor where something matched. Linear: meant for the number of
 * credentials one writes into a configuration.
 */
export function findCredential<T extends { readonly digest: Buffer }>(
  entries: readonly T[],
  credential: string,
): T | undefined {
  const presented = sha256(credential);
  let found: T | undefined;
  for (const entry of entries) {
    if (timingSafeEqual(entry.digest, presented)) found = entry;
  }
  return found;
}
