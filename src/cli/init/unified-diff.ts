import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";

/**
 * The difference of two texts in the format of `diff -u`; empty for equal texts.
 *
 * @param before `undefined` for a new file
 * @example
 * unifiedDiff("src/index.ts", "a\n", "b\n"); // --- a/src/index.ts …
 */
export function unifiedDiff(path: string, before: string | undefined, after: string): string {
  if (before === after) return "";
  const from = before === undefined ? "/dev/null" : `a/${path}`;
  return createTwoFilesPatch(from, `b/${path}`, before ?? "", after, undefined, undefined, {
    context: 3,
    headerOptions: FILE_HEADERS_ONLY,
  }).replace(/\n$/, "");
}
