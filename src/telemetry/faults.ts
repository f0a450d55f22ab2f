import type { Clock } from "../core/clock.js";
import { OAuthError } from "../core/errors.js";
import type { ErrorSource, OnError } from "../core/on-error.js";
import { causeWithoutMessage, printable, safeCause, type SafeCause } from "../core/safe-cause.js";

export interface FaultsOptions {
  /** Writes one line. */
  readonly log: (line: string) => void;
  readonly onError?: OnError | undefined;
  readonly clock: Clock;
}

const SILENT_SECONDS = 60;
const MAX_LINE_LENGTH = 2_000;

/**
 * Errors that functions of the application throw, and bugs in this package:
 * one log line with cause and stack for each source and minute, and each error to
 * `onError`. No credential of the request that met the error appears in either.
 */
export class Faults {
  readonly #options: FaultsOptions;
  readonly #lastLine = new Map<ErrorSource, number>();

  constructor(options: FaultsOptions) {
    this.#options = options;
  }

  /** Never throws. */
  report(source: ErrorSource, cause: SafeCause): void {
    const { log, onError, clock } = this.#options;
    const now = clock();
    // A clock that was set back must not silence the log.
    if (Math.abs(now - (this.#lastLine.get(source) ?? -Infinity)) >= SILENT_SECONDS) {
      this.#lastLine.set(source, now);
      log(lineOf(source, cause));
    }
    try {
      const result = onError?.(cause, { source }) as unknown;
      if (result instanceof Promise) result.catch(() => undefined);
    } catch {
      // The application's own; a request must not fail by it.
    }
  }

  /**
   * Wraps `run` and reports its errors. An OAuthError is the application's
   * answer, not a fault. The original error is rethrown.
   *
   * @param secretsOf Returns the secrets in the arguments, which must not appear in the report.
   */
  watch<Arguments extends readonly unknown[], Result>(
    source: ErrorSource,
    run: (...args: Arguments) => Result,
    secretsOf: (...args: Arguments) => readonly string[] = () => [],
  ): (...args: Arguments) => Result {
    return this.#watch(run, (thrown, args) => {
      this.report(source, safeCause(thrown, secretsOf(...args)));
    });
  }

  /** The same for a function that returns a secret; see {@link causeWithoutMessage}. */
  watchSecret<Result>(run: () => Result): () => Result {
    return this.#watch(run, (thrown) => this.report("secret", causeWithoutMessage(thrown)));
  }

  #watch<Arguments extends readonly unknown[], Result>(
    run: (...args: Arguments) => Result,
    fail: (thrown: unknown, args: Arguments) => void,
  ): (...args: Arguments) => Result {
    const failed = (thrown: unknown, args: Arguments): never => {
      if (!(thrown instanceof OAuthError)) fail(thrown, args);
      throw thrown;
    };
    return (...args) => {
      let result: Result;
      try {
        result = run(...args);
      } catch (thrown) {
        return failed(thrown, args);
      }
      return result instanceof Promise
        ? (result.catch((thrown: unknown) => failed(thrown, args)) as Result)
        : result;
    };
  }
}

function lineOf(source: ErrorSource, { message, stack = "" }: SafeCause): string {
  const frames = stack.slice(message.length).trim().split(/\n\s*/).join(" < ");
  const what = source === "internal" ? "internal error" : `${source} failed`;
  return printable(
    `mcp-framework-oauth: ${what}: ${message}${frames === "" ? "" : ` (${frames})`}`,
    MAX_LINE_LENGTH,
  );
}
