/** Number of objects that are visited without tracking them: tracking costs more than freezing. */
const FEW = 32;

/**
 * Makes a value and everything inside it immutable, and returns it. A cached
 * value must not be changed by another request's tool.
 *
 * For plain data, as JSON makes it: the contents of a `Map`, a `Date` or a
 * buffer are not protected by freezing.
 */
export function freezeDeep<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  // A work list instead of recursion: the sender chooses the nesting, which must not overflow the stack.
  const left: object[] = [value];
  let seen: Set<object> | undefined;
  let count = 0;
  for (let item = left.pop(); item !== undefined; item = left.pop()) {
    // The claims of a token are few objects. Larger values are checked for cycles.
    if (++count > FEW) {
      seen ??= new Set();
      if (seen.has(item)) continue;
      seen.add(item);
    }
    // A typed array cannot be frozen, and trying throws.
    if (ArrayBuffer.isView(item)) continue;
    Object.freeze(item);
    for (const inner of Object.values(item) as unknown[]) {
      if (typeof inner === "object" && inner !== null) left.push(inner);
    }
  }
  return value;
}
