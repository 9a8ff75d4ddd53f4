import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { keepingKernels } from "./keeping-kernel.js";

const notebook = keepingKernels();

describe("prompts", () => {
  it("of another kernel with the same notebook are not lost, and both widgets say that there is one", async () => {
    const { run, files, pathOf, end } = await notebook();
    await run("a").w.setPrompts({ box: [0, 0, 1, 1] });
    end();
    const [name] = files();
    const others = readFileSync(pathOf(name), "utf8").replaceAll("object 1", "object 2");
    const { w, host } = run("a");
    writeFileSync(pathOf(name), others);
    host.take();
    for (const slice of [0, 1]) {
      await w.setPrompts({ box: [1, 1, 2, 2] }, { slice });
      end();
    }
    const aside = files().find((file) => file !== name)!;
    expect(files()).toHaveLength(2);
    expect(readFileSync(pathOf(aside), "utf8")).toBe(others);
    const problem = `Another kernel has kept prompts of this cell too. They lie in ${pathOf(aside)}; those of this widget come back.`;
    expect(host.take().flatMap(({ data }) => Object(data.state).restored ?? [])).toMatchObject([{ problem }]);
    writeFileSync(pathOf(name), others);
    const next = run("a");
    expect(next.w.objects[0]!.name).toBe("object 2");
    expect(next.host.take()[0].data).toMatchObject({ state: { restored: { from: "another kernel", problem: "" } } });
    await next.w.setPrompts({ box: [1, 1, 2, 2] });
    end();
    expect(files()).toHaveLength(2);
  });

  describe("that could not be written", () => {
    const unwritable = async () => {
      const kernel = await notebook();
      const folder = kernel.pathOf("");
      writeFileSync(folder, "");
      const { w, host } = kernel.run("a");
      host.take();
      await w.setPrompts({ box: [0, 0, 1, 1] }, { slice: 0 });
      kernel.end();
      const told = () => host.take().flatMap(({ data }) => Object(data.state).restored ?? []);
      return { ...kernel, w, host, told, writable: () => rmSync(folder) };
    };

    it("are written with the next change, or when a cell ends, and the message goes away", async () => {
      const { w, run, end, files, host, told, writable } = await unwritable();
      await w.setPrompts({ box: [0, 0, 1, 1] }, { slice: 1 });
      end();
      expect(told().map(({ problem }) => problem)).toEqual([
        expect.stringMatching(/^Prompts are not kept for the next run: .*\. This is tried again with each change, and/),
      ]);
      writable();
      end();
      expect(host.take().at(-1)).toMatchObject({ data: { state: { restored: null } } });
      await w.setPrompts({ box: [0, 0, 1, 1] }, { plane: "coronal", slice: 2 });
      end();
      expect(files()).toHaveLength(1);
      expect(run("a").w.maskVolume.data).toEqual(w.maskVolume.data);
    });

    it("come back in the same kernel, and are written by the next widget of the cell", async () => {
      const { run, end, files, writable } = await unwritable();
      const { w } = run("a");
      expect([w.restored, w.slices.length]).toEqual([true, 1]);
      w.close();
      writable();
      end();
      expect(files()).toHaveLength(1);
      expect(run("a").w.slices).toHaveLength(1);
    });
  });
});
