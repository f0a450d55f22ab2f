/** Exit statuses. Stable, for scripts. */
export const EXIT = {
  ok: 0,
  /** A check found something wrong, or the work could not be done. */
  failed: 1,
  /** The command was called wrongly. */
  usage: 2,
} as const;

export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

/**
 * Ends a command with one line: what is wrong, and the fix.
 * Never put a token or a secret into either; they end up in terminals and logs
 * of build servers.
 */
export class CliError extends Error {
  constructor(
    message: string,
    /** The fix, as a sentence. */
    readonly cure?: string,
    readonly exitStatus: ExitStatus = EXIT.failed,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "CliError";
  }
}

/** A {@link CliError} for a command that was called wrongly. */
export function usageError(message: string, cure?: string): CliError {
  return new CliError(message, cure, EXIT.usage);
}
