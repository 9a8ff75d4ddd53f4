/** The content of `kernel.json`, see "Kernel specs" in the jupyter_client documentation. */
export interface KernelSpec {
  readonly argv: readonly string[];
  readonly display_name: string;
  readonly language: string;
  readonly interrupt_mode: "message" | "signal";
  readonly metadata: { readonly debugger: boolean; readonly supported_encryption: readonly string[] };
}

/** Folder name of the kernelspec, by which notebooks refer to the kernel. */
export const KERNEL_NAME = "samlab";

/** Display name of the kernel in front ends. */
export const DISPLAY_NAME = "TypeScript (samlab)";

const NODE_FLAGS = [
  // An interrupted cell leaves Node's stack of async ids unbalanced; with the check enabled, the process would exit.
  "--no-force-async-hooks-checks",
  // require() of an ES module, through which cells load samlab, prints a warning on Node 20.
  "--disable-warning=ExperimentalWarning",
];

/** The kernelspec that runs `mainPath` (dist/kernel-ext/main.js) with the Node executable `nodePath`. */
export function kernelSpec(nodePath: string, mainPath: string, displayName = DISPLAY_NAME): KernelSpec {
  return {
    argv: [nodePath, ...NODE_FLAGS, mainPath, "{connection_file}"],
    display_name: displayName,
    language: "typescript",
    interrupt_mode: "message",
    // Requests CurveZMQ keys from jupyter_client if encryption is enabled.
    metadata: { debugger: true, supported_encryption: ["curve"] },
  };
}
