/** True when the code that runs now belongs to a cell that was interrupted. */
export function dead(): boolean {
  return false;
}

/** Never settles. */
export function never(): Promise<never> {
  return new Promise(() => {});
}

/** A callback of a promise that is not called once its cell was interrupted. */
export function callback<T>(f: T): T {
  return f;
}
