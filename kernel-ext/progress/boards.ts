import { setImmediate as startSoon } from "node:timers";
import type { KernelContext } from "../context.js";
import { display } from "../display/public.js";
import type { Board } from "./bar.js";
import { NotebookBoard } from "./board.js";
import { TerminalBoard } from "./terminal-board.js";

/** The clock of all bars. */
export const seconds = () => performance.now() / 1000;

/** The board of each cell, keyed by the cell's signal. */
const boards = new WeakMap<AbortSignal, NotebookBoard>();
let terminal: TerminalBoard | undefined;

/** Where bars of the running code are shown: under its cell, or on the terminal. */
export function boardFor(kernel: KernelContext | undefined): Board {
  if (!kernel) {
    terminal ??= new TerminalBoard(process.stderr, seconds);
    return terminal;
  }
  const { signal } = kernel;
  const known = boards.get(signal);
  if (known?.isOpen) return known;
  const board = new NotebookBoard({ comms: kernel.comms, show: display, now: seconds });
  boards.set(signal, board);
  kernel.atEnd?.((how) => {
    for (const bar of board.bars) {
      if (how === "interrupted" && bar.phase === "running") {
        bar.end("canceled");
        // Abort listeners are user code, which may never return.
        startSoon(() => bar.abort());
      } else if (how === "error") bar.fail();
    }
    board.cellEnded();
    // The notebook may be saved now. Calls that outlive their cell keep the button that cancels them.
    if (!board.bars.some((bar) => bar.endsItself && bar.phase === "running")) board.settle();
  });
  return board;
}
