import { createRequire } from "node:module";
import { kernelContext, type MimeBundle } from "../context.js";

interface TslabContent {
  readonly data: MimeBundle;
  readonly transient: { readonly display_id: string | undefined };
}

interface TslabJupyter {
  lastWriteDisplayData: ((content: TslabContent, update: boolean) => void) | null;
}

/**
 * Makes `tslab.display` and `tslab.newDisplay` work in cells by setting the writer that tslab's own kernel would set.
 * Called only when a cell imports tslab, which is slow to load.
 */
export function connectTslabDisplay(): void {
  const jupyter = createRequire(import.meta.url)("tslab/dist/jupyter.js") as TslabJupyter;
  jupyter.lastWriteDisplayData ??= ({ data, transient }, update) => {
    const displayId = transient.display_id;
    kernelContext("tslab.display").display(data, {
      ...(displayId === undefined ? {} : { displayId }),
      update: update === true,
    });
  };
}
