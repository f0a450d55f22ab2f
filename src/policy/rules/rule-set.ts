import { LRUCache } from "lru-cache";
import type { Pattern } from "./pattern.js";

export interface Rule<T> {
  readonly pattern: Pattern;
  readonly value: T;
}

/** How many names are remembered per set, and how long a remembered name may be: together about 1 MB at most. */
const MEMO_ENTRIES = 2000;
const MEMO_NAME_LENGTH = 256;

/**
 * Rules by name or pattern. All that match a name apply, in the order in which
 * they were written. Exact names cost one look-up however many there are;
 * patterns are tried once per name and remembered in a bounded memo.
 */
export class RuleSet<T> {
  readonly rules: readonly Rule<T>[];
  readonly #exact = new Map<string, number>();
  readonly #patterns: number[] = [];
  readonly #memo: LRUCache<string, readonly Rule<T>[]> | undefined;

  constructor(rules: readonly Rule<T>[]) {
    this.rules = rules;
    rules.forEach(({ pattern }, index) => {
      if (pattern.isLiteral) this.#exact.set(pattern.source, index);
      else this.#patterns.push(index);
    });
    if (this.#patterns.length > 0) this.#memo = new LRUCache({ max: MEMO_ENTRIES });
  }

  /** Every rule that matches `name`, in written order. */
  match(name: string): readonly Rule<T>[] {
    if (this.#memo === undefined) return this.#find(name);
    const remembered = this.#memo.get(name);
    if (remembered !== undefined) return remembered;
    const found = this.#find(name);
    // Names come from clients: a long one must not fill the memory.
    if (name.length <= MEMO_NAME_LENGTH) this.#memo.set(name, found);
    return found;
  }

  #find(name: string): readonly Rule<T>[] {
    const places = this.#patterns.filter((index) => this.rules[index]?.pattern.matches(name));
    const exact = this.#exact.get(name);
    if (exact !== undefined) places.push(exact);
    return places.sort((a, b) => a - b).flatMap((index) => this.rules[index] ?? []);
  }
}
