import type { Command } from "commander";
import { completionCommands, optionsOf, type CompletionCommand } from "./command-tree.js";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** Both names of the executable. */
const NAMES = ["mcp-oauth", "mcp-framework-oauth"];

/**
 * A completion script for commands, options and known values; other values complete
 * to files. It is self-contained: pressing Tab never
 * starts Node.
 */
export function completionScript(program: Command, shell: Shell): string {
  const commands = completionCommands(program);
  const top = optionsOf(program).map(({ long }) => long);
  switch (shell) {
    case "bash":
      return bash(commands, top);
    case "zsh":
      return zsh(commands, top);
    case "fish":
      return fish(commands, program);
  }
}

function bash(commands: readonly CompletionCommand[], top: readonly string[]): string {
  const cases = commands.flatMap(({ name, options, arguments: values }) => [
    `    ${name})`,
    `      case "$prev" in`,
    ...options
      .filter((option) => option.values !== undefined)
      .map(({ long, values }) =>
        values?.length === 0
          ? `        ${long}) COMPREPLY=($(compgen -f -- "$cur")); return ;;`
          : `        ${long}) COMPREPLY=($(compgen -W "${values?.join(" ")}" -- "$cur")); return ;;`,
      ),
    "      esac",
    `      words="${[...options.map(({ long }) => long), ...values].join(" ")}" ;;`,
  ]);
  return [
    "# bash completion for mcp-oauth",
    "_mcp_oauth() {",
    '  local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}" words=""',
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    words="${[...commands.map(({ name }) => name), ...top].join(" ")}"`,
    "  else",
    '  case "${COMP_WORDS[1]}" in',
    ...cases,
    "  esac",
    "  fi",
    '  COMPREPLY=($(compgen -W "$words" -- "$cur"))',
    "}",
    `complete -o default -F _mcp_oauth ${NAMES.join(" ")}`,
  ].join("\n");
}

function zsh(commands: readonly CompletionCommand[], top: readonly string[]): string {
  const cases = commands.flatMap(({ name, options, arguments: values }) => [
    `    ${name})`,
    "      _arguments \\",
    ...options.map(({ long, description, values: of }) => {
      const what = `${long}[${zshText(description)}]`;
      const value =
        of === undefined ? "" : of.length === 0 ? ":value:_files" : `:value:(${of.join(" ")})`;
      return `        ${quote(what + value)} \\`;
    }),
    `        ${quote(values.length === 0 ? "*:file:_files" : `1:value:(${values.join(" ")})`)}`,
    "      ;;",
  ]);
  return [
    `#compdef ${NAMES.join(" ")}`,
    "_mcp_oauth() {",
    "  local -a commands",
    "  commands=(",
    ...commands.map(
      ({ name, description }) => `    ${quote(`${name}:${description.replaceAll(":", "\\:")}`)}`,
    ),
    "  )",
    "  if (( CURRENT == 2 )); then",
    "    _describe command commands",
    `    compadd -- ${top.join(" ")}`,
    "    return",
    "  fi",
    "  local command=${words[2]}",
    "  shift words",
    "  (( CURRENT-- ))",
    "  case $command in",
    ...cases,
    "  esac",
    "}",
    // Works both as an autoloaded function and when sourced.
    'if [ "$funcstack[1]" = "_mcp_oauth" ]; then _mcp_oauth "$@"; else compdef _mcp_oauth ' +
      `${NAMES.join(" ")}; fi`,
  ].join("\n");
}

function fish(commands: readonly CompletionCommand[], program: Command): string {
  const lines = NAMES.flatMap((name) => {
    const complete = `complete -c ${name}`;
    return [
      ...commands.map(
        (command) =>
          `${complete} -n __fish_use_subcommand -f -a ${command.name} -d ${quote(command.description)}`,
      ),
      ...optionsOf(program).map(
        ({ long, description }) =>
          `${complete} -n __fish_use_subcommand -l ${long.slice(2)} -d ${quote(description)}`,
      ),
      ...commands.flatMap((command) => {
        const seen = `${complete} -n ${quote(`__fish_seen_subcommand_from ${command.name}`)}`;
        return [
          ...command.options.map(({ long, description, values }) => {
            const value =
              values === undefined
                ? ""
                : values.length === 0
                  ? " -r"
                  : ` -x -a ${quote(values.join(" "))}`;
            return `${seen} -l ${long.slice(2)}${value} -d ${quote(description)}`;
          }),
          ...(command.arguments.length === 0
            ? []
            : [`${seen} -f -a ${quote(command.arguments.join(" "))}`]),
        ];
      }),
    ];
  });
  return ["# fish completion for mcp-oauth", ...lines].join("\n");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Escapes brackets and colons, which are syntax in `_arguments`. */
function zshText(text: string): string {
  return text.replace(/[[\]:\\]/g, "\\$&");
}
