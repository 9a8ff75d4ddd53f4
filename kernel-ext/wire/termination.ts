/**
 * Where the main thread stores the function to call before its code is terminated; known only to the two functions
 * below.
 */
const PLACE = "samlab.prepareTermination";

/** Called once on the main thread; see Kernel.prepareTermination. */
export function offerTermination(prepare: (late: boolean) => boolean): void {
  Object.defineProperty(globalThis, Symbol.for(PLACE), { value: prepare });
}

/** The expression by which the inspector calls it. */
export function prepareTermination(late: boolean): string {
  return `globalThis[Symbol.for("${PLACE}")](${late})`;
}
