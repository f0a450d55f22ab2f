import type { Argument, Command, Option } from "commander";

/** What completion needs to know of one option. */
export interface CompletionOption {
  /** `-h`, where there is one. */
  readonly short: string | undefined;
  /** `--help`. */
  readonly long: string;
  readonly description: string;
  /** Whether a value follows, and which ones; an empty list stands for files. */
  readonly values: readonly string[] | undefined;
}

export interface CompletionCommand {
  readonly name: string;
  readonly description: string;
  readonly options: readonly CompletionOption[];
  /** Values of the first argument, where they are known. */
  readonly arguments: readonly string[];
}

/** The commands of a program, flattened to what a shell can complete. */
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
