import { describe, expect, it } from "vitest";
import { formatValue } from "../../../kernel-ext/display/format.js";
import { promptSlices } from "../../../kernel-ext/widgets/prompt-slices.js";
import { packMask } from "../../../src/core/mask.js";
import { fullWindow } from "../../../src/io/window.js";
import { widgetVersionRange } from "../../../src/protocol/version.js";
import { ControlledSam, mask, settle } from "./controlled-sam.js";
import { axial, smallVolume } from "./phantom.js";
import { RecordingHost } from "./recording-host.js";

function start(sam = new ControlledSam({ automatic: true })) {
  const host = new RecordingHost();
  const volume = smallVolume();
  const w = promptSlices(sam, volume, { host, slice: 1 });
  return { host, volume, sam, w };
}

/** A state's mask bytes follow as buffers. */
const bits = (inside: (x: number, y: number) => boolean) => packMask(mask(4, 3, inside));

describe("opening", () => {
  it("sends one message with all that a view needs", () => {
    const { host, volume } = start();
    const presets = [volume.window, fullWindow(volume.data)];
    const frame = (plane: "axial" | "coronal" | "sagittal") => {
      const { spacing, axis, direction, letters, width, height, count } = volume.view(plane);
      return { plane, width, height, count, spacing, axis, direction, letters };
    };
    expect(host.target).toBe("jupyter.widget");
    expect(host.take()).toEqual([
      {
        type: "open",
        metadata: { version: "2.1.0" },
        data: {
          state: {
            _model_module: "@samlab/widgets",
            _model_module_version: widgetVersionRange,
            _model_name: "SlicePrompterModel",
            _view_module: "@samlab/widgets",
            _view_module_version: widgetVersionRange,
            _view_name: "SlicePrompterView",
            _view_count: null,
            _dom_classes: [],
            layout: null,
            protocol: 1,
            subject: {
              kind: "volume",
              source: "small",
              format: { type: "int16", slope: 1, intercept: 0 },
              frames: [frame("axial"), frame("coronal"), frame("sagittal")],
              affine: volume.affine,
              unit: "mm",
            },
            model: {
              name: "controlled",
              provider: "CPU",
              prompts: { points: true, box: true, mask: false, note: "" },
            },
            place: { plane: "axial", index: 1 },
            slice: { plane: "axial", index: 1 },
            window: { shown: volume.window, model: volume.window, presets },
            objects: [{ id: 1, name: "object 1", color: "#e69f00", area: null, slices: 0 }],
            active: 1,
            prompts: [],
            masks: [],
            answer: null,
            marks: [],
            work: { phase: "idle" },
            problem: null,
            history: { undo: false, redo: false },
            handled: {},
          },
          buffer_paths: [["slice", "data"]],
        },
        buffers: [new Uint8Array(Int16Array.from({ length: 12 }, (_, n) => 12 + n).buffer)],
      },
    ]);
  });

  it("starts in the middle, and refuses what is not there", () => {
    const host = new RecordingHost();
    const sam = new ControlledSam();
    expect(promptSlices(sam, smallVolume(), { host, plane: "sagittal" }).slice).toBe(2);
    expect(() => promptSlices(sam, smallVolume(), { host, slice: 2 })).toThrow("Slices are numbered 0 to 1");
    expect(() => promptSlices(sam, smallVolume(), { host, objects: ["a", "a"] })).toThrow("no name twice");
    expect(() => promptSlices(sam, smallVolume())).toThrow("promptSlices needs a running samlab kernel");
  });
});

describe("a click", () => {
  it("is answered with its prompt at once, then with the mask and the alternatives", async () => {
    const { host, w } = start();
    host.take();
    await host.intend({ kind: "point", place: axial(1), x: 2, y: 1, label: 1 });
    await w.ready;
    const prompts = [{ kind: "point", x: 2, y: 1, label: 1, id: 2 }];
    const [first, second, third, ...rest] = host.take();
    expect(rest).toEqual([]);
    expect(first).toEqual({
      type: "message",
      data: {
        method: "update",
        state: {
          prompts,
          marks: [{ index: 1, object: 1, masked: false }],
          work: { phase: "encoding", place: axial(1), fraction: null },
          history: { undo: true, redo: false },
          handled: { v: 1 },
        },
        buffer_paths: [],
      },
      buffers: [],
    });
    expect(second.data.state).toEqual({ work: { phase: "predicting", place: axial(1) } });
    expect(third).toEqual({
      type: "message",
      data: {
        method: "update",
        state: {
          objects: [{ id: 1, name: "object 1", color: "#e69f00", area: 1, slices: 1 }],
          masks: [{ object: 1, stale: false }],
          answer: {
            predictedIou: 0.875,
            predictMs: 5,
            encodeMs: 300,
            provider: "CPU",
            singleIou: 0.875,
            candidates: [{ predictedIou: 0.25 }, { predictedIou: 0.5 }, { predictedIou: 0.75 }],
            chosen: -1,
          },
          marks: [{ index: 1, object: 1, masked: true }],
          work: { phase: "idle" },
        },
        buffer_paths: [
          ["masks", 0, "bits"],
          ["answer", "singleBits"],
          ["answer", "candidates", 0, "bits"],
          ["answer", "candidates", 1, "bits"],
          ["answer", "candidates", 2, "bits"],
        ],
      },
      buffers: [
        bits((x, y) => x === 2 && y === 1),
        bits((x, y) => x === 2 && y === 1),
        bits(() => true),
        bits((x, y) => x === 2 && y === 1),
        bits(() => false),
      ],
    });
  });

  it("can be read in the next cell", async () => {
    const { host, w } = start();
    await host.intend({ kind: "point", place: axial(1), x: 2, y: 1, label: 1 });
    await w.ready;
    expect(w.mask).toEqual(mask(4, 3, (x, y) => x === 2 && y === 1));
    expect(w.prompts).toEqual([{ kind: "point", x: 2, y: 1, label: 1 }]);
    expect(w.promptSet).toEqual({ points: [{ x: 2, y: 1, label: 1 }] });
    expect([w.slice, w.plane, w.object]).toEqual([1, "axial", "object 1"]);
    expect(w.prediction).toEqual({
      predictedIou: 0.875,
      candidates: [
        { mask: mask(4, 3, () => true), predictedIou: 0.25 },
        { mask: mask(4, 3, (x, y) => x === 2 && y === 1), predictedIou: 0.5 },
        { mask: mask(4, 3, () => false), predictedIou: 0.75 },
      ],
      chosen: -1,
      predictMs: 5,
      encodeMs: 300,
      provider: "CPU",
    });
  });

  it("asks for alternatives only when it is alone", async () => {
    const { host, w, sam } = start();
    await host.intend({ kind: "point", place: axial(1), x: 2, y: 1, label: 1 });
    await host.intend({ kind: "point", place: axial(1), x: 0, y: 0, label: 0 });
    await w.ready;
    await host.intend({ kind: "box", place: axial(0), box: [0, 0, 2, 1] });
    await w.ready;
    expect(sam.predicted.at(-2)).toEqual({
      prompt: {
        points: [
          { x: 2, y: 1, label: 1 },
          { x: 0, y: 0, label: 0 },
        ],
      },
      multimask: false,
    });
    expect(sam.predicted.at(-1)).toEqual({ prompt: { box: [0, 0, 2, 1] }, multimask: false });
  });

  it("on another slice than the shown one goes there: the user saw that one", async () => {
    const { host, w } = start();
    await host.intend({ kind: "point", place: axial(0), x: 1, y: 1, label: 1 });
    await w.ready;
    expect(w.slice).toBe(0);
    expect(w.prompts).toHaveLength(1);
  });
});

describe("prompts", () => {
  it("keep one box, the last", async () => {
    const { host, w } = start();
    await host.intend({ kind: "box", place: axial(1), box: [0, 0, 2, 1] });
    await host.intend({ kind: "point", place: axial(1), x: 3, y: 2, label: 1 });
    await host.intend({ kind: "box", place: axial(1), box: [1, 0, 3, 2] });
    await w.ready;
    expect(w.prompts).toEqual([
      { kind: "point", x: 3, y: 2, label: 1 },
      { kind: "box", box: [1, 0, 3, 2] },
    ]);
  });

  it("can be moved and removed by their number", async () => {
    const { host, w } = start();
    await host.intend({ kind: "point", place: axial(1), x: 3, y: 2, label: 1 });
    await host.intend({ kind: "point", place: axial(1), x: 0, y: 0, label: 0 });
    await host.intend({ kind: "move-point", prompt: 2, x: 1, y: 1 });
    await host.intend({ kind: "remove", prompt: 3 });
    await host.intend({ kind: "remove", prompt: 99 });
    await w.ready;
    expect(w.prompts).toEqual([{ kind: "point", x: 1, y: 1, label: 1 }]);
    expect(w.mask).toEqual(mask(4, 3, (x, y) => x === 1 && y === 1));
  });

  it("set in code do the same as clicks, and wait for the mask", async () => {
    const { host, w, sam } = start();
    host.take();
    await w.setPrompts({ box: [0, 0, 1, 1], points: [{ x: 3, y: 2 }] }, { slice: 0 });
    expect(w.slice).toBe(0);
    expect(w.prompts).toEqual([
      { kind: "box", box: [0, 0, 1, 1] },
      { kind: "point", x: 3, y: 2, label: 1 },
    ]);
    expect(w.mask).toEqual(mask(4, 3, (x, y) => (x < 2 && y < 2) || (x === 3 && y === 2)));
    expect(host.takeStates()[0]).toMatchObject({ place: axial(0), prompts: [{ kind: "box" }, { kind: "point" }] });
    w.prompts = { points: [{ x: 1, y: 1 }] };
    expect(w.mask).toBeNull();
    await w.ready;
    expect(w.mask).toEqual(mask(4, 3, (x, y) => x === 1 && y === 1));
    const runs = sam.predicted.length;
    w.prompts = [];
    await w.ready;
    expect([w.mask, w.prediction, w.prompts, sam.predicted.length]).toEqual([null, null, [], runs]);
  });

  it("set wrongly in code throw, and change nothing", async () => {
    const { w, host } = start(new ControlledSam({ prompts: { points: false, note: "Boxes only." } }));
    host.take();
    await expect(w.setPrompts({ points: [{ x: 1, y: 1 }] })).rejects.toThrow("takes no points prompt. Boxes only.");
    await expect(w.setPrompts({ box: [0, 0, 9, 9] })).rejects.toMatchObject({ code: "prompt-invalid" });
    await expect(w.setPrompts({ box: [0, 0, 1, 1] }, { slice: 5 })).rejects.toThrow("no slice 5");
    await expect(w.setPrompts({ box: [0, 0, 1, 1] }, { plane: "axil" as "axial" })).rejects.toThrow("axial, coronal");
    expect(() => {
      w.prompts = { points: [{ x: 1, y: 1 }] };
    }).toThrow("takes no points prompt");
    expect(host.take()).toEqual([]);
  });

  it("that the model does not take are refused in the widget", async () => {
    const { w, host } = start(new ControlledSam({ prompts: { points: false, note: "Boxes only." } }));
    host.take();
    await host.intend({ kind: "point", place: axial(1), x: 1, y: 1, label: 1 });
    expect(host.takeStates()).toEqual([
      { problem: { message: "This model takes no points prompt. Boxes only.", retry: false }, handled: { v: 1 } },
    ]);
    await host.intend({ kind: "goto", place: axial(0) });
    expect(host.takeStates()[0]).toMatchObject({ problem: null });
    expect(w.prompts).toEqual([]);
  });
});

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
  const { "image/png": png, ...rest } = await formatValue(w);
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
