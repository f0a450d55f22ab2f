import { hash, timingSafeEqual } from "node:crypto";

/** Whether two texts are equal, in a time that does not say where they differ. */
export function isSameText(a: string, b: string): boolean {
  // Hashes have one length, as timingSafeEqual needs it, and cannot be steered character by character.
  return timingSafeEqual(hash("sha256", a, "buffer"), hash("sha256", b, "buffer"));
}
