import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { deflateRawSync } from "node:zlib";
import { describe, expect, it, vi } from "vitest";
import type { SlicePrompter } from "../../../kernel-ext/widgets/slice-prompter/slice-prompter.js";
import { readBlock } from "../../../kernel-ext/widgets/slice-prompter/slot-archive.js";
import { packMask } from "../../../src/core/mask.js";
import { pixelsOfRuns } from "../../../src/core/mask-runs.js";
import { seededRandom } from "../../../src/core/random.js";
import { emptyMask, MaskVolume, Volume } from "../../../src/index.js";
import { ControlledSam, mask, settle } from "./controlled-sam.js";
import { show } from "./fake-cells.js";
import { keepingKernels } from "./keeping-kernel.js";
import { smallVolume } from "./phantom.js";

const notebook = keepingKernels();

const hashOf = (data: Uint8Array | Uint16Array) => createHash("sha256").update(data).digest("hex");

/** A slot as format 2 had it. */
function withBits({ answer, ...slot }: { answer: { width: number; height: number; single: { runs: string } } }) {
  const { width, height, single } = answer;
  const { runs, ...rest } = single;
  const data = pixelsOfRuns(Buffer.from(runs, "base64"), width * height);
  const bits = deflateRawSync(packMask({ width, height, data })).toString("base64");
  return { ...slot, answer: { ...answer, single: { ...rest, bits } } };
}

const prompted = async (w: SlicePrompter) => {
  await w.setPrompts({ box: [0, 0, 1, 1] }, { slice: 0 });
  await w.setPrompts({ points: [{ x: 2, y: 2 }] }, { slice: 1 });
  w.addObject("lesion");
  await w.setPrompts({ points: [{ x: 3, y: 0 }] }, { plane: "coronal", slice: 2 });
  w.setModelWindow({ low: 3, high: 9, name: "narrow" });
  w.lockObject("object 1");
};

describe("prompts", () => {
  it("come back when their cell runs again, with objects, window and masks, without the model", async () => {
    const { run } = await notebook();
    const first = run("a");
    await prompted(first.w);
    const { w, sam, host } = run("a");
    expect([w.restored, w.slice, w.plane, w.object]).toEqual([true, 2, "coronal", "lesion"]);
    expect(w.objects.map(({ name, locked }) => [name, locked])).toEqual([
      ["object 1", true],
      ["lesion", false],
    ]);
    expect(w.modelWindow).toEqual({ low: 3, high: 9, name: "narrow" });
    expect(w.maskVolume.data).toEqual(first.w.maskVolume.data);
    expect([sam.encoded.length, w.undo()]).toEqual([0, false]);
    expect(host.take()[0].data).toMatchObject({ state: { restored: { prompts: 3, slices: 3, problem: "" } } });
    w.reset();
    expect([w.prompts, w.objects.length, w.restored]).toEqual([[], 1, false]);
    w.undo();
    expect(w.maskVolume.data).toEqual(first.w.maskVolume.data);
  });

  it("come back without a mask where their prediction was canceled, until their slice is shown", async () => {
    const { run } = await notebook();
    const { w, host } = run("a", {}, new ControlledSam());
    const shown = w.setPrompts({ box: [0, 0, 1, 1] }, { slice: 1 });
    await settle();
    await host.intend({ kind: "cancel" });
    await shown;
    const waiting = [1, 2].map((slice) => w.setPrompts({ box: [0, 0, 1, 1] }, { plane: "coronal", slice }));
    await settle();
    const next = run("a");
    await Promise.all([...waiting, next.w.ready]);
    expect([next.sam.predicted.length, next.w.maskVolume.voxels]).toEqual([2, 8]);
    next.w.goTo(1, "axial");
    await next.w.ready;
    expect(next.sam.predicted).toHaveLength(3);
  });

  it("come back as lines too, where the model takes lines", async () => {
    const { run } = await notebook();
    const model = () => new ControlledSam({ automatic: true, prompts: { scribbles: true } });
    const first = run("a", {}, model()).w;
    await first.scribble([
      [0, 0],
      [2.5, 1],
    ]);
    first.close();
    expect(run("a", {}, model()).w.prompts).toEqual([{ kind: "scribble", path: [0, 0, 2.5, 1], label: 1 }]);
  });

  it("belong to their cell, and to the widget's number in it", async () => {
    const { run, files } = await notebook();
    const one = run("a");
    await one.w.setPrompts({ box: [0, 0, 1, 1] });
    const two = one.again();
    await two.setPrompts({ box: [1, 1, 2, 2] });
    expect(run("b").w.restored).toBe(false);
    const next = run("a");
    expect([next.w.promptSet, next.again().promptSet]).toEqual([{ box: [0, 0, 1, 1] }, { box: [1, 1, 2, 2] }]);
    next.w.reset();
    expect(run("a").w.restored).toBe(false);
    expect(files()).toHaveLength(1);
    expect(run("a", { keep: false }).w.restored).toBe(false);
  });

  it("come from the notebook that this one was copied from, until they are removed here", async () => {
    const { run, files } = await notebook();
    let last: SlicePrompter | undefined;
    const runIn = (name: string) => {
      last?.close();
      process.env.JPY_SESSION_NAME = name;
      last = run("a").w;
      return last;
    };
    await runIn("first.ipynb").setPrompts({ box: [0, 0, 1, 1] });
    const copy = runIn("second.ipynb");
    expect(copy.restored).toBe(true);
    copy.reset();
    expect(runIn("second.ipynb").restored).toBe(false);
    await runIn("second.ipynb").setPrompts({ box: [1, 1, 2, 2] });
    const again = runIn("second.ipynb");
    expect(again.promptSet).toEqual({ box: [1, 1, 2, 2] });
    again.clear();
    expect(runIn("second.ipynb").restored).toBe(false);
    // A copy of a copy, and the first one.
    for (const name of ["third.ipynb", "first.ipynb"]) {
      expect(runIn(name).promptSet, name).toEqual({ box: [0, 0, 1, 1] });
    }
    runIn("first.ipynb").reset();
    runIn("fourth.ipynb");
    expect(files()).toEqual([]);
  });

  it("are asked for again where another model made their masks; objects that the cell names now are added", async () => {
    const { run } = await notebook();
    await run("a").w.setPrompts({ box: [0, 0, 1, 1] });
    const other = Object.assign(new ControlledSam({ automatic: true }), { hash: "1" });
    const { w } = run("a", { objects: ["object 1", "spleen"], slice: 0 }, other);
    expect([w.slice, w.objects.map(({ name }) => name)]).toEqual([0, ["object 1", "spleen"]]);
    await w.ready;
    expect(other.predicted).toHaveLength(1);
    w.goTo(1);
    expect(w.mask).toEqual(mask(4, 3, (x, y) => x < 2 && y < 2));
  });

  it("come back whatever the edits were, with names of any length, and from a model that measures nothing", async () => {
    const { run } = await notebook();
    const info = { provider: "p".repeat(100), milliseconds: Number.NaN };
    const model = () => {
      const sam = new ControlledSam({ automatic: true, prompts: { scribbles: true } });
      const predict = sam.predict.bind(sam);
      return Object.assign(sam, {
        provider: info.provider,
        predict: async (...given: Parameters<typeof predict>) => {
          return { ...(await predict(...given)), predictedIou: Number.NaN, info };
        },
      });
    };
    const [planes, depths] = [["axial", "coronal", "sagittal"] as const, [2, 3, 4]];
    for (let seed = 0; seed < 12; seed++) {
      const random = seededRandom("kept", seed);
      const below = (most: number) => Math.floor(random() * most);
      const text = () => String.fromCharCode(...Array.from({ length: 1 + below(300) }, () => below(0x10000)));
      const { w } = run(`cell ${seed}`, { objects: [`1 ${text()}`] }, model());
      const window = () => ({ low: below(50), high: 51 + random(), name: text() });
      const edits: readonly (() => unknown)[] = [
        () => w.addObject(`${w.objects.length + 1} ${text()}`),
        () => w.renameObject(w.object, `${w.objects.findIndex(({ name }) => name === w.object) + 1} ${text()}`),
        () => w.setPrompts({ box: Float32Array.of(0, 0.25, 1, 1.5) as never }),
        () => w.setPrompts({ points: [{ x: random(), y: -0.5 }], scribbles: [{ path: [[random(), 9]], label: 0 }] }),
        () => w.setMask({ width: 4, height: 3, data: new Uint8Array(12).fill(below(2)) }, { plane: "axial" }),
        () => w.propagate(),
        () => w.confirm(),
        () => w.setModelWindow(window()),
        () => w.setWindow(window()),
        () => w.lockObject(w.object),
        () => w.undo(),
      ];
      for (let n = 0; n < 30; n++) {
        const at = below(3);
        w.goTo(below(depths[at]!), planes[at]);
        // Some are refused: the slice is confirmed, the object is locked, or it has no mask to propagate.
        await Promise.resolve()
          .then(edits[below(edits.length)])
          .catch(() => {});
      }
      w.addObject("last");
      await w.setPrompts({ points: [{ x: 1, y: 1 }] }, { slice: 1, plane: "axial" });
      const again = run(`cell ${seed}`, { objects: [w.objects[0]!.name] }, model()).w;
      const state = (of: SlicePrompter) => {
        const { objects, object, prompts, slices, modelWindow, overlap, maskVolume } = of;
        return { objects, object, prompts, slices, modelWindow, overlap, masks: maskVolume.data };
      };
      expect([seed, again.restored, state(again)]).toEqual([seed, true, state(w)]);
      again.close();
    }
  });

  it("come back with the objects as they were renamed and removed, and with those that the cell names anew", async () => {
    const { run, files, pathOf } = await notebook();
    const names = (w: SlicePrompter) => w.objects.map(({ name }) => name);
    const first = run("a", { objects: ["a", "b", "c"] }).w;
    await first.setPrompts({ box: [0, 0, 1, 1] });
    first.renameObject("a", "ä");
    first.removeObject("b");
    first.moveObject("c", 0);
    const again = run("a", { objects: ["a", "b", "c"] }).w;
    expect(names(again)).toEqual(["c", "ä"]);
    again.addObject("own");
    const more = run("a", { objects: ["d", "a", "own"] }).w;
    expect(names(more)).toEqual(["c", "ä", "own", "d"]);
    more.close();
    // Files of earlier versions do not have what the cell gave.
    const path = pathOf(files()[0]!);
    const { given: _, ...older } = JSON.parse(readFileSync(path, "utf8"));
    for (const object of older.objects) delete object.truthLabel;
    writeFileSync(path, JSON.stringify(older));
    expect(names(run("a", { objects: ["own", "a"] }).w)).toEqual(["c", "ä", "own", "a"]);
  });

  it("come back with the truth's labels of their objects", async () => {
    const { run } = await notebook();
    const truth = emptyMask(smallVolume());
    const { width, height } = truth.view();
    truth.setSlice(
      0,
      "axial",
      mask(width, height, (x) => x === 0),
      1,
    );
    truth.setSlice(
      0,
      "axial",
      mask(width, height, (x) => x === 3),
      2,
    );
    const first = run("a", { objects: ["a", "b"], truth, slice: 0 }).w;
    first.setMask(truth.slice(0, "axial", { label: 1 }));
    first.renameObject("a", "ä");
    first.moveObject("b", 0);
    const score = (objects: string[]) => {
      const [open] = run("a", { objects, truth }).host.take();
      return (open!.data.state as { scores: object | null }).scores;
    };
    expect(score(["a", "b"])).toMatchObject({ volumeDice: 1 });
    expect(score(["b", "a"])).toMatchObject({ volumeDice: 0 });
    expect(score(["b", "x", "a"])).toBeNull();
  });

  it("give way to the window, the plane, and the slice that the cell gives anew", async () => {
    const { run } = await notebook();
    const window = { low: 5, high: 9, name: "5 to 9" };
    const first = run("a").w;
    await first.setPrompts({ box: [0, 0, 1, 1] }, { slice: 0 });
    const other = run("a", { image: smallVolume().withWindow(window) });
    expect([other.w.modelWindow, other.w.prediction?.window?.name]).toEqual([window, "test window"]);
    expect(other.host.take()[0]!.data.state).toMatchObject({ window: { shown: window, model: window, outdated: 1 } });
    await other.w.setPrompts({ box: [0, 0, 1, 1] }, { slice: 1 });
    expect(other.w.prediction?.window).toEqual(window);
    other.w.setModelWindow({ low: 6, high: 8 });
    const again = run("a", { image: smallVolume().withWindow(window), plane: "axial" }).w;
    expect([again.modelWindow?.name, again.plane, again.slice]).toEqual(["6 to 8", "axial", 1]);
    const turned = run("a", { image: smallVolume().withWindow(window), plane: "coronal" }).w;
    expect([turned.plane, turned.slice, turned.restored]).toEqual(["coronal", 1, true]);
  });

  it("that cannot be read are put aside, and the user is told where", async () => {
    const { run, files, pathOf } = await notebook();
    const first = run("a");
    await first.w.setPrompts({ box: [0, 0, 1, 1] });
    first.w.close();
    const [name] = files();
    const text = readFileSync(pathOf(name), "utf8").replace('"box":[0,0,1,1]', '"box":[0,0,99,1]');
    writeFileSync(pathOf(name), text);
    const { host, w } = run("a");
    expect(w.restored).toBe(false);
    expect(JSON.stringify(host.take()[0].data)).toContain("could not be read (box is not what it should be)");
    expect(files()).toEqual([`${name}.unreadable`]);
  });

  it("do not come back where the front end gives no cell ids, which is said under the cell if there are some", async () => {
    const { run } = await notebook();
    let said = "";
    vi.spyOn(process.stderr, "write").mockImplementation((text) => {
      said += text;
      return true;
    });
    try {
      run(null);
      const first = run("a").w;
      await first.setPrompts({ box: [0, 0, 1, 1] });
      first.close();
      run(null, { keep: false });
      expect(said).toBe("");
      expect(run(null).w.restored).toBe(false);
      expect(said).toMatch(/^promptSlices starts without the prompts kept for this image: .*\n$/);
    } finally {
      vi.restoreAllMocks();
    }
  });

  describe("on masks that the cell gives", () => {
    const [edge, slices] = [8, 80];
    const grid = { size: [edge, edge, slices], affine: [-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0] } as const;
    const image = new Volume({
      ...grid,
      data: new Int16Array(edge * edge * slices),
      window: smallVolume().window,
      source: "long",
    });
    /** Two rows of each of four labels on every slice. */
    const masks = new MaskVolume({
      ...grid,
      data: Uint8Array.from({ length: edge * edge * slices }, (_, n) => 1 + (Math.floor(n / edge / 2) % 4)),
      source: "given",
    });
    const state = (w: SlicePrompter) => {
      w.goTo(0, "axial");
      return [hashOf(w.maskVolume.data), w.slices.map((slice) => JSON.stringify(slice)).sort(), w.objects];
    };
    const prompted = async (w: SlicePrompter) => {
      await w.setPrompts({ box: [0, 0, 6, 6] }, { slice: 3 });
      w.setMask(
        mask(edge, edge, () => false),
        { slice: 4 },
      );
      w.confirm(5);
      w.removeObject("object 4");
      w.goTo(6);
      w.clear();
      await w.setPrompts({ box: [1, 1, 2, 2] }, { slice: 2, plane: "coronal" });
    };

    it("come back with these masks, whether the cell gives them again or not", async () => {
      const { run } = await notebook();
      const first = run("a", { image, masks }).w;
      await prompted(first);
      const before = state(first);
      const objects = first.objects.map(({ name }) => name).concat("object 4");
      for (const given of [{ masks }, {}, { masks }]) {
        const { w } = run("a", { image, objects, ...given });
        expect([w.restored, ...state(w)]).toEqual([true, ...before]);
        await w.setPrompts({ box: [0, 0, 1, 1] }, { slice: 3 });
        w.undo();
      }
      const other = Object.assign(new ControlledSam({ automatic: true }), { hash: "1" });
      const { w } = run("a", { image, objects }, other);
      await w.ready;
      expect(state(w)).toEqual(before);
      w.close();
      expect(state(run("a", { image, objects }, other).w)).toEqual(before);
      w.close();
    });

    it("are saved without making these masks into text again", async () => {
      const { run, files, pathOf, end } = await notebook();
      const { w } = run("a", { image, masks });
      const saved = async (slice: number) => {
        await w.setPrompts({ box: [0, 0, 1, 1] }, { slice });
        end();
        const text = readFileSync(pathOf(files()[0]!), "utf8");
        return { length: text.length, ...JSON.parse(text) };
      };
      const [one, two] = [await saved(1), await saved(2)];
      expect([one.block, one.slots.length, one.gone]).toEqual([two.block, 0, []]);
      expect([two.slots.length, two.gone.length, two.length < 20_000]).toEqual([1, 1, true]);
    });

    it("are not taken for the user's while nothing has been changed", async () => {
      const { run, files } = await notebook();
      const first = run("a", { image, masks }).w;
      first.goTo(7);
      await first.setPrompts({ box: [0, 0, 1, 1] });
      first.undo();
      first.close();
      expect(run("a", { image, masks: masks.only(2) }).w.maskVolume.voxels).toBe(2 * edge * slices);
      expect(files).toThrow();
    });

    it("come back from files of earlier versions, which have masks as bits", async () => {
      const { run, files, pathOf, end } = await notebook();
      const first = run("a", { image, masks }).w;
      await prompted(first);
      const before = state(first);
      end();
      const path = pathOf(files()[0]!);
      const { block, gone, slots, ...kept } = JSON.parse(readFileSync(path, "utf8"));
      const all = [...(readBlock(block) as unknown[]).filter((_, n) => !gone.includes(n)), ...slots];
      first.close();
      const older = { ...kept, format: 2, slots: all.map(withBits) };
      writeFileSync(path, JSON.stringify(older));
      expect(state(run("a", { image }).w)).toEqual(before);
    });
  });

  it("are written by the end of a cell", async () => {
    const { run, files, end } = await notebook();
    await run("a").w.setPrompts({ box: [0, 0, 1, 1] });
    expect(files).toThrow();
    end();
    expect(files()).toHaveLength(1);
  });

  it("that cannot be read stay where they are if they are another notebook's", async () => {
    const { run, files, pathOf } = await notebook();
    process.env.JPY_SESSION_NAME = "first.ipynb";
    const first = run("a");
    await first.w.setPrompts({ box: [0, 0, 1, 1] });
    first.w.close();
    const [name] = files();
    writeFileSync(pathOf(name), "{}");
    process.env.JPY_SESSION_NAME = "copy.ipynb";
    const { host } = run("a");
    expect(JSON.stringify(host.take()[0].data)).toContain(`They lie in ${pathOf(name)}.`);
    expect(files()).toEqual([name]);
  });
});

it("renews the picture of a widget that was shown, after its changes, and before the cell ends", async () => {
  const { run, displayed, end } = await notebook();
  const { w } = run("a");
  await w.setPrompts({ box: [0, 0, 1, 1] });
  const shown = await show(w);
  expect(displayed).toEqual([]);
  await w.setPrompts({ box: [0, 0, 3, 2] });
  await expect.poll(() => displayed.length).toBe(1);
  const [{ bundle, displayId, update }] = displayed;
  expect([update, displayId]).toEqual([true, Reflect.get(w, Symbol.for("samlab.displayId"))]);
  expect(Object.keys(bundle)).toEqual(Object.keys(shown));
  expect(bundle["image/png"]).not.toEqual(shown["image/png"]);
  expect(end()).toEqual([]);
  w.goTo(0);
  w.goTo(1);
  await Promise.all(end());
  expect(displayed).toHaveLength(2);
  expect(displayed[1]!.bundle["text/plain"]).toContain("axial slice 1");
  expect(end()).toEqual([]);
  w.goTo(0);
  w.close();
  expect(end()).toEqual([]);
});
