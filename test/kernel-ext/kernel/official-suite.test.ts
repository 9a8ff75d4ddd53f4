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
const hasSuite = existsSync(python) && spawnSync(python, ["-c", "import jupyter_kernel_test"]).status === 0;
const reason = `${python} has no jupyter_kernel_test; npm test installs it, or name another one in SAMLAB_TEST_PYTHON.`;
if (!hasSuite) saySkipped(`the official kernel tests: ${reason}`);

const folder = mkdtempSync(join(tmpdir(), "samlab-suite-"));
afterAll(() => rmSync(folder, { recursive: true }));

const names = [
  "SamlabIopubWelcomeTests.test_recv_iopub_welcome_msg",
  ...[
    "clear_output",
    "completion",
    "display_data",
    "error",
    "execute_result",
    "execute_stderr",
    "execute_stdout",
    "history",
    "inspect",
    "is_complete",
    "kernel_info",
    "pager",
  ].map((name) => `SamlabKernelTests.test_${name}`),
];

describe("jupyter_kernel_test", () => {
  // Elsewhere a reason is given for what is skipped.
  if (process.env.CI) {
    it("is installed where the tests must be complete", () => {
      expect(hasSuite, reason).toBe(true);
    });
  }

  it.runIf(hasSuite)("passes, all of it", { timeout: 120_000 }, () => {
    const kernels = join(folder, "kernels", KERNEL_NAME);
    mkdirSync(kernels, { recursive: true });
    const spec = kernelSpec(process.execPath, built("kernel-ext", "main.js"));
    writeFileSync(join(kernels, "kernel.json"), JSON.stringify(spec));
    const suite = join(root, "test", "kernel-ext", "jupyter_kernel_test_samlab.py");
    const { status, stderr } = spawnSync(python, [suite, "-v"], {
      cwd: folder,
      env: { ...process.env, JUPYTER_PATH: folder },
      encoding: "utf8",
      timeout: 110_000,
    });
    const passed = [...stderr.matchAll(/^test_\w+ \(__main__\.([\w.]+)\) \.\.\. ok$/gm)].map(([, name]) => name);
    expect(passed.toSorted(), stderr).toEqual(names);
    expect(status).toBe(0);
  });
});
