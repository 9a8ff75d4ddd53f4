import { copyFileSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { SlicePrompter } from "../../../kernel-ext/widgets/slice-prompter/slice-prompter.js";
import { keepingKernels } from "./keeping-kernel.js";

const keeping = keepingKernels();

/** A folder with notebooks, in which their cells run. */
async function folder() {
  const { run, files, state, pathOf } = await keeping();
  let last: SlicePrompter | undefined;
  const path = (name: string) => join(state, name);
  const write = (name: string, text = JSON.stringify({ nbformat: 4, nbformat_minor: 5 })) =>
    writeFileSync(path(name), text);
  /** Starts a kernel for a notebook, and runs its cell. */
  const open = async (name: string, cell = "a") => {
    last?.close();
    // Times of files are compared.
    await new Promise((resolve) => setTimeout(resolve, 10));
    process.env.JPY_SESSION_NAME = path(name);
    const { w, host } = run(cell);
    last = w;
    const { restored } = host.take()[0]!.data.state as { restored: object | null };
    return { w, restored };
  };
  return {
    open,
    write,
    copy: (from: string, to: string) => copyFileSync(path(from), path(to)),
    rename: (from: string, to: string) => renameSync(path(from), path(to)),
    remove: (name: string) => rmSync(path(name)),
    kept: () => files().map((name) => readFileSync(pathOf(name), "utf8")),
  };
}

const [first, second] = [{ box: [0, 0, 1, 1] }, { box: [1, 1, 2, 2] }] as const;

describe("prompts of notebooks of the same cells", () => {
  it("are the newest ones where a copy takes the name of the notebook; the older ones stay on disk", async () => {
    const { open, write, copy, remove, rename, kept } = await folder();
    write("work.ipynb");
    await (await open("work.ipynb")).w.setPrompts(first);
    copy("work.ipynb", "copy.ipynb");
    const copied = await open("copy.ipynb");
    expect([copied.w.promptSet, copied.restored]).toMatchObject([first, { from: "work.ipynb" }]);
    await copied.w.setPrompts(second);
    await open("copy.ipynb");
    remove("work.ipynb");
    rename("copy.ipynb", "work.ipynb");
    const again = await open("work.ipynb");
    expect([again.w.promptSet, again.restored]).toMatchObject([
      second,
      { prompts: 1, from: "copy.ipynb", newerIn: "" },
    ]);
    await again.w.setPrompts({ points: [{ x: 2, y: 2 }] });
    const last = await open("work.ipynb");
    expect([last.w.promptSet, last.restored]).toMatchObject([{ points: [{ x: 2, y: 2 }] }, { from: "", newerIn: "" }]);
    for (const { box } of [first, second]) {
      expect(kept().filter((text) => text.includes(`"box":${JSON.stringify(box)}`))).toHaveLength(1);
    }
  });

  it("are the newest ones where a notebook gets its former name again", async () => {
    const { open, write, rename } = await folder();
    write("a.ipynb");
    await (await open("a.ipynb")).w.setPrompts(first);
    rename("a.ipynb", "b.ipynb");
    await (await open("b.ipynb")).w.setPrompts(second);
    await open("b.ipynb");
    rename("b.ipynb", "a.ipynb");
    expect((await open("a.ipynb")).w.promptSet).toEqual(second);
  });

  it("stay their own where the copy is still there, which is named", async () => {
    const { open, write, copy } = await folder();
    write("work.ipynb");
    await (await open("work.ipynb")).w.setPrompts(first);
    copy("work.ipynb", "copy.ipynb");
    await (await open("copy.ipynb")).w.setPrompts(second);
    const own = await open("work.ipynb");
    expect([own.w.promptSet, own.restored]).toMatchObject([first, { from: "", newerIn: "copy.ipynb" }]);
    const copied = await open("copy.ipynb");
    expect([copied.w.promptSet, copied.restored]).toMatchObject([second, { from: "", newerIn: "" }]);
  });

  it("are not given up because a copy of the notebook lost its prompts", async () => {
    const { open, write, copy, remove } = await folder();
    write("work.ipynb");
    await (await open("work.ipynb")).w.setPrompts(first);
    copy("work.ipynb", "copy.ipynb");
    (await open("copy.ipynb")).w.reset();
    await open("work.ipynb");
    remove("copy.ipynb");
    expect((await open("work.ipynb")).w.promptSet).toEqual(first);
  });
});
