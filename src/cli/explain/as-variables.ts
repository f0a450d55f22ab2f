import { VARIABLES } from "../../options/environment/variables.js";

const BY_OPTION: ReadonlyMap<string, string> = new Map(
  VARIABLES.flatMap((row) => (row.option === undefined ? [] : [[row.option, row.name] as const])),
);

/** Replaces names of options in a sentence by their variables. */
export function asVariables(text: string): string {
  return text.replace(
    /\b(?:validation|introspection)(?:\.\w+)+/g,
    (option) => BY_OPTION.get(option) ?? option,
  );
}
