import { copyFileSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { SlicePrompter } from "../../../kernel-ext/widgets/slice-prompter/slice-prompter.js";
import type { RestoredState } from "../../../src/protocol/slice-prompter.js";
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
    return again(name, cell);
  };
  /** Runs a cell in the same kernel. */
  const again = async (name: string, cell: string, page = cell) => {
    // Times of files are compared.
    await new Promise((resolve) => setTimeout(resolve, 10));
    process.env.JPY_SESSION_NAME = path(name);
    const { w, host } = run(cell, { page });
    last = w;
    const { restored } = host.take()[0]!.data.state as { restored: RestoredState | null };
    return { w, restored };
  };
  return {
    open,
    again,
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

describe("prompts of a notebook whose file holds no cell ids", () => {
  const older = JSON.stringify({ nbformat: 4, nbformat_minor: 4 });
  const from = "this notebook, whose file holds no cell ids";

  it.each(["old.ipynb", "text.ts"])(
    "are those of the only cell that had some, each time it is opened: %s",
    async (name) => {
      const { open, write, kept } = await folder();
      write(name, older);
      await (await open(name, "random 1")).w.setPrompts(first);
      const next = await open(name, "random 2");
      expect([next.w.promptSet, next.restored]).toMatchObject([first, { prompts: 1, from }]);
      // Unchanged.
      expect((await open(name, "random 3")).w.promptSet).toEqual(first);
      await (await open(name, "random 4")).w.setPrompts(second);
      const last = await open(name, "random 5");
      expect([last.w.promptSet, last.restored]).toMatchObject([second, { from }]);
      expect(kept()).toHaveLength(2);
    },
  );

  it("come back when the page is loaded again, but not in another cell of the page", async () => {
    const { open, again, write } = await folder();
    write("old.ipynb", older);
    const { w } = await open("old.ipynb", "random 1");
    await w.setPrompts(first);
    expect((await again("old.ipynb", "other", "random 1")).restored).toBeNull();
    const reloaded = await again("old.ipynb", "random 2");
    expect([reloaded.w.promptSet, reloaded.restored]).toMatchObject([first, { from }]);
    await reloaded.w.setPrompts(second);
    expect((await again("old.ipynb", "random 2")).w.promptSet).toEqual(second);
  });

  it("stay on disk where several cells had some, which the user is told", async () => {
    const { open, write, kept } = await folder();
    write("old.ipynb", older);
    await (await open("old.ipynb", "random 1")).w.setPrompts(first);
    write("old.ipynb");
    await (await open("old.ipynb", "random 2")).w.setPrompts(second);
    write("old.ipynb", older);
    const { w, restored } = await open("old.ipynb", "random 3");
    expect([w.restored, w.prompts]).toEqual([false, []]);
    expect(restored!.problem).toContain("2 cells of this notebook have prompts for this image");
    expect(kept()).toHaveLength(2);
  });

  it("are not those of other cells where the file has ids", async () => {
    const { open, write } = await folder();
    write("new.ipynb");
    await (await open("new.ipynb", "1")).w.setPrompts(first);
    expect((await open("new.ipynb", "2")).restored).toBeNull();
  });
});
