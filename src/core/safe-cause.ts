const MAX_TEXT = 4_000;
const MAX_MESSAGE = 300;
const MAX_FRAMES = 12;
/** Longest part of a secret that may remain. JSON.parse, for example, quotes ten characters of its input. */
const PART_LENGTH = 8;
const REMOVED = "[removed]";

/**
 * An error thrown by a function of the application: no secret appears in the message
 * or the stack, and both are bounded. Never contains the original, whose other
 * members (query parameters, nested causes) cannot be searched.
 */
export class SafeCause extends Error {
  constructor(message: string, frames: readonly string[]) {
    super(message);
    this.name = "SafeCause";
    this.stack = [message, ...frames.map((frame) => `    ${frame}`)].join("\n");
  }
}

/**
 * Databases often quote the value they did not find, so `secrets` are removed from a
 * thrown error: as they are, in common encodings, and in parts.
 */
export function safeCause(thrown: unknown, secrets: readonly string[]): SafeCause {
  if (thrown instanceof SafeCause) return thrown;
  const { name, message, frames } = read(thrown);
  const text = message === "" ? name : `${name}: ${message}`;
  const clean = scrubber(secrets);
  return new SafeCause(
    // Truncate last: truncating first could leave the first half of a secret.
    clean(text).slice(0, MAX_MESSAGE),
    frames.map(clean),
  );
}

/**
 * The same for a function that returns a secret: its message may quote one that
 * is not known here, so only the kind of error, its code and its stack are kept.
 */
export function causeWithoutMessage(thrown: unknown): SafeCause {
  const { name, code, frames } = read(thrown);
  const kind = /^[A-Z][A-Za-z]{0,30}Error$/.test(name) ? name : "Error";
  const known = /^[A-Z][A-Z0-9_]{2,40}$/.test(code) ? ` ${code}` : "";
  return new SafeCause(`${kind}${known} (message withheld: it may quote the secret)`, frames);
}

/** The text without the secrets, whole or in part. At most 4,000 characters are read and returned. */
export function scrub(text: string, secrets: readonly string[]): string {
  return scrubber(secrets)(text);
}

/** Prepares the secrets once for many texts: the client chooses how long its token is. */
function scrubber(secrets: readonly string[]): (text: string) => string {
  const prepared = secrets
    .filter((secret) => secret !== "")
    .map((secret) => ({ secret, forms: formsOf(secret), parts: partsOf(secret) }));
  return (text) =>
    prepared.reduce(
      (clean, { secret, forms, parts }) => {
        const whole = forms.reduce((rest, form) => rest.replaceAll(form, REMOVED), clean);
        return withoutParts(whole, secret, parts);
      },
      text.slice(0, MAX_TEXT),
    );
}

/** Escapes line breaks and control characters, so that one line stays one line. */
export function printable(text: string, maxLength = MAX_MESSAGE): string {
  return text.replace(/[^\x20-\x7e]/g, "?").slice(0, maxLength);
}

function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  return [
    secret,
    // Read back from bytes: half a surrogate pair cannot be encoded.
    encodeURIComponent(bytes.toString()),
    JSON.stringify(secret).slice(1, -1),
    bytes.toString("base64"),
    bytes.toString("base64url"),
    bytes.toString("hex"),
  ];
}

function partsOf(secret: string): ReadonlySet<string> {
  const parts = new Set<string>();
  for (let at = 0; at + PART_LENGTH <= secret.length; at++) {
    parts.add(secret.slice(at, at + PART_LENGTH));
  }
  return parts;
}

function withoutParts(text: string, secret: string, parts: ReadonlySet<string>): string {
  let clean = "";
  let at = 0;
  while (at < text.length) {
    let end = at + PART_LENGTH;
    if (end > text.length || !parts.has(text.slice(at, end))) {
      clean += text.charAt(at++);
      continue;
    }
    while (end < text.length && secret.includes(text.slice(at, end + 1))) end++;
    clean += REMOVED;
    at = end;
  }
  return clean;
}

interface Read {
  readonly name: string;
  readonly message: string;
  readonly code: string;
  readonly frames: readonly string[];
}

/** Reads a thrown value, whose getters may throw. */
function read(thrown: unknown): Read {
  const nothing = { message: "", code: "", frames: [] };
  try {
    if (!(thrown instanceof Error)) return { ...nothing, name: typeof thrown };
    const { name, message, stack } = thrown;
    const { code } = thrown as { code?: unknown };
    return {
      name: String(name),
      message: String(message),
      code: typeof code === "string" ? code : "",
      frames: framesOf(String(stack), String(message)),
    };
  } catch {
    return { ...nothing, name: "unreadable error" };
  }
}

/** Lines of the stack behind the message, which may look like such lines itself. */
function framesOf(stack: string, message: string): readonly string[] {
  const end = stack.indexOf(message);
  if (end === -1) return [];
  return stack
    .slice(end + message.length)
    .split("\n")
    .map((line) => line.trim().slice(0, MAX_MESSAGE))
    .filter((line) => /^at .*:\d+:\d+\)?$/.test(line))
    .slice(0, MAX_FRAMES);
}
