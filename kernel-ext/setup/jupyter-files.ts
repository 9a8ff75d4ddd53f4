import { existsSync } from "node:fs";
import { cp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { SamlabError } from "../../src/core/errors.js";
import { makeFolder } from "../../src/io/files/make-folder.js";
import { widgetModule } from "../../src/protocol/version.js";
import { DISPLAY_NAME, KERNEL_NAME, kernelSpec } from "../kernelspec.js";
import { pythonEnvironment } from "./environment.js";

/** JupyterLab settings for this environment: no news or update pop-up on the first start. */
const overrides = {
  "@jupyterlab/apputils-extension:notification": {
    checkForUpdates: false,
    fetchNews: "false",
    doNotDisturbMode: false,
  },
};

export interface KernelspecOptions {
  /** Folder name of the kernelspec. Default: `samlab`. */
  readonly name?: string | undefined;
  /** Display name of the kernel. */
  readonly displayName?: string | undefined;
}

/**
 * Installs kernelspec, labextension and default settings in `.venv/share/jupyter`, where all Jupyter programs of the
 * environment find them. Cheap enough to run at every start, so paths stay correct if the project is moved.
 */
export async function installJupyterFiles(root: string): Promise<void> {
  const { folder, share } = pythonEnvironment(root);
  await installKernelspec(root, share);
  if (!(await installLabextension(root, share, "Delete the folder .venv of samlab."))) {
    throw new SamlabError("environment", "The JupyterLab extension has not been built.", {
      file: join(root, "widgets", "labextension"),
      remedy: "Run npm run build.",
    });
  }
  // JupyterLab runs its own yarn.js, which is CommonJS. Below this project's package.json, Node would treat it as an ES
  // module, and JupyterLab would print all of it as an error at each start.
  await writeIfChanged(join(folder, "package.json"), '{ "type": "commonjs" }\n');
  await writeIfChanged(join(share, "lab", "settings", "overrides.json"), json(overrides));
}

/**
 * Writes the kernelspec of the samlab at `root`, with its logos, to a Jupyter data folder.
 * @returns the kernelspec's folder, and whether anything in it changed
 */
export async function installKernelspec(
  root: string,
  share: string,
  { name = KERNEL_NAME, displayName = DISPLAY_NAME }: KernelspecOptions = {},
): Promise<{ folder: string; changed: boolean }> {
  const folder = kernelspecFolder(share, name);
  const spec = kernelSpec(process.execPath, kernelMain(root), displayName);
  let changed = await writeIfChanged(join(folder, "kernel.json"), json(spec));
  const logos = join(root, "kernel-ext", "setup", "kernelspec");
  for (const file of await readdir(logos)) {
    changed = (await writeIfChanged(join(folder, file), await readFile(join(logos, file)))) || changed;
  }
  return { folder, changed };
}

/**
 * Copies the built labextension to a Jupyter data folder, unless the same one is there.
 * @returns its folder and whether it changed; null if none has been built at `root`
 */
export async function installLabextension(
  root: string,
  share: string,
  uninstallInstructions: string,
): Promise<{ folder: string; changed: boolean } | null> {
  const built = join(root, "widgets", "labextension");
  const folder = labextensionFolder(share);
  const [here, there] = await Promise.all(
    [built, folder].map((place) => readFile(join(place, "package.json"), "utf8").catch(() => null)),
  );
  if (here === null) return null;
  // The builder's package.json names its entry file by content hash, so equal files mean equal extensions.
  if (here === there) return { folder, changed: false };
  try {
    await rm(folder, { recursive: true, force: true });
    await cp(built, folder, { recursive: true });
    const install = { packageManager: "npm", packageName: widgetModule, uninstallInstructions };
    await writeFile(join(folder, "install.json"), json(install));
  } catch (cause) {
    throw cannotWrite(folder, cause);
  }
  return { folder, changed: true };
}

/** The kernel's main script in the samlab at `root`. */
export function kernelMain(root: string): string {
  return join(root, "dist", "kernel-ext", "main.js");
}

export function kernelspecFolder(share: string, name: string): string {
  return join(share, "kernels", name);
}

export function labextensionFolder(share: string): string {
  return join(share, "labextensions", ...widgetModule.split("/"));
}

/** The JupyterLab extension required by all widgets. */
export const widgetManager = "@jupyter-widgets/jupyterlab-manager";

/** Whether one of Jupyter's data folders has {@link widgetManager}. */
export function hasWidgetManager(shares: readonly string[]): boolean {
  return shares.some((share) => existsSync(join(share, "labextensions", ...widgetManager.split("/"))));
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** True if the file was missing or different. */
async function writeIfChanged(path: string, content: string | Uint8Array): Promise<boolean> {
  const known = await readFile(path).catch(() => null);
  if (known?.equals(Buffer.from(content))) return false;
  try {
    await makeFolder(dirname(path));
    await writeFile(path, content);
  } catch (cause) {
    throw cannotWrite(path, cause);
  }
  return true;
}

function cannotWrite(path: string, cause: unknown): SamlabError {
  const { code = "unknown reason" } = cause as NodeJS.ErrnoException;
  return new SamlabError("file-write-failed", `${path} could not be written (${code}).`, {
    file: path,
    remedy: "Choose a folder that is yours, for instance with --user or --prefix.",
    cause,
  });
}
