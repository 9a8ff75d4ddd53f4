import { existsSync } from "node:fs";
import { readFile, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../../src/core/errors.js";
import { cacheFolder } from "../../src/io/files/cache-folder.js";
import { sha256OfFile } from "../../src/io/files/hash-file.js";
import { makeFolder } from "../../src/io/files/make-folder.js";
import { catalog, setUpModels } from "../../src/predict/catalog.js";
import { widgetModule } from "../../src/protocol/version.js";
import { devices } from "../../src/runtime/devices.js";
import { snapshotFile } from "../engine/snapshot/snapshot.js";
import { type FoundKernel, findKernels } from "./found-kernels.js";
import { hasWidgetManager, kernelMain, labextensionFolder, widgetManager } from "./jupyter-files.js";
import { dataFolders, findJupyter, type JupyterEnvironment } from "./jupyter-paths.js";
import { runProgram } from "./program.js";

export type CheckState = "ok" | "warn" | "fail";

/** The result of a check. */
export interface CheckResult {
  readonly check: string;
  readonly state: CheckState;
  /** What was found, on one line. */
  readonly found: string;
  /** How to fix it, on one line; empty if not needed. */
  readonly fix: string;
}

export interface CheckContext {
  /** Root folder of the samlab being checked. */
  readonly root: string;
  readonly version: string;
  readonly environment: JupyterEnvironment;
}

/** The result of a single check, without its name, which is in {@link checks}. */
type Finding = Omit<CheckResult, "check">;

const ok = (found: string): Finding => ({ state: "ok", found, fix: "" });
const warn = (found: string, fix: string): Finding => ({ state: "warn", found, fix });
const fail = (found: string, fix: string): Finding => ({ state: "fail", found, fix });

/** Same as `engines` in package.json. */
const oldestNode = [20, 19] as const;
const oldestLab = 4;
const gigabyte = 2 ** 30;
const kernelTimeout = 30_000;

/** Runs all checks in order and yields each result as it is available. A check that throws counts as failed. */
export async function* runChecks(context: CheckContext): AsyncGenerator<CheckResult> {
  const known = new Known(context);
  for (const [check, run] of Object.entries(checks)) {
    try {
      yield { check, ...(await run(context, known)) };
    } catch (error) {
      yield { check, ...fail(firstLine(error), "Please report this, with what samlab doctor --json prints.") };
    }
  }
}

/** Information shared by several checks, computed once. */
class Known {
  readonly jupyter: string | undefined;
  readonly #context: CheckContext;
  #shares: Promise<readonly string[]> | undefined;

  constructor(context: CheckContext) {
    this.#context = context;
    this.jupyter = findJupyter(context.root, context.environment);
  }

  shares(): Promise<readonly string[]> {
    this.#shares ??= dataFolders(this.jupyter, this.#context.environment);
    return this.#shares;
  }

  /** The kernels by name, in Jupyter's order of precedence. */
  async kernels(): Promise<FoundKernel[]> {
    const all = await findKernels(await this.shares());
    return all.filter(({ name }, n) => all.findIndex((other) => other.name === name) === n);
  }
}

const checks: Readonly<Record<string, (context: CheckContext, known: Known) => Promise<Finding>>> = {
  Node: async () => {
    const [major, minor] = process.versions.node.split(".").map(Number);
    const found = `${process.versions.node} (${process.execPath})`;
    const isNew = major! > oldestNode[0] || (major === oldestNode[0] && minor! >= oldestNode[1]);
    return isNew ? ok(found) : fail(found, `Install Node ${oldestNode.join(".")} or newer from https://nodejs.org.`);
  },

  samlab: async ({ root, version }) => {
    const found = `${version} (${root})`;
    if (existsSync(kernelMain(root))) return ok(found);
    return fail(`${found}, not compiled`, `Run npm run setup in ${root}.`);
  },

  compiler: async () => {
    const file = snapshotFile();
    if (existsSync(file)) return ok(`starts from its snapshot (${file})`);
    return warn(
      "has no snapshot, so kernels take a second longer to start",
      "The first kernel makes it while it is idle.",
    );
  },

  "ONNX Runtime": async () => {
    const reports = await devices();
    const working = reports.filter(({ available }) => available).map(({ provider }) => provider);
    if (working.length > 0) return ok(`works on ${working.join(", ")}`);
    const note = reports.map(({ provider, note }) => `${provider}: ${note}`).join("; ");
    return fail(`does not run (${note})`, "Run npm install again on this machine; see samlab devices.");
  },

  ZeroMQ: async () => {
    try {
      await import("../client/sockets.js");
      return ok("loads");
    } catch (error) {
      return fail(
        `does not load: ${firstLine(error)}`,
        "Run npm rebuild zeromq, or npm install again on this machine.",
      );
    }
  },

  Jupyter: async ({ environment }, { jupyter }) => {
    if (jupyter === undefined) {
      return fail("no program jupyter on the PATH", "Install it: pip install jupyterlab.");
    }
    const { code, output } = await runProgram(jupyter, ["--version"], { env: environment.env });
    const versionOf = (name: string) => new RegExp(`^${name}\\s*: (\\d\\S*)`, "m").exec(output)?.[1];
    const lab = versionOf("jupyterlab");
    if (code !== 0)
      return fail(`${jupyter} does not run: ${firstLine(output)}`, "Reinstall Jupyter: pip install jupyterlab.");
    if (lab === undefined)
      return warn(`no JupyterLab beside ${jupyter}`, "Run pip install jupyterlab in that environment.");
    const found = `JupyterLab ${lab}, jupyter_client ${versionOf("jupyter_client") ?? "?"} (${jupyter})`;
    if (Number.parseInt(lab, 10) < oldestLab) return fail(found, `Run pip install -U "jupyterlab>=${oldestLab}".`);
    return ok(found);
  },

  kernelspec: async ({ version, root }, known) => {
    const kernels = await known.kernels();
    if (kernels.length === 0) {
      return fail(`none in ${(await known.shares()).join(", ")}`, "Run samlab kernel install.");
    }
    const broken = kernels.find(({ faults }) => faults.length > 0);
    const reinstall = ({ name }: FoundKernel) =>
      `Run samlab kernel install${name === "samlab" ? "" : ` --name ${name}`}.`;
    if (broken) return fail(`${broken.folder}: ${broken.faults.join("; ")}`, reinstall(broken));
    const other = kernels.find((kernel) => kernel.version !== version);
    if (other) {
      return warn(`${other.folder} starts samlab ${other.version ?? "?"}, this is ${version}`, reinstall(other));
    }
    const elsewhere = kernels.find(({ main }) => main !== kernelMain(root));
    if (elsewhere) return warn(`${elsewhere.folder} starts another copy, ${elsewhere.main}`, reinstall(elsewhere));
    return ok(kernels.map(({ name, folder }) => `${name} (${folder})`).join(", "));
  },

  "JupyterLab extension": async ({ root, version }, known) => {
    const shares = await known.shares();
    const folder = shares.map(labextensionFolder).find((place) => existsSync(join(place, "package.json")));
    const install = "Run samlab kernel install, then reload JupyterLab's page.";
    if (folder === undefined) {
      const isBuilt = existsSync(join(root, "widgets", "labextension", "package.json"));
      return fail(
        `no ${widgetModule} in ${shares.join(", ")}`,
        isBuilt ? install : `Run npm run build in ${root}. ${install}`,
      );
    }
    if (!hasWidgetManager(shares)) {
      return fail(
        `there, but nothing shows widgets: no ${widgetManager} (${folder})`,
        "Run pip install jupyterlab_widgets.",
      );
    }
    const installed = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as { version?: string };
    if (installed.version === version) return ok(`${widgetModule} ${version} (${folder})`);
    return fail(`${widgetModule} ${installed.version}, but the kernel is ${version} (${folder})`, install);
  },

  weights: async () => {
    const files = new Map(catalog.map((entry) => [entry.checkpoint(), entry]));
    const there: string[] = [];
    for (const [file, entry] of files) {
      const { sha256 } = entry;
      // Weights of other models are downloaded on demand.
      if (!existsSync(file) && setUpModels.includes(entry))
        return warn(`not there: ${file}`, "Run samlab setup, which fetches them.");
      if (!existsSync(file)) continue;
      if (sha256 !== null && (await sha256OfFile(file)) !== sha256) {
        return fail(
          `${file} is not the expected file`,
          "Delete it and download it again: samlab setup, or samlab models get NAME.",
        );
      }
      there.push(file);
    }
    return ok(there.join(", "));
  },

  cache: async () => {
    const folder = cacheFolder();
    const trial = join(folder, `.samlab-doctor-${process.pid}`);
    try {
      await makeFolder(folder);
      await writeFile(trial, "");
    } catch (error) {
      return fail(
        `${folder} cannot be written (${firstLine(error)})`,
        "Name a folder you can write to in SAMLAB_CACHE.",
      );
    } finally {
      await rm(trial, { force: true }).catch(() => {});
    }
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    const found = `${folder}, ${(free / gigabyte).toFixed(1)} GB free`;
    if (free < gigabyte / 8) return fail(found, "Free some space, or name a folder on another disk in SAMLAB_CACHE.");
    if (free < 2 * gigabyte) return warn(found, "Embeddings and compiled models may need more: free some space.");
    return ok(found);
  },

  kernel: async ({ root }, known) => {
    const [first] = await known.kernels();
    const { kernelSpec } = await import("../kernelspec.js");
    const argv = first?.faults.length === 0 ? first.argv : kernelSpec(process.execPath, kernelMain(root)).argv;
    const { KernelClient } = await import("../client/index.js");
    const began = performance.now();
    try {
      const kernel = await KernelClient.launch(argv, { timeoutMs: kernelTimeout });
      try {
        const { outputs } = await kernel.execute("1 + 1");
        const took = `${((performance.now() - began) / 1000).toFixed(1)} s`;
        const [answer] = outputs;
        const text = answer && "data" in answer ? answer.data["text/plain"] : undefined;
        if (text === "2") return ok(`starts and answers 1 + 1 after ${took}`);
        return fail(`answers 1 + 1 with ${JSON.stringify(outputs)}`, "Run samlab kernel install again.");
      } finally {
        await kernel.shutdown();
      }
    } catch (error) {
      return fail(`does not start: ${firstLine(error)}`, "Run samlab kernel install again.");
    }
  },
};

function firstLine(error: unknown): string {
  const text = messageOf(error);
  return text.trim().split("\n")[0] ?? "";
}
