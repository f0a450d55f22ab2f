const CONTEXT = 3;

interface Line {
  readonly sign: " " | "-" | "+";
  readonly text: string;
}

/**
 * The difference of two texts as `diff -u` writes it; empty for equal texts.
 * `before` is `undefined` for a file that is new.
 *
 * Its cost grows with the product of the changed parts' lengths: for source
 * files, not for data.
 */
export function unifiedDiff(path: string, before: string | undefined, after: string): string {
  if (before === after) return "";
  const lines = compare(splitLines(before ?? ""), splitLines(after));
  const head = [`--- ${before === undefined ? "/dev/null" : `a/${path}`}`, `+++ b/${path}`];
  return [...head, ...hunks(lines)].join("\n");
}

/** A last line without an end is told apart, as git does. */
function splitLines(text: string): string[] {
  if (text === "") return [];
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  else lines.push("\\ No newline at end of file");
  return lines;
}

/** Longest common subsequence, after the equal parts at both ends. */
function compare(a: readonly string[], b: readonly string[]): Line[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (
    end < a.length - start &&
    end < b.length - start &&
    a[a.length - 1 - end] === b[b.length - 1 - end]
  ) {
    end++;
  }
  const keep = (text: string): Line => ({ sign: " ", text });
  return [
    ...a.slice(0, start).map(keep),
    ...middle(a.slice(start, a.length - end), b.slice(start, b.length - end)),
    ...a.slice(a.length - end).map(keep),
  ];
}

function middle(a: readonly string[], b: readonly string[]): Line[] {
  // lengths[i][j]: longest common subsequence of a from i on and b from j on.
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  const at = (i: number, j: number) => lengths[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const length = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
      (lengths[i] as Uint32Array)[j] = length;
    }
  }
  const lines: Line[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const [left, right] = [a[i], b[j]];
    if (left !== undefined && left === right) {
      lines.push({ sign: " ", text: left });
      i++;
      j++;
    } else if (right === undefined || (left !== undefined && at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ sign: "-", text: left ?? "" });
      i++;
    } else {
      lines.push({ sign: "+", text: right });
      j++;
    }
  }
  return lines;
}

/** Changes with their surroundings; what lies far apart gets hunks of its own. */
function hunks(lines: readonly Line[]): string[] {
  const output: string[] = [];
  let oldLine = 1;
  let newLine = 1;
  let index = 0;
  while (index < lines.length) {
    const first = lines.findIndex(({ sign }, at) => at >= index && sign !== " ");
    if (first < 0) break;
    const start = Math.max(index, first - CONTEXT);
    oldLine += start - index;
    newLine += start - index;
    let last = first;
    for (let at = first; at < lines.length && at - last <= 2 * CONTEXT; at++) {
      if (lines[at]?.sign !== " ") last = at;
    }
    const hunk = lines.slice(start, Math.min(lines.length, last + CONTEXT + 1));
    const count = (other: "-" | "+") => hunk.filter(({ sign }) => sign !== other).length;
    const [olds, news] = [count("+"), count("-")];
    output.push(`@@ -${range(oldLine, olds)} +${range(newLine, news)} @@`);
    for (const { sign, text } of hunk) output.push(text.startsWith("\\ ") ? text : sign + text);
    oldLine += olds;
    newLine += news;
    index = start + hunk.length;
  }
  return output;
}

function range(start: number, count: number): string {
  return count === 1 ? String(start) : `${count === 0 ? start - 1 : start},${count}`;
}
