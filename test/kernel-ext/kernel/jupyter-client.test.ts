import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { KERNEL_NAME, kernelSpec } from "../../../kernel-ext/kernelspec.js";
import { built } from "../../support/built.js";
import { saySkipped } from "../../support/skipped.js";
import { root } from "../support/kernel.js";

const python = process.env.SAMLAB_TEST_PYTHON || join(root, ".venv", "bin", "python");
const hasClient = existsSync(python) && spawnSync(python, ["-c", "import jupyter_client, nbclient"]).status === 0;
const reason = `${python} has no jupyter_client and nbclient; npm test installs them, or name another one in SAMLAB_TEST_PYTHON.`;
if (!hasClient) saySkipped(`the tests with jupyter_client: ${reason}`);

const folder = mkdtempSync(join(tmpdir(), "samlab-jupyter-client-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("jupyter_client and nbclient", () => {
  // Elsewhere a reason is given for what is skipped.
  if (process.env.CI) {
    it("are installed where the tests must be complete", () => {
      expect(hasClient, reason).toBe(true);
    });
  }

  it.runIf(hasClient)("talk to the kernel through CurveZMQ, and get all of a flood", { timeout: 180_000 }, () => {
    const kernels = join(folder, "kernels", KERNEL_NAME);
    mkdirSync(kernels, { recursive: true });
    const spec = kernelSpec(process.execPath, built("kernel-ext", "main.js"));
    writeFileSync(join(kernels, "kernel.json"), JSON.stringify(spec));
    const { stdout, stderr } = spawnSync(python, [join(root, "test", "kernel-ext", "jupyter_client_samlab.py")], {
      cwd: folder,
      env: { ...process.env, JUPYTER_PATH: folder },
      encoding: "utf8",
      // A test's own time limit cannot end what blocks its thread.
      timeout: 170_000,
    });
    expect(stdout, stderr).not.toBe("");
    expect(JSON.parse(stdout)).toEqual({
      encrypted: {
        keys: ["curve_publickey", "curve_secretkey"],
        status: "ok",
        text: true,
        asked: [{ prompt: "name? ", password: false }],
        beating: true,
        refused: true,
      },
      // nbclient may ask while the kernel is still there, or later.
      notebook: {
        displays: true,
        last: "5000",
        lines: true,
        exit: "KernelExit",
        failure: expect.stringMatching(/^(?:DeadKernelError)?$/),
      },
    });
  });
});
