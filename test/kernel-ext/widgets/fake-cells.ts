import { type KernelContext, type MimeBundle, setKernelContext } from "../../../kernel-ext/context.js";
import { RecordingHost } from "./recording-host.js";

export interface Displayed {
  readonly bundle: MimeBundle;
  readonly displayId: string | undefined;
  readonly update: boolean;
}

/** A kernel that runs cells, as far as widgets need one. Undo it with `setKernelContext(undefined)`. */
export function fakeCells() {
  const displayed: Displayed[] = [];
  const endings: (() => Promise<unknown> | undefined)[] = [];
  let cell: KernelContext["cell"] = { id: "a", run: "0", page: "page" };
  let runs = 0;
  setKernelContext({
    comms: new RecordingHost(),
    signal: new AbortController().signal,
    get cell() {
      return cell;
    },
    beforeEnd: (work) => endings.push(work),
    display: (bundle, { displayId, update = false } = {}) => displayed.push({ bundle, displayId, update }),
  });
  return {
    displayed,
    /** Begins a run of a cell; without an id, of a front end that gives none. */
    begin: (id: string | undefined, page = "page") => {
      cell = id === undefined ? undefined : { id, run: String(++runs), page };
    },
    /** What the end of a cell waits for. */
    end: () => endings.flatMap((work) => work() ?? []),
  };
}

export const show = (widget: object): Promise<MimeBundle> =>
  (widget as { [name: symbol]: () => Promise<MimeBundle> })[Symbol.for("Jupyter.display")]!();
