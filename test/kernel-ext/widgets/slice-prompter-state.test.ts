import { describe, expect, it } from "vitest";
import { formatValue } from "../../../kernel-ext/display/format.js";
import { promptSlices } from "../../../kernel-ext/widgets/prompt-slices.js";
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
    await host.intend({ kind: "choose", candidate: 0 });
    expect(w.mask).toEqual(mask(4, 3, () => true));
    expect(w.prediction).toMatchObject({ predictedIou: 0.25, chosen: 0 });
    expect(host.takeStates()).toMatchObject([{ masks: [{ object: 1 }], answer: { chosen: 0, predictedIou: 0.25 } }]);
    await host.intend({ kind: "undo" });
    expect(w.prediction).toMatchObject({ predictedIou: 0.875, chosen: -1 });
    expect(w.prompts).toHaveLength(1);
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
      { name: "object 1", color: "#e69f00" },
      { name: "object 2", color: "#cc79a7" },
    ]);
    expect([w.object, w.prompts]).toEqual(["object 2", []]);
    await w.setPrompts({ points: [{ x: 0, y: 1 }] }, { plane: "coronal", slice: 0 });
    // One pixel of a coronal slice is 1 × 2 mm.
    const objects = host.takeStates().findLast((state) => state.objects)?.objects;
    expect(objects).toMatchObject([
      { area: null, slices: 2 },
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
    expect(w.objects).toEqual([{ name: "spleen", color: "#e69f00" }]);
    w.removeObject("spleen");
    expect(w.objects).toHaveLength(1);
    expect(w.undo()).toBe(true);
    w.object = "liver";
    expect(w.mask).toEqual(mask(4, 3, (x, y) => x < 2 && y < 2));
    expect(() => {
      w.object = "lung";
    }).toThrow('There is no object "lung". Objects are "spleen", "liver"');
  });
});

describe("the window", () => {
  it("that is only shown leaves model and masks alone", async () => {
    const { host, w, sam } = start();
    await w.setPrompts({ box: [0, 0, 1, 1] });
    host.take();
    await host.intend({ kind: "window", low: 10, high: 20, name: "as shown", forModel: false });
    expect(host.takeStates()).toMatchObject([
      { window: { shown: { low: 10, high: 20, name: "as shown" }, model: { low: 0, high: 100 } } },
    ]);
    expect(sam.encoded).toHaveLength(1);
  });

  it("for the model encodes the slice again, and predicts what is on it", async () => {
    const { w, sam } = start();
    await w.setPrompts({ box: [0, 0, 1, 1] });
    w.setWindow({ low: 10, high: 20 }, true);
    await w.ready;
    expect(sam.encoded.map(({ window }) => window)).toEqual([
      { low: 0, high: 100, name: "test window" },
      { low: 10, high: 20, name: "10 to 20" },
    ]);
    expect(sam.predicted).toHaveLength(2);
    expect(() => w.setWindow({ low: 2, high: 1 })).toThrow("high must be above low");
  });
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
    "application/vnd.jupyter.widget-view+json": { version_major: 2, version_minor: 0, model_id: "model-1" },
  });
  expect(
    Buffer.from(png as string, "base64")
      .subarray(1, 4)
      .toString(),
  ).toBe("PNG");
});
