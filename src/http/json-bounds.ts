import { PayloadTooLargeError } from "../core/errors.js";

/** Objects and lists inside one another. */
const MAX_DEPTH = 100;
/** Members of all objects. Later steps look at each one several times. */
const MAX_MEMBERS = 50_000;

/**
 * Refuses JSON that would cost far more than its size says, before it is parsed.
 *
 * Does not check that the text is JSON.
 *
 * @throws PayloadTooLargeError
 */
export function boundJson(text: string): void {
  // A shorter text cannot reach either bound.
  if (text.length <= MAX_DEPTH) return;
  let depth = 0;
  let members = 0;
  for (let index = 0; index < text.length; index++) {
    switch (text.charCodeAt(index)) {
      case QUOTE:
        index = endOfString(text, index);
        break;
      case COLON:
        if (++members > MAX_MEMBERS) throw new PayloadTooLargeError("body_too_many_members");
        break;
      case OPEN_BRACE:
      case OPEN_BRACKET:
        if (++depth > MAX_DEPTH) throw new PayloadTooLargeError("body_too_deep");
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        depth -= 1;
        break;
    }
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** Index of the quote that ends the string, or the text's length. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end;
}

function isEscaped(text: string, index: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(index - 1 - backslashes) === BACKSLASH) backslashes += 1;
  return backslashes % 2 === 1;
}
