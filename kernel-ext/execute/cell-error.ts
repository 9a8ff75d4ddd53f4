/** An error in the form that Jupyter messages carry. */
export interface CellError {
  readonly ename: string;
  readonly evalue: string;
  /** Lines for people, with ANSI colors. */
  readonly traceback: readonly string[];
}

/** What an interrupted cell answers. */
export const INTERRUPTED: CellError = {
  ename: "Interrupted",
  evalue: "The cell was interrupted.",
  traceback: ["\u001b[31mInterrupted\u001b[39m: The cell was interrupted."],
};
