/** Longer values are not useful labels. */
const MAX_LENGTH = 200;

/**
 * Bounds the values of a metric's label: each one costs memory here, in the
 * SDK and in every system behind it. The first `size` values pass, all others
 * are `other`.
 */
export class LabelSet {
  readonly #size: number;
  readonly #known = new Set<string>();

  constructor(size: number) {
    this.#size = size;
  }

  label(value: string): string {
    if (this.#known.has(value)) return value;
    if (this.#known.size >= this.#size || value.length > MAX_LENGTH) return "other";
    this.#known.add(value);
    return value;
  }
}
