import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { homedir } from "node:os";
import type { Arguments } from "../../src/cli/arguments.js";
import { type Command, type Console, exitCodes } from "../../src/cli/command.js";
import { textTable } from "../../src/cli/text-table.js";
import { SamlabError, show } from "../../src/core/errors.js";
import { samlabPackage } from "../../src/io/files/package.js";
import { buildSnapshot } from "../engine/snapshot/snapshot.js";
import { DISPLAY_NAME, KERNEL_NAME } from "../kernelspec.js";
import { findKernels, readKernel } from "../setup/found-kernels.js";
import {
  hasWidgetManager,
  installKernelspec,
  installLabextension,
  kernelMain,
  kernelspecFolder,
  labextensionFolder,
} from "../setup/jupyter-files.js";
import {
  activePrefix,
  dataFolders,
  findJupyter,
  here,
  prefixDataFolder,
  userDataFolder,
} from "../setup/jupyter-paths.js";

const actions = ["install", "list", "remove"] as const;

/** Valid kernelspec names in jupyter_client (kernelspec._is_valid_kernel_name). */
const KERNEL_NAME_PATTERN = /^[a-z0-9._-]+$/i;

export const kernelCommand: Command = {
  name: "kernel",
  usage: "install [--user | --sys-prefix | --prefix P] | list | remove [--user | --sys-prefix | --prefix P]",
  summary: "Installs samlab's kernel and widgets for Jupyter, lists them, or removes them.",
  options: {
    user: { help: "For this user (the default): where `jupyter --data-dir` points. Needs no Python." },
    "sys-prefix": {
      help: "Into the Python environment that is active (VIRTUAL_ENV, CONDA_PREFIX, or that of python3).",
    },
    prefix: { value: "P", help: "Below P/share/jupyter. Needs no Python." },
    name: { value: "NAME", help: `The kernelspec's name, by which notebooks refer to it. Default: ${KERNEL_NAME}.` },
    "display-name": { value: "TEXT", help: `What front ends call the kernel. Default: ${DISPLAY_NAME}.` },
    json: { help: "With list: as JSON." },
  },
  notes: [
    "install writes the kernelspec with its logo, and the JupyterLab extension where it has been built. Running it again changes only what differs.",
    "samlab doctor checks whether it works.",
  ],
  async run(given, console) {
    const [action, ...rest] = given.positionals;
    if (action === undefined || rest.length > 0 || !actions.includes(action as (typeof actions)[number])) {
      throw new SamlabError(
        "argument-invalid",
        `samlab kernel needs install, list or remove, not ${show(given.positionals.join(" "))}.`,
        { field: "kernel", value: action, remedy: "See samlab kernel --help." },
      );
    }
    if (action === "list") return list(given, console);
    const place = await targetOf(given);
    const name = given.text("name") ?? KERNEL_NAME;
    if (!KERNEL_NAME_PATTERN.test(name)) {
      throw new SamlabError("argument-invalid", `A kernel cannot be called ${show(name)}.`, {
        field: "--name",
        value: name,
        remedy: "Use letters without accents, digits, dots, hyphens and underscores.",
      });
    }
    return action === "install" ? install(place, name, given, console) : remove(place, name, console);
  },
};

/** The Jupyter data folder selected by the options. */
async function targetOf(given: Arguments): Promise<string> {
  const chosen = (["user", "sys-prefix", "prefix"] as const).filter((option) => given.flag(option));
  if (chosen.length > 1) {
    throw new SamlabError("argument-invalid", `--${chosen.join(" and --")} cannot be combined.`, {
      field: `--${chosen[1]}`,
      remedy: "Give one of them.",
    });
  }
  const prefix = given.text("prefix");
  if (prefix !== undefined) {
    if (prefix === "") throw new SamlabError("argument-invalid", "--prefix is empty.", { field: "--prefix" });
    // Shells do not expand the tilde in --prefix=~/x.
    return prefixDataFolder(prefix.replace(/^~(?=[\\/]|$)/, homedir()));
  }
  return given.flag("sys-prefix") ? prefixDataFolder(await activePrefix(here())) : userDataFolder(here());
}

async function install(share: string, name: string, given: Arguments, console: Console): Promise<number> {
  const { root, version } = samlabPackage;
  if (!existsSync(kernelMain(root))) {
    throw new SamlabError("environment", `samlab has not been compiled: there is no ${kernelMain(root)}.`, {
      file: kernelMain(root),
      remedy: `Run npm run build in ${root}.`,
    });
  }
  const spec = await installKernelspec(root, share, { name, displayName: given.text("display-name") });
  const said = (changed: boolean) => (changed ? "written" : "was up to date");
  console.out(`kernel ${name} (samlab ${version}): ${spec.folder}, ${said(spec.changed)}\n`);
  const extension = await installLabextension(root, share, "samlab kernel remove");
  console.out(
    extension
      ? `JupyterLab extension: ${extension.folder}, ${said(extension.changed)}\n`
      : `JupyterLab extension: not built, so there will be no widgets; run npm run build in ${root}, then this again\n`,
  );
  await buildSnapshot();
  const jupyter = findJupyter(root, here());
  const seen = await dataFolders(jupyter, here());
  const isSeen = seen.includes(share);
  if (!isSeen) {
    console.out(
      `${jupyter ?? "Jupyter"} does not look there. Start it with JUPYTER_PATH=${share}, or with the Jupyter of that environment.\n`,
    );
  }
  // Another Jupyter than the one that was found looks there.
  if (extension && !hasWidgetManager(isSeen ? seen : [share, userDataFolder(here())])) {
    console.out(
      "JupyterLab will show pictures in place of widgets: jupyterlab_widgets is not there; run pip install jupyterlab_widgets in its environment\n",
    );
  }
  return exitCodes.ok;
}

async function list(given: Arguments, console: Console): Promise<number> {
  const { root } = samlabPackage;
  const shares = await dataFolders(findJupyter(root, here()), here());
  const extra = given.text("prefix");
  const folders = extra === undefined ? shares : [prefixDataFolder(extra)];
  const kernels = await findKernels(folders);
  if (given.flag("json")) {
    console.out(`${JSON.stringify(kernels, null, 2)}\n`);
    return exitCodes.ok;
  }
  if (kernels.length === 0) {
    console.out(`No samlab kernel in ${folders.join(", ")}.\nsamlab kernel install puts one there.\n`);
    return exitCodes.ok;
  }
  console.out(
    textTable(
      ["name", "samlab", "shown as", "folder", "state"],
      kernels.map(({ name, version, displayName, folder, faults }) => [
        name,
        version ?? "–",
        displayName,
        folder,
        faults.join("; ") || "ok",
      ]),
    ),
  );
  return exitCodes.ok;
}

async function remove(share: string, name: string, console: Console): Promise<number> {
  const folder = kernelspecFolder(share, name);
  if (existsSync(folder) && !(await readKernel(share, name))) {
    throw new SamlabError("argument-invalid", `${folder} is not a samlab kernel and was left alone.`, {
      field: "--name",
      value: name,
      remedy: "jupyter kernelspec remove removes any kernel.",
    });
  }
  const removed = existsSync(folder) ? [folder] : [];
  await rm(folder, { recursive: true, force: true });
  // The extension is shared by all samlab kernels in this location.
  const extension = labextensionFolder(share);
  if ((await findKernels([share])).length === 0 && existsSync(extension)) {
    await rm(extension, { recursive: true });
    removed.push(extension);
  }
  console.out(
    removed.length > 0
      ? `${removed.map((path) => `removed ${path}`).join("\n")}\n`
      : `Nothing to remove in ${share}.\n`,
  );
  return exitCodes.ok;
}
