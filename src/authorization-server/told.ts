/**
 * Wraps a function of the application that only hears of things. What it throws,
 * or rejects with, must not keep the server from what it was about to do.
 */
export function told<Arguments extends readonly unknown[]>(
  listener: (...args: Arguments) => unknown,
  onFailure: (error: Error) => void = () => undefined,
): (...args: Arguments) => void {
  const failed = (thrown: unknown): void =>
    onFailure(thrown instanceof Error ? thrown : new Error("a listener failed", { cause: thrown }));
  return (...args) => {
    try {
      const result = listener(...args);
      if (result instanceof Promise) result.catch(failed);
    } catch (thrown) {
      failed(thrown);
    }
  };
}
