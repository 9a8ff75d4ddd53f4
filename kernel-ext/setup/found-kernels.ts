import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** A kernelspec on this machine that starts samlab. */
export interface FoundKernel {
  readonly name: string;
  readonly folder: string;
  /** The Jupyter data folder it is in. */
  readonly share: string;
  readonly displayName: string;
  readonly argv: readonly string[];
  /** The Node executable it starts. */
  readonly node: string;
  /** The kernel's main script. */
  readonly main: string;
  /** The version of the samlab it starts; null if that no longer exists. */
  readonly version: string | null;
  /** Problems that prevent it from starting; empty if there are none. */
  readonly faults: readonly string[];
}

const KERNEL_MAIN = /[\\/]kernel-ext[\\/]main\.js$/;

/** The samlab kernels in the data folders, in Jupyter's search order: of two with the same name, the first is used. */
export async function findKernels(shares: readonly string[]): Promise<FoundKernel[]> {
  const found: FoundKernel[] = [];
  for (const share of shares) {
    const names = await readdir(join(share, "kernels")).catch(() => []);
    for (const name of names.sort()) {
      const kernel = await readKernel(share, name);
      if (kernel) found.push(kernel);
    }
  }
  return found;
}

/** The kernelspec of this name in a data folder; null if there is none or it starts something else. */
export async function readKernel(share: string, name: string): Promise<FoundKernel | null> {
  const folder = join(share, "kernels", name);
  let spec: { argv?: unknown; display_name?: unknown };
  try {
    spec = JSON.parse(await readFile(join(folder, "kernel.json"), "utf8"));
  } catch {
    return null;
  }
  const argv = Array.isArray(spec?.argv) ? spec.argv.map(String) : [];
  const main = argv.find((part) => KERNEL_MAIN.test(part));
  const [node] = argv;
  if (main === undefined || node === undefined) return null;
  const faults = [
    ...(existsSync(node) ? [] : [`its Node, ${node}, is not there`]),
    ...(existsSync(main) ? [] : [`its program, ${main}, is not there`]),
  ];
  const displayName = typeof spec.display_name === "string" ? spec.display_name : name;
  return { name, folder, share, displayName, argv, node, main, version: await versionAbove(main), faults };
}

/** The version of the package that a compiled file belongs to. */
async function versionAbove(file: string): Promise<string | null> {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    try {
      const { name, version } = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as {
        name?: string;
        version?: string;
      };
      if (name === "samlab" && version) return version;
    } catch {
      // No package.json here: continue in the parent folder.
    }
    if (folder === dirname(folder)) return null;
  }
}
