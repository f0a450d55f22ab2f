/** Objects that are gone through without noting which: noting costs more than freezing. */
const FEW = 32;

/**
 * Makes a value and everything inside it immutable, and returns it. What one
 * request gets from a cache must not be altered by another one's tool.
 *
 * For plain data, as JSON makes it: the contents of a `Map`, a `Date` or a
 * buffer are not protected by freezing.
 */
export function freezeDeep<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  // A list of what is left instead of recursion: nesting is the sender's choice, the stack is ours.
  const left: object[] = [value];
  let seen: Set<object> | undefined;
  let count = 0;
  for (let item = left.pop(); item !== undefined; item = left.pop()) {
    // The claims of a token are few objects. Where there are many they may go round in a circle.
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
