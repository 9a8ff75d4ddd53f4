import { describe, expect, it } from "vitest";
import { formatValue } from "../../../kernel-ext/display/format.js";
import { promptSlices } from "../../../kernel-ext/widgets/prompt-slices.js";
import { MaskVolume, type Sam } from "../../../src/index.js";
import { modelFromFile, smallModel, smallSamMed2d } from "../../support/light-models.js";
import { temporaryFolders } from "../../support/temporary.js";
import { ControlledSam, mask, settle } from "./controlled-sam.js";
import { axial, smallVolume } from "./phantom.js";
import { RecordingHost } from "./recording-host.js";

function start(sam = new ControlledSam({ automatic: true })) {
  const host = new RecordingHost();
  const volume = smallVolume();
  const w = promptSlices(sam, volume, { host, slice: 1 });
  return { host, volume, sam, w };
}

describe("candidates", () => {
  it("can be chosen, and the choice undone", async () => {
    const { host, w } = start();
    await host.intend({ kind: "point", place: axial(1), x: 2, y: 1, label: 1 });
    await w.ready;
    host.take();
    await host.intend({ kind: "choose", place: axial(1), candidate: 0 });
    expect(w.mask).toEqual(mask(4, 3, () => true));
    expect(w.prediction).toMatchObject({ predictedIou: 0.25, chosen: 0 });
    expect(host.takeStates()).toMatchObject([{ masks: [{ object: 1 }], answer: { chosen: 0, predictedIou: 0.25 } }]);
    await host.intend({ kind: "undo" });
    expect(w.prediction).toMatchObject({ predictedIou: 0.875, chosen: -1 });
    expect(w.prompts).toHaveLength(1);
  });

  it("are left for the single mask when the same is chosen again", async () => {
    const { host, w } = start();
    await w.setPrompts({ points: [{ x: 2, y: 1 }] });
    const chosen: unknown[] = [];
    for (const candidate of [0, 0, 0, 1, 1]) {
      await host.intend({ kind: "choose", place: axial(1), candidate, toggle: true });
      chosen.push(w.prediction?.chosen);
    }
    expect(chosen).toEqual([0, -1, 0, 1, -1]);
    for (const _ of [1, 2]) await host.intend({ kind: "choose", place: axial(1), candidate: 0 });
    expect(w.prediction?.chosen).toBe(0);
  });
});

describe("the model's answer", () => {
  const folder = temporaryFolders();
  const modelSent = (sam: Sam) => {
    const host = new RecordingHost();
    promptSlices(sam, smallVolume(), { host });
    return host.takeStates()[0].model;
  };

  it("is said to be its best-rated alternative where it is", async () => {
    const med2d = await modelFromFile("sam-med2d", smallSamMed2d(), await folder());
    expect(modelSent(med2d)).toMatchObject({ answer: "best" });
    const single = await smallModel("rep-vit-sam", await folder());
    for (const sam of [single, new ControlledSam()]) expect(modelSent(sam)).not.toHaveProperty("answer");
  });
});

describe("undo and redo", () => {
  it("bring back prompts and their masks without the model, on the slice where they were", async () => {
    const { host, w, sam } = start();
    await w.setPrompts({ points: [{ x: 1, y: 1 }] }, { slice: 0 });
    await w.setPrompts({ points: [{ x: 2, y: 2 }] }, { slice: 0 });
    w.goTo(1);
    const runs = sam.predicted.length;
    await host.intend({ kind: "undo" });
    expect([w.slice, w.prompts, w.mask]).toEqual([
      0,
      [{ kind: "point", x: 1, y: 1, label: 1 }],
      mask(4, 3, (x, y) => x === 1 && y === 1),
    ]);
    expect(w.undo()).toBe(true);
    expect([w.prompts, w.mask, w.undo()]).toEqual([[], null, false]);
    await host.intend({ kind: "redo" });
    await host.intend({ kind: "redo" });
    expect([w.prompts, w.redo()]).toEqual([[{ kind: "point", x: 2, y: 2, label: 1 }], false]);
    await settle();
    expect(sam.predicted).toHaveLength(runs);
  });

  it("of a cleared slice", async () => {
    const { w } = start();
    await w.setPrompts({ box: [0, 0, 1, 1] });
    w.clear();
    expect(w.mask).toBeNull();
    w.undo();
    expect(w.mask).toEqual(mask(4, 3, (x, y) => x < 2 && y < 2));
  });
});

describe("objects", () => {
  it("have prompts and masks of their own, and become labels of the mask volume", async () => {
    const { host, w } = start();
    await w.setPrompts({ box: [0, 0, 1, 1] }, { slice: 0 });
    await w.setPrompts({ points: [{ x: 3, y: 2 }] }, { slice: 1 });
    await host.intend({ kind: "object-add" });
    expect(w.objects).toEqual([
      { name: "object 1", color: "#e69f00", locked: false },
      { name: "object 2", color: "#cc79a7", locked: false },
    ]);
    expect([w.object, w.prompts]).toEqual(["object 2", []]);
    await w.setPrompts({ points: [{ x: 0, y: 1 }] }, { plane: "coronal", slice: 0 });
    // One pixel of a coronal slice is 1 × 2 mm.
    const objects = host.takeStates().findLast((state) => state.objects)?.objects;
    expect(objects).toMatchObject([
      { area: 2, slices: 2 },
      { area: 2, slices: 1 },
    ]);
    const volume = w.maskVolume;
    expect(volume.labels).toEqual([1, 2]);
    expect(volume.slice(0, "axial", { label: 1 })).toEqual(mask(4, 3, (x, y) => x < 2 && y < 2));
    expect(volume.slice(1, "axial", { label: 1 })).toEqual(mask(4, 3, (x, y) => x === 3 && y === 2));
    expect(volume.slice(0, "coronal", { label: 2 })).toEqual(mask(4, 2, (x, y) => x === 0 && y === 1));
  });

  it("are chosen, renamed and removed by name", async () => {
    const { w } = start();
    w.addObject("liver");
    w.renameObject("object 1", "spleen");
    await w.setPrompts({ box: [0, 0, 1, 1] });
    w.object = "spleen";
    expect([w.object, w.prompts]).toEqual(["spleen", []]);
    w.removeObject("liver");
    expect(w.objects).toEqual([{ name: "spleen", color: "#e69f00", locked: false }]);
    w.removeObject("spleen");
    expect(w.objects).toHaveLength(1);
    expect(w.undo()).toBe(true);
    w.object = "liver";
    expect(w.mask).toEqual(mask(4, 3, (x, y) => x < 2 && y < 2));
    expect(() => {
      w.object = "lung";
    }).toThrow('There is no object "lung". Objects are "spleen", "liver"');
  });

  it("have names that are different and not empty, however they are given", async () => {
    const { host, w } = start();
    w.addObject("liver");
    const names = () => w.objects.map(({ name }) => name);
    const taken = 'There is an object "liver" already. Give a name that no other object has.';
    expect(() => w.renameObject("object 1", "liver")).toThrow(taken);
    expect(() => w.addObject("liver")).toThrow(taken);
    for (const name of ["", " "]) {
      expect(() => w.addObject(name)).toThrow("The name is empty");
      expect(() => w.renameObject("liver", name)).toThrow("The name is empty");
    }
    host.take();
    await host.intend({ kind: "object-rename", object: 1, name: " liver " });
    expect(host.takeStates()).toMatchObject([{ problem: { message: taken } }]);
    expect(names()).toEqual(["object 1", "liver"]);
    w.renameObject("liver", "liver");
    w.renameObject("object 1", "object 3");
    w.addObject();
    expect(names()).toEqual(["object 3", "liver", "object 4"]);
  });

  it("are named by the call, by the mask, or by number, none of them twice", () => {
    const open = (objects: string[], names: [number, string][], color = "#e69f00") => {
      const data = new Uint8Array(24).fill(2, 12).fill(3, 20);
      const masks = new MaskVolume({ ...smallVolume(), data, names: new Map(names), colors: new Map([[2, color]]) });
      const host = new RecordingHost();
      return promptSlices(new ControlledSam(), smallVolume(), { host, masks, objects }).objects.map(({ name }) => name);
    };
    expect(
      open(
        ["object 2"],
        [
          [2, " "],
          [3, "object 3"],
        ],
      ),
    ).toEqual(["object 2", "object 3", "object 4"]);
    for (const objects of [["a", "a"], ["a", ""], [" "]])
      expect(() => open(objects, [])).toThrow("different and not empty");
    expect(() => open([], [], "red")).toThrow('"red" is not a color');
  });
});

describe("the window", () => {
  it("that is only shown leaves model and masks alone", async () => {
    const { host, w, sam } = start();
    await w.setPrompts({ box: [0, 0, 1, 1] });
    host.take();
    await host.intend({ kind: "window", low: 10, high: 20, name: "as shown" });
    expect(host.takeStates()).toMatchObject([
      { window: { shown: { low: 10, high: 20, name: "as shown" }, model: { low: 0, high: 100 } } },
    ]);
    expect(sam.encoded).toHaveLength(1);
  });

  it("of the model changes no mask by itself, is kept with each, and offers to predict all anew, which undo takes back", async () => {
    const { host, w, sam } = start();
    await w.setPrompts({ box: [0, 0, 1, 1] }, { slice: 0 });
    await w.setPrompts({ box: [1, 1, 2, 2] }, { slice: 1 });
    host.take();
    await host.intend({ kind: "model-window", low: 10, high: 20, name: "narrow" });
    expect(host.takeStates()).toMatchObject([{ window: { model: { name: "narrow" }, outdated: 2 } }]);
    expect([sam.predicted.length, w.modelWindow?.name, w.prediction?.window?.name]).toEqual([
      2,
      "narrow",
      "test window",
    ]);
    await w.repredict();
    expect(sam.encoded.map(({ window }) => window?.name)).toEqual(["test window", "test window", "narrow", "narrow"]);
    expect([sam.predicted.length, w.prediction?.window?.name]).toEqual([4, "narrow"]);
    expect(host.takeStates().findLast((state) => state.window)?.window).toMatchObject({ outdated: 0 });
    w.undo();
    expect([w.modelWindow?.name, w.prediction?.window?.name]).toEqual(["narrow", "test window"]);
    w.undo();
    expect([w.modelWindow?.name, w.mask]).toEqual(["test window", mask(4, 3, (x, y) => x > 0 && x < 3 && y > 0)]);
    expect([sam.predicted.length, w.slice]).toEqual([4, 1]);
    expect(() => w.setWindow({ low: 2, high: 1 })).toThrow("high must be above low");
  });

  it("of the model holds for the prompts that come", async () => {
    const { w, sam } = start();
    w.setModelWindow({ low: 10, high: 20 });
    await w.setPrompts({ box: [0, 0, 1, 1] });
    expect(sam.encoded.map(({ window }) => window?.name)).toEqual(["10 to 20"]);
  });
});

describe("objects that overlap", () => {
  async function overlapping() {
    const started = start();
    const { w, host } = started;
    await w.setPrompts({ box: [0, 0, 2, 1] });
    w.addObject("second");
    host.take();
    await w.setPrompts({ box: [1, 0, 3, 1] });
    const count = (label: number) =>
      w.maskVolume.slice(1, "axial", { label }).data.reduce((sum, value) => sum + value, 0);
    return { ...started, count };
  }

  it("leave the one that was there what it has, and say so", async () => {
    const { w, host, count } = await overlapping();
    expect([count(1), count(2)]).toEqual([6, 2]);
    expect(host.takeStates().findLast((state) => state.objects)?.objects).toMatchObject([{ lost: 0 }, { lost: 4 }]);
    expect(
      w
        .maskVolumeOf("second")
        .slice(1, "axial")
        .data.reduce((sum, value) => sum + value, 0),
    ).toBe(6);
  });

  it("give it to the lower one when that is wanted, but never what is locked", async () => {
    const { w, host, count } = await overlapping();
    await host.intend({ kind: "overlap", rule: "lower" });
    expect([w.overlap, count(1), count(2)]).toEqual(["lower", 2, 6]);
    w.lockObject("object 1");
    expect([count(1), count(2)]).toEqual([6, 2]);
    w.undo();
    w.undo();
    expect([w.overlap, count(1)]).toEqual(["upper", 6]);
  });

  it("stay as they are while they are locked", async () => {
    const { w, host } = await overlapping();
    await host.intend({ kind: "object-lock", object: 1, locked: true });
    w.object = "object 1";
    host.take();
    await host.intend({ kind: "point", place: axial(1), x: 0, y: 2, label: 1 });
    await host.intend({ kind: "clear", place: axial(1) });
    expect(w.prompts).toHaveLength(1);
    expect(JSON.stringify(host.takeStates())).toContain("object 1 is locked. Unlock it");
    expect(() => w.removeObject("object 1")).toThrow("is locked");
    const locks: boolean[] = [];
    for (let press = 0; press < 3; press += 1) {
      await host.intend({ kind: "object-lock", object: 1, locked: true, toggle: true });
      locks.push(w.objects[0].locked);
    }
    expect(locks).toEqual([false, true, false]);
    w.clear();
    expect(w.prompts).toEqual([]);
  });
});

it("keeps a box's place in the list, and its number, when the box is drawn elsewhere", async () => {
  const { host, w } = start();
  await host.intend({ kind: "box", place: axial(1), box: [0, 0, 1, 1] });
  await host.intend({ kind: "point", place: axial(1), x: 2, y: 1, label: 1 });
  host.take();
  await host.intend({ kind: "box", place: axial(1), box: [1, 1, 3, 2] });
  expect(w.prompts.map(({ kind }) => kind)).toEqual(["box", "point"]);
  await w.ready;
  const states = host.takeStates();
  expect(states.find((state) => state.prompts)?.prompts).toMatchObject([{ id: 2, box: [1, 1, 3, 2] }, { id: 3 }]);
});

it("gives the model's estimate of IoU as the fraction that it is", async () => {
  const { host, w, sam } = start(new ControlledSam());
  await host.intend({ kind: "box", place: axial(1), box: [0, 0, 1, 1] });
  sam.encoding[0].finish();
  await settle();
  const single = mask(4, 3, () => true);
  const info = { provider: "CPU", milliseconds: 1 };
  sam.predicting[0].finish({
    mask: single,
    predictedIou: 1.03,
    lowResLogits: new Float32Array(1),
    candidates: [],
    info,
  });
  await w.ready;
  expect(w.prediction?.predictedIou).toBe(1);
});

it("gives no estimate of a mask that nothing predicted", async () => {
  const { host, w } = start();
  host.take();
  w.setMask(mask(4, 3, () => true));
  const answer = () => host.takeStates().findLast((state) => state.answer !== undefined)?.answer;
  await expect.poll(answer).toMatchObject({ predictedIou: null, singleIou: null });
});

describe("other messages", () => {
  it("that make no sense are ignored, and the view is told", async () => {
    const { host, w } = start();
    host.take();
    await host.intend({ kind: "point", place: axial(1), x: 99, y: 1, label: 1 });
    await host.receive({ method: "custom", content: { kind: "format-disk", view: "v", seq: 9 } });
    expect(host.take().map(({ data }) => data)).toEqual([
      { method: "custom", content: { kind: "note", text: "The kernel ignored point with an invalid x, y." } },
      { method: "custom", content: { kind: "note", text: 'The kernel ignored unknown intent "format-disk".' } },
    ]);
    expect(w.prompts).toEqual([]);
  });

  it("ask for the whole state and get it, with the slice that is shown now", async () => {
    const { host, w } = start();
    w.goTo(0);
    host.take();
    await host.receive({ method: "request_state" });
    const [{ data, buffers }] = host.take();
    expect(data).toMatchObject({ method: "update", state: { place: axial(0) }, buffer_paths: [["slice", "data"]] });
    expect(buffers).toEqual([new Uint8Array(Int16Array.from({ length: 12 }, (_, n) => n).buffer)]);
  });
});

describe("closing", () => {
  it("ends listeners and prompts, not the model", async () => {
    const { host, w } = start();
    let changes = 0;
    const stop = w.on("change", () => changes++);
    w.goTo(0);
    stop();
    w.goTo(1);
    await settle();
    expect(changes).toBe(1);
    w.on("change", () => changes++);
    host.take();
    w.close();
    w.close();
    expect(host.take()).toEqual([{ type: "close", data: {} }]);
    await expect(w.setPrompts({ box: [0, 0, 1, 1] })).rejects.toMatchObject({ code: "disposed" });
    w.goTo(0);
    await settle();
    expect([changes, host.take()]).toEqual([1, []]);
  });
});

it("calls listeners with itself after each change, when the change is done", async () => {
  const { host, w } = start();
  const seen: (number | undefined)[] = [];
  w.on("change", ({ mask }) => seen.push(mask?.data.reduce((sum, value) => sum + value, 0)));
  await host.intend({ kind: "box", place: axial(1), box: [0, 0, 1, 1] });
  await w.ready;
  await settle();
  expect(seen.at(-1)).toBe(4);
});

it("shows itself as a widget, a picture and a text", async () => {
  const { w } = start();
  await w.setPrompts({ box: [0, 0, 1, 1] });
  const { "image/png": png, ...rest } = (await formatValue(w)).data;
  expect(rest).toEqual({
    "text/plain": "SlicePrompter(controlled on small, axial slice 1 of 0–1, 4×3 pixels)",
    "application/vnd.jupyter.widget-view+json": {
      version_major: 2,
      version_minor: 0,
      model_id: "model-1",
      samlab: true,
    },
  });
  expect(
    Buffer.from(png as string, "base64")
      .subarray(1, 4)
      .toString(),
  ).toBe("PNG");
});
