import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { samlabPackage } from "../../../src/io/files/package.js";
import { cli } from "../../support/cli.js";
import { temporaryFolders } from "../../support/temporary.js";

const folder = temporaryFolders();
afterEach(() => vi.unstubAllEnvs());

/** Sets the environment so that Jupyter sees nothing but `data` in the home folder, which it returns. */
async function emptyHome(): Promise<string> {
  const home = await folder();
  for (const name of ["JUPYTER_PATH", "VIRTUAL_ENV", "CONDA_PREFIX"]) vi.stubEnv(name, "");
  vi.stubEnv("HOME", home);
  vi.stubEnv("JUPYTER_DATA_DIR", join(home, "data"));
  return home;
}

const { root, version } = samlabPackage;
const specOf = async (data: string, name = "samlab") =>
  JSON.parse(await readFile(join(data, "kernels", name, "kernel.json"), "utf8"));

describe("samlab kernel", () => {
  it("installs for the user, says what it wrote, and lists and removes it", async () => {
    const data = join(await emptyHome(), "data");
    const installed = await cli("kernel", "install");
    expect(installed, installed.err).toMatchObject({ code: 0, err: "" });
    expect(installed.out).toContain(`kernel samlab (samlab ${version}): ${join(data, "kernels", "samlab")}, written\n`);
    expect(await readdir(join(data, "kernels", "samlab"))).toEqual([
      "kernel.json",
      "logo-32x32.png",
      "logo-64x64.png",
      "logo-svg.svg",
    ]);
    expect(await specOf(data)).toMatchObject({
      argv: expect.arrayContaining([process.execPath, join(root, "dist", "kernel-ext", "main.js")]),
      display_name: "TypeScript (samlab)",
    });
    const isBuilt = existsSync(join(root, "widgets", "labextension", "package.json"));
    expect(existsSync(join(data, "labextensions", "samlab-widgets", "install.json"))).toBe(isBuilt);

    const kernels = JSON.parse((await cli("kernel", "list", "--json")).out);
    expect(kernels).toContainEqual(expect.objectContaining({ name: "samlab", share: data, version, faults: [] }));
    expect((await cli("kernel", "list")).out).toMatch(new RegExp(`samlab +${version} .*${data}.* ok\n`));

    expect((await cli("kernel", "remove")).out).toContain(`removed ${join(data, "kernels", "samlab")}\n`);
    expect(await readdir(join(data, "kernels"))).toEqual([]);
    expect(existsSync(join(data, "labextensions", "samlab-widgets"))).toBe(false);
    expect((await cli("kernel", "remove")).out).toBe(`Nothing to remove in ${data}.\n`);
  });

  it("installs into a prefix under another name, and a second time changes nothing", async () => {
    const prefix = await emptyHome();
    const share = join(prefix, "share", "jupyter");
    const argv = ["kernel", "install", "--prefix", prefix, "--name", "mine", "--display-name", "Mine"];
    const first = await cli(...argv);
    expect(first.out).toContain(`JUPYTER_PATH=${share}`);
    expect((await specOf(share, "mine")).display_name).toBe("Mine");
    const file = join(share, "kernels", "mine", "kernel.json");
    await utimes(file, 1, 1);
    expect((await cli(...argv)).out).toMatch(/kernel mine .*, was up to date\n/);
    expect((await stat(file)).mtimeMs).toBe(1000);
    expect((await cli("kernel", "remove", "--prefix", prefix, "--name", "mine")).out).toContain("removed");
  });

  it("says what JupyterLab lacks to show widgets", async () => {
    const prefix = await emptyHome();
    const install = async () => (await cli("kernel", "install", "--prefix", prefix)).out;
    const isBuilt = existsSync(join(root, "widgets", "labextension", "package.json"));
    expect((await install()).includes("pip install jupyterlab_widgets")).toBe(isBuilt);
    const extensions = join(prefix, "share", "jupyter", "labextensions");
    await mkdir(join(extensions, "@jupyter-widgets", "jupyterlab-manager"), { recursive: true });
    expect(await install()).not.toContain("jupyterlab_widgets");
  });

  it("installs into the active environment", async () => {
    const home = await emptyHome();
    vi.stubEnv("VIRTUAL_ENV", join(home, "env"));
    await cli("kernel", "install", "--sys-prefix");
    expect(await specOf(join(home, "env", "share", "jupyter"))).toHaveProperty("argv");
  });

  it("leaves kernels of others alone, and says which of its own cannot start", async () => {
    const data = join(await emptyHome(), "data");
    const write = async (name: string, spec: object) => {
      await mkdir(join(data, "kernels", name), { recursive: true });
      await writeFile(join(data, "kernels", name, "kernel.json"), JSON.stringify(spec));
    };
    await write("python3", { argv: ["python3", "-m", "ipykernel"] });
    expect(await cli("kernel", "remove", "--name", "python3")).toMatchObject({
      code: 1,
      err: expect.stringContaining("is not a samlab kernel and was left alone"),
    });
    await write("samlab", { argv: ["/no/node", "/no/dist/kernel-ext/main.js", "{connection_file}"] });
    expect((await cli("kernel", "list")).out).toMatch(/its Node, \/no\/node, is not there; its program/);
  });

  it("says where it could not write", async () => {
    const home = await emptyHome();
    await writeFile(join(home, "file"), "");
    expect(await cli("kernel", "install", "--prefix", join(home, "file"))).toMatchObject({
      code: 1,
      err: expect.stringMatching(/kernel\.json could not be written \(ENOTDIR\).*--user or --prefix/),
    });
  });
});
