import type { Argument, Command, Option } from "commander";

/** One option, for completion. */
export interface CompletionOption {
  /** `-h`, if there is one. */
  readonly short: string | undefined;
  /** `--help`. */
  readonly long: string;
  readonly description: string;
  /** Values of the option: `undefined` for a flag, an empty list for files. */
  readonly values: readonly string[] | undefined;
}

export interface CompletionCommand {
  readonly name: string;
  readonly description: string;
  readonly options: readonly CompletionOption[];
  /** Values of the first argument, if they are known. */
  readonly arguments: readonly string[];
}

/** The commands of a program, flattened for completion by a shell. */
export function completionCommands(program: Command): readonly CompletionCommand[] {
  return program.commands.map((command) => ({
    name: command.name(),
    description: firstSentence(command.description()),
    options: optionsOf(command),
    arguments: choicesOf(command.registeredArguments[0]),
  }));
}

/** The options of one command, `--help` included. */
export function optionsOf(command: Command): readonly CompletionOption[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .flatMap((option) => {
      const { short, long, description } = option;
      if (long === undefined || long === null) return [];
      const takesValue = option.required || option.optional;
      return [
        {
          short,
          long,
          description,
          values: takesValue ? (choicesOf(option) as string[]) : undefined,
        },
      ];
    });
}

/** A shell shows one line for each command. */
function firstSentence(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return /^(.*?)[.:](?: |$)/.exec(line)?.[1] ?? line;
}

function choicesOf(option: Option | Argument | undefined): readonly string[] {
  return option?.argChoices ?? [];
}
