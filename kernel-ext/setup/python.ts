import { SamlabError } from "../../src/core/errors.js";
import { runProgram } from "./program.js";

/** Oldest Python version supported by JupyterLab 4.6 and its packages. */
const oldest = [3, 10] as const;

/** Commands to try, in order of preference: the user's setting, then common names. */
function candidates(): readonly (readonly string[])[] {
  const named = process.env.SAMLAB_PYTHON ? [[process.env.SAMLAB_PYTHON]] : [];
  const usual = process.platform === "win32" ? [["py", "-3"], ["python"]] : [["python3"], ["python"]];
  const versions =
    process.platform === "win32" ? [] : ["3.14", "3.13", "3.12", "3.11", "3.10"].map((version) => [`python${version}`]);
  return [...named, ...usual, ...versions];
}

/** A Python with pip, if there is one. */
export async function findPip(): Promise<readonly string[] | null> {
  for (const [command, ...args] of candidates()) {
    if ((await runProgram(command, [...args, "-m", "pip", "--version"])).code === 0) return [command, ...args];
  }
  return null;
}

/**
 * Finds a Python that can create a virtual environment: the command and its leading arguments.
 * @throws {SamlabError} `environment` if there is none, it is too old, or it lacks the venv module
 */
export async function findPython(): Promise<readonly string[]> {
  let tooOld: string | undefined;
  for (const [command, ...args] of candidates()) {
    const version = await runProgram(command, [...args, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]);
    const found = /^(\d+)\.(\d+)\s*$/.exec(version.output);
    if (version.code !== 0 || !found) continue;
    const [major, minor] = [Number(found[1]), Number(found[2])];
    if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
      tooOld ??= `${major}.${minor}`;
      continue;
    }
    const venv = await runProgram(command, [...args, "-c", "import venv, ensurepip"]);
    if (venv.code === 0) return [command, ...args];
    throw new SamlabError("environment", `${command} (Python ${major}.${minor}) has no venv module.`, {
      field: "python",
      remedy: `On Debian and Ubuntu: sudo apt install python${major}.${minor}-venv.`,
    });
  }
  const wanted = `Python ${oldest.join(".")} or newer is needed for JupyterLab`;
  throw new SamlabError("environment", tooOld ? `${wanted}, this is ${tooOld}.` : `${wanted}, and none was found.`, {
    field: "python",
    remedy: "Install it (https://www.python.org, or your system's package python3), or name it in SAMLAB_PYTHON.",
  });
}
