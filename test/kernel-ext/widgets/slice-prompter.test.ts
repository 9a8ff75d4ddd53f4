import { describe, expect, it } from "vitest";
import { promptSlices } from "../../../kernel-ext/widgets/prompt-slices.js";
import { packMask } from "../../../src/core/mask.js";
import { runsOfBits } from "../../../src/core/mask-runs.js";
import { fullWindow } from "../../../src/io/image/window.js";
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

const plain = { id: 1, name: "object 1", color: "#e69f00", locked: false, lost: 0 };

/** A state's mask bytes follow as buffers. */
const runs = (inside: (x: number, y: number) => boolean) => runsOfBits(packMask(mask(4, 3, inside)), 12);

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
            _model_module: "samlab-widgets",
            _model_module_version: widgetVersionRange,
            _model_name: "SlicePrompterModel",
            _view_module: "samlab-widgets",
            _view_module_version: widgetVersionRange,
            _view_name: "SlicePrompterView",
            _view_count: null,
            _dom_classes: [],
            layout: null,
            protocol: 9,
            subject: {
              kind: "volume",
              source: "small",
              format: { type: "int16", slope: 1, intercept: 0 },
              frames: [frame("axial"), frame("coronal"), frame("sagittal")],
              affine: volume.affine,
              unit: "mm",
              valueUnit: "",
            },
            model: {
              name: "controlled",
              provider: "CPU",
              prompts: { points: true, box: true, mask: false, note: "" },
            },
            place: { plane: "axial", index: 1 },
            slice: { plane: "axial", index: 1 },
            window: { shown: volume.window, model: volume.window, outdated: 0, presets },
            objects: [{ ...plain, area: null, slices: 0 }],
            active: 1,
            overlap: "upper",
            prompts: [],
            masks: [],
            crossing: [],
            speculative: null,
            answer: null,
            mask: null,
            overview: null,
            crossSlices: [],
            surface: null,
            scores: null,
            marks: [],
            work: { phase: "idle" },
            problem: null,
            restored: null,
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
    expect(() => promptSlices(sam, smallVolume(), { host, objects: ["a", "a"] })).toThrow(
      "one or more names, different and not empty",
    );
    expect(() => promptSlices(sam, smallVolume())).toThrow("promptSlices needs a running samlab kernel");
  });
});

describe("a click", () => {
  it("is answered with its prompt at once, then with the mask and the alternatives", async () => {
    const { host, w } = start();
    host.take();
    await host.intend({ kind: "point", place: axial(1), x: 2, y: 1, label: 1 });
    await w.ready;
    await expect.poll(() => host.sent.length).toBe(4);
    const prompts = [{ kind: "point", x: 2, y: 1, label: 1, id: 2 }];
    const [first, second, third, fourth, ...rest] = host.take();
    expect(rest).toEqual([]);
    expect(first).toEqual({
      type: "message",
      data: {
        method: "update",
        state: {
          prompts,
          mask: { origin: "prompted", confirmed: false, doubt: "" },
          marks: [{ index: 1, object: 1, origin: "prompted", masked: false, confirmed: false, doubtful: false }],
          work: { phase: "encoding", place: axial(1), fraction: null },
          history: { undo: true, redo: false },
          handled: { v: 1 },
        },
        buffer_paths: [],
      },
      buffers: [],
    });
    expect(second.data.state).toEqual({ work: { phase: "predicting", place: axial(1) } });
    const scores = { predictedIou: 0.875, predictMs: 5, encodeMs: 300, provider: "CPU", singleIou: 0.875, chosen: -1 };
    const clicked = runs((x, y) => x === 2 && y === 1);
    // The mask does not wait for the alternatives.
    expect(third).toEqual({
      type: "message",
      data: {
        method: "update",
        state: {
          objects: [{ ...plain, area: 1, slices: 1 }],
          masks: [{ object: 1, stale: false }],
          answer: { ...scores, singleRuns: null, candidates: [] },
          marks: [{ index: 1, object: 1, origin: "prompted", masked: true, confirmed: false, doubtful: false }],
        },
        buffer_paths: [["masks", 0, "runs"]],
      },
      buffers: [clicked],
    });
    expect(fourth).toEqual({
      type: "message",
      data: {
        method: "update",
        state: {
          answer: { ...scores, candidates: [{ predictedIou: 0.25 }, { predictedIou: 0.5 }, { predictedIou: 0.75 }] },
          work: { phase: "idle" },
        },
        buffer_paths: [
          ["answer", "singleRuns"],
          ["answer", "candidates", 0, "runs"],
          ["answer", "candidates", 1, "runs"],
          ["answer", "candidates", 2, "runs"],
        ],
      },
      buffers: [clicked, runs(() => true), clicked, runs(() => false)],
    });
  });

  it("on an encoded slice is told with its mask: no message comes while the decoder is at work, unless that takes long", async () => {
    const { host, w, sam } = start(new ControlledSam());
    const at = async (x: number) => {
      await host.intend({ kind: "point", place: axial(1), x, y: 1, label: 1 });
      await settle();
    };
    await at(1);
    sam.encoding[0].finish();
    await settle();
    sam.predicting[0].finish();
    await w.ready;
    await expect.poll(() => host.sent.at(-1)?.data.state).toHaveProperty("work", { phase: "idle" });
    host.take();
    await at(2);
    expect(host.take()).toEqual([]);
    sam.predicting[1].finish();
    await w.ready;
    expect(host.takeStates()).toEqual([
      expect.objectContaining({ prompts: expect.anything(), masks: expect.anything(), handled: { v: 2 } }),
    ]);
    await at(3);
    await expect.poll(() => host.takeStates()).toMatchObject([{ work: { phase: "predicting" }, handled: { v: 3 } }]);
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
      window: { low: 0, high: 100, name: "test window" },
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
      { kind: "box", box: [1, 0, 3, 2] },
      { kind: "point", x: 3, y: 2, label: 1 },
    ]);
  });

  it("can be moved and removed by their number", async () => {
    const { host, w } = start();
    const place = axial(1);
    await host.intend({ kind: "point", place, x: 3, y: 2, label: 1 });
    await host.intend({ kind: "point", place, x: 0, y: 0, label: 0 });
    await host.intend({ kind: "move-point", place, prompt: 2, x: 1, y: 1 });
    await host.intend({ kind: "remove", place, prompt: 3 });
    await host.intend({ kind: "remove", place, prompt: 99 });
    await w.ready;
    expect(w.prompts).toEqual([{ kind: "point", x: 1, y: 1, label: 1 }]);
    expect(w.mask).toEqual(mask(4, 3, (x, y) => x === 1 && y === 1));
  });

  it("are removed from the last without a number, as often as it is asked", async () => {
    const { host, w } = start();
    const place = axial(1);
    for (const x of [0, 1, 2]) await host.intend({ kind: "point", place, x, y: 1, label: 1 });
    await host.intend({ kind: "remove", place });
    await host.intend({ kind: "remove", place });
    await w.ready;
    expect(w.prompts).toEqual([{ kind: "point", x: 0, y: 1, label: 1 }]);
    for (const _ of [1, 2]) await host.intend({ kind: "remove", place });
    expect(w.prompts).toEqual([]);
  });

  it("are changed on the slice and of the object that was meant, whatever is shown by then", async () => {
    const { host, w } = start();
    const meant = { place: axial(1), object: 1 };
    await w.setPrompts({ points: [{ x: 0, y: 0 }] }, { slice: 0 });
    await w.setPrompts({ points: [{ x: 2, y: 1 }] }, { slice: 1 });
    w.addObject("other");
    const perform = async (intent: object) => {
      w.object = "other";
      w.goTo(0);
      await host.intend({ ...intent, ...meant });
      await w.ready;
      return [w.slice, w.object, w.prompts];
    };
    const points = (x: number, y: number) => [{ kind: "point", x, y, label: 1 }];
    expect(await perform({ kind: "choose", candidate: 0 })).toEqual([1, "object 1", points(2, 1)]);
    expect(w.prediction?.chosen).toBe(0);
    expect(await perform({ kind: "move-point", prompt: 3, x: 1, y: 1 })).toEqual([1, "object 1", points(1, 1)]);
    expect(await perform({ kind: "clear" })).toEqual([1, "object 1", []]);
    await host.intend({ kind: "undo" });
    expect(await perform({ kind: "remove", prompt: 3 })).toEqual([1, "object 1", []]);
    w.goTo(0);
    expect(w.prompts).toEqual(points(0, 0));
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
    await expect(w.setPrompts({ points: [{ x: 1, y: 1 }] })).rejects.toThrow(
      "takes no points prompt. Boxes only. Give a box.",
    );
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
      {
        problem: { message: "This model takes no points prompt. Boxes only. Give a box.", retry: false },
        handled: { v: 1 },
      },
    ]);
    await host.intend({ kind: "goto", place: axial(0) });
    expect(host.takeStates()[0]).toMatchObject({ problem: null });
    expect(w.prompts).toEqual([]);
  });
});
