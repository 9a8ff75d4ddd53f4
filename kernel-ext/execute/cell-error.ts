/** An error in the format of Jupyter messages. */
export interface CellError {
  readonly ename: string;
  readonly evalue: string;
  /** Formatted lines with ANSI colors. */
  readonly traceback: readonly string[];
}

/** An error that comes from the kernel itself: a name and a sentence. */
export function kernelError(ename: string, evalue: string): CellError {
  return { ename, evalue, traceback: [`${ename}: ${evalue}`] };
}

/** The error of an interrupted cell. */
export const INTERRUPTED: CellError = {
  ename: "Interrupted",
  evalue: "The cell was interrupted.",
  traceback: ["\u001b[1mInterrupted\u001b[22m: The cell was interrupted."],
};
