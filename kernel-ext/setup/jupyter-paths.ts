import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { SamlabError } from "../../src/core/errors.js";
import { runProgram } from "./program.js";

/** The parts of the environment that determine where Jupyter looks; tests pass their own. */
export interface JupyterEnvironment {
  readonly env: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  readonly home: string;
}

export const here = (): JupyterEnvironment => ({ env: process.env, platform: process.platform, home: homedir() });

/** The user's data folder, as `jupyter --data-dir` prints it (jupyter_core.paths.jupyter_data_dir). */
export function userDataFolder({ env, platform, home }: JupyterEnvironment): string {
  if (env.JUPYTER_DATA_DIR) return resolve(env.JUPYTER_DATA_DIR);
  if (platform === "darwin") return join(home, "Library", "Jupyter");
  if (platform === "win32") {
    return env.APPDATA ? join(env.APPDATA, "jupyter") : join(env.JUPYTER_CONFIG_DIR || join(home, ".jupyter"), "data");
  }
  return join(env.XDG_DATA_HOME || join(home, ".local", "share"), "jupyter");
}

/** System-wide data folders (jupyter_core.paths.SYSTEM_JUPYTER_PATH). */
export function systemDataFolders({ env, platform }: JupyterEnvironment): readonly string[] {
  if (platform === "win32") return env.PROGRAMDATA ? [join(env.PROGRAMDATA, "jupyter")] : [];
  return ["/usr/local/share/jupyter", "/usr/share/jupyter"];
}

/** The data folder of a Python environment or another prefix. */
export function prefixDataFolder(prefix: string): string {
  return join(resolve(prefix), "share", "jupyter");
}

/**
 * The active Python environment: `VIRTUAL_ENV`, `CONDA_PREFIX`, or that of the first Python on the PATH.
 * @throws {SamlabError} `environment` if there is none
 */
export async function activePrefix({ env, platform }: JupyterEnvironment): Promise<string> {
  const named = env.VIRTUAL_ENV || env.CONDA_PREFIX;
  if (named) return named;
  for (const python of platform === "win32" ? ["python", "py"] : ["python3", "python"]) {
    const { code, output } = await runProgram(python, ["-c", "import sys; print(sys.prefix)"], { env });
    if (code === 0) return output.trim();
  }
  throw new SamlabError("environment", "There is no Python environment here.", {
    field: "--sys-prefix",
    remedy: "Activate one, or use --user or --prefix, which need no Python.",
  });
}

/** The `jupyter` program of the active environment, of samlab's own (`<root>/.venv`), or the first on the PATH. */
export function findJupyter(root: string, { env, platform }: JupyterEnvironment): string | undefined {
  const [folder, ending] = platform === "win32" ? ["Scripts", ".exe"] : ["bin", ""];
  const prefixes = [env.VIRTUAL_ENV, env.CONDA_PREFIX].filter((prefix) => prefix);
  const folders = [
    ...prefixes.map((prefix) => join(prefix!, folder)),
    ...(env.PATH ?? env.Path ?? "").split(delimiter),
    join(root, ".venv", folder),
  ];
  return folders.map((place) => join(place, `jupyter${ending}`)).find((program) => existsSync(program));
}

/**
 * The data folders where Jupyter looks for kernels and extensions, in search order: the output of `jupyter --paths`, or
 * without a `jupyter` program what it would be.
 */
export async function dataFolders(
  jupyter: string | undefined,
  environment: JupyterEnvironment,
): Promise<readonly string[]> {
  const { env } = environment;
  if (jupyter !== undefined) {
    const { code, output } = await runProgram(jupyter, ["--paths", "--json"], { env });
    const told = code === 0 ? /\{[\s\S]*\}/.exec(output) : null;
    if (told) return (JSON.parse(told[0]) as { data: string[] }).data;
  }
  const named = (env.JUPYTER_PATH ?? "").split(delimiter).filter((path) => path !== "");
  const prefixes = [env.VIRTUAL_ENV, env.CONDA_PREFIX].filter((prefix) => prefix);
  const folders = [
    ...named,
    ...prefixes.map((prefix) => prefixDataFolder(prefix!)),
    userDataFolder(environment),
    ...systemDataFolders(environment),
  ];
  return [...new Set(folders)];
}
