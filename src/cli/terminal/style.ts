import { styleText } from "node:util";

type Format = (text: string) => string;

/** Colours by meaning, not by name. */
export interface Style {
  readonly good: Format;
  readonly bad: Format;
  readonly warning: Format;
  readonly heading: Format;
  readonly quiet: Format;
  readonly code: Format;
}

const FORMATS = {
  good: "green",
  bad: "red",
  warning: "yellow",
  heading: "bold",
  quiet: "dim",
  code: "cyan",
} as const;

/**
 * Colours for a stream: only for a terminal that can show them, and never where
 * `NO_COLOR` is set to anything (no-color.org).
 */
export function createStyle(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): Style {
  const noColor = env["NO_COLOR"];
  const coloured =
    stream.isTTY === true && (noColor === undefined || noColor === "") && env["TERM"] !== "dumb";
  const format =
    (name: keyof typeof FORMATS): Format =>
    (text) =>
      // Asked for a terminal already; `styleText` would look at the wrong stream.
      coloured ? styleText(FORMATS[name], text, { validateStream: false }) : text;
  return {
    good: format("good"),
    bad: format("bad"),
    warning: format("warning"),
    heading: format("heading"),
    quiet: format("quiet"),
    code: format("code"),
  };
}
