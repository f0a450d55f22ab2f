/**
 * `promise`, or a rejection with `onLate()` when it has not settled after
 * `seconds`. Does not stop the work behind the promise; the timer keeps no
 * process alive.
 */
export function withDeadline<T>(
  promise: Promise<T>,
  seconds: number,
  onLate: () => Error,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(onLate()), seconds * 1000);
    timer.unref();
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
