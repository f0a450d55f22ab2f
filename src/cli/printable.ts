/** Longest foreign text that is printed, in characters. */
const MAX_LENGTH = 300;

/**
 * Text from a server or a token, safe to print: one line, no control
 * characters, nothing that turns the direction of writing, and not too long.
 *
 * A terminal obeys escape sequences: a hostile document could otherwise erase a
 * ✗, write a ✓ in its place, or put text into the clipboard.
 */
export function printable(text: string, maxLength: number = MAX_LENGTH): string {
  const clean = text.replace(
    // Controls, format characters (bidirectional ones among them), separators of lines, lone surrogates.
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ""}}`,
  );
  return clean.length > maxLength ? `${clean.slice(0, maxLength)}…` : clean;
}
