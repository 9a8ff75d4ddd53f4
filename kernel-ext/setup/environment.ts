import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { SamlabError } from "../../src/core/errors.js";
import { lastLines, runProgram } from "./program.js";
import { findPython } from "./python.js";
import { once } from "./steps.js";

/** A Python virtual environment. */
export interface PythonEnvironment {
  readonly folder: string;
  /** Path of a program installed in it, such as `python` or `jupyter`. */
  readonly bin: (program: string) => string;
  /** Its `share/jupyter`, where Jupyter finds kernelspecs and labextensions without configuration. */
  readonly share: string;
}

/** The environment at the project's root. Python is used only for JupyterLab. */
export function pythonEnvironment(root: string): PythonEnvironment {
  return pythonEnvironmentAt(join(root, ".venv"));
}

export function pythonEnvironmentAt(folder: string): PythonEnvironment {
  const isWindows = process.platform === "win32";
  return {
    folder,
    bin: (program) => (isWindows ? join(folder, "Scripts", `${program}.exe`) : join(folder, "bin", program)),
    share: join(folder, "share", "jupyter"),
  };
}

/** Installs JupyterLab and related packages, pinned. */
export function installJupyter(root: string): Promise<void> {
  const requirements = join(root, "kernel-ext", "setup", "requirements.txt");
  return installOnce("Installing JupyterLab", pythonEnvironment(root), requirements);
}

/**
 * Creates an environment if it does not exist, and installs a requirements file unless that was already done with the
 * same content.
 * @throws {SamlabError} `environment`, `network-unavailable`
 */
export async function installOnce(title: string, environment: PythonEnvironment, requirements: string): Promise<void> {
  const stamp = join(environment.folder, `.samlab-${basename(dirname(requirements))}`);
  const key = createHash("sha256").update(readFileSync(requirements)).digest("hex");
  await once(title, stamp, key, async () => {
    if (!existsSync(environment.bin("python"))) await makeEnvironment(environment);
    const args = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "-q", "-r", requirements];
    const installed = await runProgram(environment.bin("python"), args);
    if (installed.code !== 0) throw pipError(installed.output, `${title} failed`);
  });
}

async function makeEnvironment({ folder }: PythonEnvironment): Promise<void> {
  const [command, ...args] = await findPython();
  rmSync(folder, { recursive: true, force: true });
  const made = await runProgram(command, [...args, "-m", "venv", folder]);
  if (made.code === 0) return;
  throw new SamlabError("environment", `The virtual environment could not be made:\n${lastLines(made.output)}\n`, {
    file: folder,
  });
}

const noNetwork =
  /NewConnectionError|NameResolutionError|ConnectTimeout|Temporary failure in name resolution|Network is unreachable|ProxyError|from versions: none/;

/**
 * Converts a pip failure to a user-facing error: one line if there is no network, otherwise the end of pip's output.
 */
export function pipError(output: string, what: string): SamlabError {
  if (noNetwork.test(output)) {
    return new SamlabError("network-unavailable", `${what}: PyPI cannot be reached.`, {
      remedy: "Connect to the network (or set a proxy or index for pip) and try again.",
    });
  }
  return new SamlabError("environment", `${what}:\n${lastLines(output)}\n`);
}
