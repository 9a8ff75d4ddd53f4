import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { KERNEL_NAME, kernelSpec } from "../kernelspec.js";
import { pythonEnvironment } from "./environment.js";

/** JupyterLab's defaults for this environment: no pop-up about news or updates on the first start. */
const overrides = {
  "@jupyterlab/apputils-extension:notification": {
    checkForUpdates: false,
    fetchNews: "false",
    doNotDisturbMode: false,
  },
};

/**
 * Puts kernelspec, labextension and defaults below `.venv/share/jupyter`, where every Jupyter program of the environment finds them. Cheap, so it
 * is done at every start: paths stay right when the project was moved.
 */
export async function installJupyterFiles(root: string): Promise<void> {
  const { folder, share } = pythonEnvironment(root);
  const kernel = join(share, "kernels", KERNEL_NAME);
  await mkdir(kernel, { recursive: true });
  const spec = kernelSpec(process.execPath, join(root, "dist", "kernel-ext", "main.js"));
  await writeIfChanged(join(kernel, "kernel.json"), `${JSON.stringify(spec, null, 2)}\n`);

  const built = join(root, "widgets", "labextension");
  const { name } = JSON.parse(await readFile(join(built, "package.json"), "utf8")) as { name: string };
  const installed = join(share, "labextensions", name);
  const [here, there] = await Promise.all(
    [built, installed].map((folder) => readFile(join(folder, "package.json"), "utf8").catch(() => "")),
  );
  // The builder's package.json names its entry file by content hash, so equal ones mean equal extensions.
  if (here !== there) {
    await rm(installed, { recursive: true, force: true });
    await cp(built, installed, { recursive: true });
    const install = {
      packageManager: "npm",
      packageName: name,
      uninstallInstructions: "Delete the folder .venv of samlab.",
    };
    await writeFile(join(installed, "install.json"), `${JSON.stringify(install, null, 2)}\n`);
  }

  // JupyterLab runs its own yarn.js, which is CommonJS. Below this project's package.json node would take it for a module, and JupyterLab print all of
  // it as an error at each start.
  await writeIfChanged(join(folder, "package.json"), '{ "type": "commonjs" }\n');

  const settings = join(share, "lab", "settings");
  await mkdir(settings, { recursive: true });
  await writeIfChanged(join(settings, "overrides.json"), `${JSON.stringify(overrides, null, 2)}\n`);
}

async function writeIfChanged(path: string, text: string): Promise<void> {
  const known = await readFile(path, "utf8").catch(() => null);
  if (known !== text) await writeFile(path, text);
}
