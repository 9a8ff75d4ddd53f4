import { cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type CheckResult, runChecks } from "../../../kernel-ext/setup/checks.js";
import { installKernelspec, installLabextension } from "../../../kernel-ext/setup/jupyter-files.js";
import { samlabPackage } from "../../../src/io/files/package.js";
import { checkBuilt } from "../../support/built.js";
import { cli } from "../../support/cli.js";
import { temporaryFolders } from "../../support/temporary.js";

const folder = temporaryFolders();
const { root, version } = samlabPackage;

/** What the checks say with one data folder of Jupyter; `only` names those that are waited for. */
async function check(share: string, only: readonly string[]): Promise<Record<string, CheckResult>> {
  const env = { ...process.env, JUPYTER_PATH: share, JUPYTER_DATA_DIR: share, JUPYTER_NO_CONFIG: "1" };
  const results: Record<string, CheckResult> = {};
  const context = {
    root: await bareRoot(),
    version,
    environment: { env, platform: process.platform, home: homedir() },
  };
  for await (const result of runChecks(context)) {
    results[result.check] = result;
    if (only.every((name) => name in results)) break;
  }
  return results;
}

/** The compiled package without the Jupyter of its own. */
async function bareRoot(): Promise<string> {
  checkBuilt("dist");
  const bare = await folder();
  for (const part of ["dist", "widgets", "kernel-ext", "package.json", "node_modules"]) {
    await symlink(join(root, part), join(bare, part));
  }
  return bare;
}

afterEach(() => vi.unstubAllEnvs());

describe("samlab doctor", () => {
  it("finds everything in order where it is, and starts the kernel", async () => {
    const share = await folder();
    await installKernelspec(root, share);
    const results = await check(share, ["kernel"]);
    const states = Object.fromEntries(Object.values(results).map(({ check, state }) => [check, state]));
    expect(states).toMatchObject({ Node: "ok", samlab: "ok", "ONNX Runtime": "ok", ZeroMQ: "ok", kernel: "ok" });
    expect(results.kernel!.found).toMatch(/^starts and answers 1 \+ 1 after \d+\.\d s$/);
  });

  it("says what is missing and how to get it", async () => {
    const results = await check(await folder(), ["JupyterLab extension"]);
    expect(results.kernelspec).toMatchObject({ state: "fail", fix: "Run samlab kernel install." });
    expect(results["JupyterLab extension"]).toMatchObject({
      state: "fail",
      fix: expect.stringContaining("samlab kernel install"),
    });
  });

  it("tells a kernelspec that leads nowhere and one of another version", async () => {
    const share = await folder();
    const kernels = join(share, "kernels");
    await installKernelspec(root, share, { name: "broken" });
    const spec = JSON.parse(await readFile(join(kernels, "broken", "kernel.json"), "utf8"));
    await writeFile(
      join(kernels, "broken", "kernel.json"),
      JSON.stringify({ ...spec, argv: ["/no/node", ...spec.argv.slice(1)] }),
    );
    expect((await check(share, ["kernelspec"])).kernelspec).toMatchObject({
      state: "fail",
      found: expect.stringContaining("its Node, /no/node, is not there"),
      fix: "Run samlab kernel install --name broken.",
    });
    const old = await folder();
    await mkdir(join(old, "dist", "kernel-ext"), { recursive: true });
    await writeFile(join(old, "package.json"), JSON.stringify({ name: "samlab", version: "0.0.1" }));
    await writeFile(join(old, "dist", "kernel-ext", "main.js"), "");
    const other = await folder();
    await cp(join(root, "kernel-ext", "setup", "kernelspec"), join(old, "kernel-ext", "setup", "kernelspec"), {
      recursive: true,
    });
    await installKernelspec(old, other);
    expect((await check(other, ["kernelspec"])).kernelspec).toMatchObject({
      state: "warn",
      found: expect.stringContaining(`starts samlab 0.0.1, this is ${version}`),
    });
  });

  it("tells an extension of another version", async () => {
    const share = await folder();
    const manager = join(share, "labextensions", "@jupyter-widgets", "jupyterlab-manager");
    const extension = await installLabextension(root, share, "");
    if (!extension) throw new Error("The labextension is not built: npm run build makes it.");
    expect((await check(share, ["JupyterLab extension"]))["JupyterLab extension"]).toMatchObject({
      state: "fail",
      fix: "Run pip install jupyterlab_widgets.",
    });
    await mkdir(manager, { recursive: true });
    const file = join(extension.folder, "package.json");
    const text = await readFile(file, "utf8");
    await writeFile(file, JSON.stringify({ ...JSON.parse(text), version: "0.0.1" }));
    expect((await check(share, ["JupyterLab extension"]))["JupyterLab extension"]).toMatchObject({
      state: "fail",
      found: expect.stringContaining(`0.0.1, but the kernel is ${version}`),
    });
    await writeFile(file, text);
    expect((await check(share, ["JupyterLab extension"]))["JupyterLab extension"]!.state).toBe("ok");
  });

  it("tells weights that are missing or spoilt, and a cache that cannot be written; with --json for programs", async () => {
    const cache = await folder();
    vi.stubEnv("SAMLAB_CACHE", cache);
    const share = await folder();
    expect((await check(share, ["weights"])).weights).toMatchObject({
      state: "warn",
      fix: expect.stringContaining("samlab setup"),
    });
    await mkdir(join(cache, "weights"));
    await writeFile(join(cache, "weights", "lite_medsam.pth"), "spoilt");
    expect((await check(share, ["weights"])).weights).toMatchObject({
      state: "fail",
      found: expect.stringContaining("is not the expected file"),
    });
    await writeFile(join(cache, "file"), "");
    vi.stubEnv("SAMLAB_CACHE", join(cache, "file"));
    const { out, code } = await cli("doctor", "--json");
    const results = JSON.parse(out) as CheckResult[];
    expect(code).toBe(1);
    expect(results.find(({ check }) => check === "cache")).toMatchObject({
      state: "fail",
      fix: "Name a folder you can write to in SAMLAB_CACHE.",
    });
  });
});
