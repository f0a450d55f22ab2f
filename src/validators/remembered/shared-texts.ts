/** Texts kept, and how long a kept one may be: about half a megabyte at most. */
const MAX_TEXTS = 1000;
const MAX_LENGTH = 256;

/** Claims that the tokens of an issuer have in common with each other. */
const COMMON_CLAIMS = ["iss", "aud", "client_id", "azp", "scope"] as const;

/**
 * One copy of each text that many tokens have in common. Saves a third of the memory
 * of cached claims.
 *
 * For verified claims only: an unverified token must not choose what is kept.
 */
export class SharedTexts {
  readonly #texts = new Map<string, string>();

  /** Puts the shared copies into new claims. Changes no value. */
  shareIn(claims: Record<string, unknown>): void {
    for (const name of COMMON_CLAIMS) {
      const value = claims[name];
      if (typeof value === "string") claims[name] = this.#share(value);
    }
  }

  #share(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    if (text.length > MAX_LENGTH) return text;
    // Those in use come back at once; the others were not shared by many.
    if (this.#texts.size >= MAX_TEXTS) this.#texts.clear();
    this.#texts.set(text, text);
    return text;
  }
}
