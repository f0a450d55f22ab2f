/** One challenge of a `WWW-Authenticate` header. */
export interface Challenge {
  /** In lower case. */
  readonly scheme: string;
  /** Names in lower case, in the order written, including repeated names. */
  readonly parameters: readonly (readonly [name: string, value: string])[];
}

export type ParsedChallenges =
  | { readonly ok: true; readonly challenges: readonly Challenge[] }
  | { readonly ok: false; readonly problem: string };

const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const TOKEN68 = /[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))/y;
const QUOTED = /"((?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*)"/y;

/**
 * Reads `WWW-Authenticate` by the grammar (RFC 9110 §11.6.1): a list of
 * challenges, each a scheme with parameters or a token68. Strict, and never
 * throws; describes what is malformed.
 */
export function parseChallenges(header: string): ParsedChallenges {
  const challenges: { scheme: string; parameters: [string, string][] }[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(header);
    if (match === null) return undefined;
    at = pattern.lastIndex;
    return match;
  };
  const space = () => take(/[ \t]*/y)?.[0] ?? "";
  const bad = (problem: string): ParsedChallenges => ({ ok: false, problem });

  space();
  while (at < header.length) {
    // Empty members of a list are allowed (RFC 9110 §5.6.1.2).
    if (take(/,[ \t]*/y)) continue;
    const name = take(TOKEN)?.[0];
    if (name === undefined) return bad(`unexpected ${JSON.stringify(header[at])}`);
    const blank = space();
    const current = challenges.at(-1);
    if (take(/=[ \t]*/y)) {
      if (current === undefined) return bad("a parameter before any scheme");
      const value = take(QUOTED) ?? take(TOKEN);
      if (value === undefined) return bad(`the value of ${name} is not well formed`);
      current.parameters.push([name.toLowerCase(), (value[1] ?? value[0]).replace(/\\(.)/g, "$1")]);
    } else {
      challenges.push({ scheme: name.toLowerCase(), parameters: [] });
      // A scheme is followed by its first parameter, by a token68, or by the next challenge.
      if (blank !== "" && !/[,]/.test(header[at] ?? ",")) {
        const start = at;
        const next = take(TOKEN);
        space();
        const isParameter = next !== undefined && header[at] === "=" && header[at + 1] !== "=";
        at = start;
        if (isParameter) continue;
        if (take(TOKEN68) === undefined) return bad(`what follows ${name} is not well formed`);
      }
    }
    space();
    if (at < header.length && header[at] !== ",") {
      return bad(`a comma is missing before ${JSON.stringify(header.slice(at, at + 12))}`);
    }
  }
  return { ok: true, challenges };
}

/** The violation of RFC 6750 §3 in a Bearer challenge, or `undefined`. */
export function bearerProblem({ parameters }: Challenge): string | undefined {
  const seen = new Set<string>();
  for (const [name, value] of parameters) {
    if (seen.has(name)) return `${name} is repeated`;
    seen.add(name);
    const allowed = CHARACTERS[name];
    if (allowed !== undefined && !allowed.test(value)) {
      return `${name} has characters that are not allowed`;
    }
  }
  return undefined;
}

/** RFC 6750 §3. */
const CHARACTERS: Readonly<Record<string, RegExp | undefined>> = {
  scope: /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/,
  error: /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/,
  error_description: /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/,
};
