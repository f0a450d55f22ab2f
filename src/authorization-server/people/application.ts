import { noteOutage } from "../grants/request-scope.js";

/** Calls functions of the application. */
export interface Application {
  /**
   * Calls `work`. If it throws, rejects or takes longer than ten seconds, the request is answered
   * with 503: a client keeps its tokens, a refresh token stays unused, a user sees a page that
   * says to try again. `onError` gets the error.
   *
   * @param name the option, for the error message
   */
  call<T>(name: string, work: () => T | Promise<T>): Promise<T>;
}

const TIMEOUT_MS = 10_000;

export function createApplication(): Application {
  return {
    async call(name, work) {
      try {
        return await inTime(work);
      } catch (cause) {
        throw noteOutage(new ApplicationError(name, { cause }));
      }
    },
  };
}

/** A function of the application failed. */
class ApplicationError extends Error {
  constructor(name: string, options: ErrorOptions) {
    super(`The function ${name} of the authorization server's options failed`, options);
    this.name = "ApplicationError";
  }
}

async function inTime<T>(work: () => T | Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("no result after 10 seconds")), TIMEOUT_MS);
    timer.unref();
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}
