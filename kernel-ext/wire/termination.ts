/** Where the main thread keeps what is to be called before code of it is terminated: a place that only these two ends know. */
const PLACE = "samlab.prepareTermination";

/** Called once on the main thread; see Kernel.prepareTermination. */
export function offerTermination(prepare: (late: boolean) => boolean): void {
  Object.defineProperty(globalThis, Symbol.for(PLACE), { value: prepare });
}

/** The expression by which the inspector calls it. */
export function prepareTermination(late: boolean): string {
  return `globalThis[Symbol.for("${PLACE}")](${late})`;
}
