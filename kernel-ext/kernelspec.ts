/** The content of a `kernel.json`, see "Kernel specs" in the jupyter_client documentation. */
export interface KernelSpec {
  readonly argv: readonly string[];
  readonly display_name: string;
  readonly language: string;
  readonly interrupt_mode: "message" | "signal";
  readonly metadata: { readonly debugger: boolean; readonly supported_encryption: readonly string[] };
}

/** The folder name of the kernelspec, by which notebooks refer to the kernel. */
export const KERNEL_NAME = "samlab";

/** What front ends call the kernel. */
export const DISPLAY_NAME = "TypeScript (samlab)";

const NODE_FLAGS = [
  // An interrupted cell leaves node's stack of async ids unbalanced; with the check on, the process would end there.
  "--no-force-async-hooks-checks",
  // require() of an ES module, which is how cells reach samlab, still warns on Node 20.
  "--disable-warning=ExperimentalWarning",
];

/** The kernelspec that starts `mainPath` (dist/kernel-ext/main.js) with the Node program `nodePath`. */
export function kernelSpec(nodePath: string, mainPath: string, displayName = DISPLAY_NAME): KernelSpec {
  return {
    argv: [nodePath, ...NODE_FLAGS, mainPath, "{connection_file}"],
    display_name: displayName,
    language: "typescript",
    interrupt_mode: "message",
    // Asks jupyter_client for keys of CurveZMQ where encryption is on.
    metadata: { debugger: true, supported_encryption: ["curve"] },
  };
}
