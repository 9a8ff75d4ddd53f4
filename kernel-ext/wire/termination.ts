/** What the main thread does before its code is terminated. */
export interface TerminationSteps {
  /** See Kernel.condemn. */
  condemn(): void;
  /** See Kernel.prepareTermination. */
  prepare(late: boolean): boolean;
}

/** Where the main thread stores the steps; known only to the functions below. */
const PLACE = "samlab.termination";

/** Called once on the main thread. */
export function offerTermination(steps: TerminationSteps): void {
  Object.defineProperty(globalThis, Symbol.for(PLACE), { value: steps });
}

/** The expressions by which the inspector calls the steps. */
export function condemn(): string {
  return `globalThis[Symbol.for("${PLACE}")].condemn()`;
}

export function prepareTermination(late: boolean): string {
  return `globalThis[Symbol.for("${PLACE}")].prepare(${late})`;
}
