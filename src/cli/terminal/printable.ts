/** Longest foreign text that is printed, in characters. */
const MAX_LENGTH = 300;

/** Controls, format characters (bidirectional ones among them), separators of lines, lone surrogates. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * Text from a server or a token, safe to print: one line, no control
 * characters, nothing that turns the direction of writing, and not too long.
 *
 * A terminal obeys escape sequences: a hostile document could otherwise erase a
 * ✗, write a ✓ in its place, or put text into the clipboard.
 */
export function printable(text: string, maxLength: number = MAX_LENGTH): string {
  const clean = text.replace(
    UNPRINTABLE,
    (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ""}}`,
  );
  return clean.length > maxLength ? `${clean.slice(0, maxLength)}…` : clean;
}

/**
 * `value` as indented JSON that is safe to print. `JSON.stringify` escapes C0
 * controls only; a terminal obeys C1 controls and bidirectional marks too.
 */
export function printableJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(UNPRINTABLE, (character) =>
    character === "\n"
      ? character
      : character
          .split("")
          .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
          .join(""),
  );
}
