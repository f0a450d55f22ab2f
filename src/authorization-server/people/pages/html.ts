/** HTML that is safe to send: its variable parts are escaped. Only {@link html} makes one. */
export class Html {
  readonly #text: string;

  /** @internal */
  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

type Insertable = string | number | Html | undefined | false | readonly Insertable[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
// Invisible and bidirectional control characters: a client's name must not reorder the
// text around it.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
const LONGEST_TEXT = 300;

/**
 * Template tag that escapes every inserted text, for element content and quoted
 * attributes. Inserts other `Html` and lists unchanged, and nothing for
 * `undefined` and `false`.
 *
 * Does not make a URL or a style safe: insert only your own there.
 *
 * @example
 * html`<h1>Allow ${view.client.name}?</h1>`;
 */
export function html(strings: TemplateStringsArray, ...values: readonly Insertable[]): Html {
  return new Html(strings.reduce((text, part, index) => text + insert(values[index - 1]) + part));
}

function insert(value: Insertable): string {
  if (value === undefined || value === false) return "";
  if (value instanceof Html) return value.toString();
  if (typeof value === "object") return value.map(insert).join("\n");
  return String(value)
    .replace(INVISIBLE, "")
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}

/** Truncates text, so that a long name cannot push the rest off the screen. */
export function short(text: string): string {
  const characters = [...text];
  return characters.length > LONGEST_TEXT ? `${characters.slice(0, LONGEST_TEXT).join("")}…` : text;
}

/** Replaces each `{name}` of a message. */
export function fill(message: string, values: Readonly<Record<string, Insertable>>): Html {
  const parts = message.split(/\{(\w+)\}/);
  const pieces = parts.map((part, index) =>
    index % 2 === 0 ? insert(part) : insert(values[part] ?? `{${part}}`),
  );
  return new Html(pieces.join(""));
}
