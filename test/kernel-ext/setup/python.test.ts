import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { findPython } from "../../../kernel-ext/setup/python.js";
import { saySkipped } from "../../support/skipped.js";
import { temporaryFolders } from "../../support/temporary.js";

const folder = temporaryFolders();
afterEach(() => vi.unstubAllEnvs());

/** A stand-in for Python that answers the version question, and fails to import venv if told to. */
async function fakePython(version: string, hasVenv: boolean): Promise<string> {
  const path = join(await folder(), "python3");
  const script = `#!/bin/sh\ncase "$2" in *venv*) ${hasVenv ? "exit 0" : "exit 1"};; *) echo ${version};; esac\n`;
  await writeFile(path, script);
  await chmod(path, 0o755);
  return path;
}

/** Only the given Python can be found. */
async function onlyPython(path: string | null): Promise<void> {
  vi.stubEnv("PATH", await folder());
  vi.stubEnv("SAMLAB_PYTHON", path ?? "");
}

const isWindows = process.platform === "win32";
if (isWindows) saySkipped("the tests of finding Python: the stand-in is a shell script");

describe.skipIf(isWindows)("findPython", () => {
  it("takes the one that the user names", async () => {
    const python = await fakePython("3.12", true);
    await onlyPython(python);
    expect(await findPython()).toEqual([python]);
  });

  it("says that there is none, and where to get one", async () => {
    await onlyPython(null);
    await expect(findPython()).rejects.toMatchObject({
      code: "environment",
      message: expect.stringMatching(
        /^Python 3\.10 or newer is needed for JupyterLab, and none was found\. Install it/,
      ),
    });
  });

  it("says that it is too old", async () => {
    await onlyPython(await fakePython("3.8", true));
    await expect(findPython()).rejects.toMatchObject({
      code: "environment",
      message: expect.stringContaining("this is 3.8"),
    });
  });

  it("says that the venv module is missing, and the package that has it", async () => {
    await onlyPython(await fakePython("3.11", false));
    await expect(findPython()).rejects.toMatchObject({
      code: "environment",
      message: expect.stringMatching(/has no venv module\. .*apt install python3\.11-venv/),
    });
  });
});
