import { describe, expect, it } from "vitest";
import { formatValue } from "../../../kernel-ext/display/format.js";
import { compareMasks } from "../../../kernel-ext/widgets/compare-masks.js";
import { turnGrid, turnVoxels } from "../../../src/core/grid.js";
import { packMask } from "../../../src/core/mask.js";
import { readRaster } from "../../../src/io/formats/raster.js";
import type { Image2d } from "../../../src/io/image/image.js";
import { fullWindow } from "../../../src/io/image/window.js";
import { LabelImage } from "../../../src/io/mask/label-image.js";
import { MaskVolume } from "../../../src/io/mask/mask-volume.js";
import { hd95 } from "../../../src/metrics/scores.js";
import type { MaskCompareState } from "../../../src/protocol/mask-compare.js";
import { mask } from "./controlled-sam.js";
import { smallVolume } from "./phantom.js";
import { RecordingHost } from "./recording-host.js";

const volume = smallVolume();

/** Inside where `test` says so; x and y are those of axial slices. */
function maskOf(inside: (x: number, y: number, z: number) => number | boolean, size = volume.size): MaskVolume {
  const [nx, ny, nz] = size;
  const data = Uint8Array.from({ length: nx * ny * nz }, (_, n) =>
    Number(inside(n % nx, Math.floor(n / nx) % ny, Math.floor(n / (nx * ny)))),
  );
  return new MaskVolume({ data, size, affine: volume.affine, source: "made" });
}

/** The truth: the left half of slice 1. `half`: one column less. `far`: the right half of both slices. */
const truth = maskOf((x, _, z) => x < 2 && z === 1);
const half = maskOf((x, _, z) => x < 1 && z === 1);
const far = maskOf((x) => x >= 2);

function start(masks: Parameters<typeof compareMasks>[1] = { half, far, truth }) {
  const host = new RecordingHost();
  const w = compareMasks(volume, masks, { host });
  const opened = host.take()[0];
  return { host, w, opened, state: opened.data.state as unknown as MaskCompareState };
}

describe("opening", () => {
  it("puts a mask whose axes run otherwise where it lies", () => {
    const turn = { axis: [0, 1, 2], flip: [true, false, true], isIdentity: false } as const;
    const { size, affine } = turnGrid(truth, turn);
    const data = turnVoxels(truth.data, truth.size, turn);
    const { state } = start({ same: new MaskVolume({ data, size, affine, source: "turned" }), half, truth });
    expect(state.onSlice[0]).toMatchObject({ mask: 0, scores: { dice: 1, iou: 1, hd95: 0 } });
  });

  it("sends the slice, the masks and their scores on the slice on which the truth is largest", () => {
    const { state, opened } = start();
    expect(state.place).toEqual({ plane: "axial", index: 1 });
    expect(state.masks).toEqual([
      { id: 0, name: "half", color: "#0072b2", role: "mask", model: null },
      { id: 1, name: "far", color: "#e69f00", role: "mask", model: null },
      { id: 2, name: "truth", color: "#009e73", role: "truth", model: null },
    ]);
    expect(state.onSlice).toEqual([
      { mask: 0, absent: null, scores: { dice: 2 / 3, iou: 0.5, hd95: 1 } },
      { mask: 1, absent: null, scores: { dice: 0, iou: 0, hd95: 2 } },
      { mask: 2, absent: null, scores: null },
    ]);
    const bits = [half, far, truth].map((one) => packMask(one.slice(1)));
    expect(opened.buffers?.slice(1)).toEqual(bits);
    expect(opened.data.buffer_paths).toEqual([["slice", "data"], ...[0, 1, 2].map((n) => ["onSlice", n, "bits"])]);
    expect(state.window).toEqual({ shown: volume.window, presets: [volume.window, fullWindow(volume.data)] });
    expect(state.display).toEqual({ layout: "side-by-side", paint: "masks" });
    expect(state.definition).toBe("surface-distance");
  });

  it("gives known names their color, others the rest", () => {
    const { state } = start({ other: half, "fine-tuned": far, more: half, "zero-shot": half });
    expect(state.masks.map(({ color }) => color)).toEqual(["#cc79a7", "#e69f00", "#56b4e9", "#0072b2"]);
  });

  it("scores the volume and the slices one by one, between other things", async () => {
    const { host, w } = start();
    await w.ready;
    const states = host.takeStates() as unknown as Partial<MaskCompareState>[];
    const totals = states.findLast((state) => state.totals)?.totals;
    expect(totals?.map(({ scores }) => scores?.dice)).toEqual([2 / 3, 0]);
    expect([...w.dicePerSlice("half")]).toEqual([Number.NaN, Math.fround(2 / 3)]);
    expect([...w.dicePerSlice("far")]).toEqual([0, 0]);
    expect(w.scores).toEqual([
      { name: "half", dice: 2 / 3, iou: 0.5, hd95: hd95(half, truth, { spacing: volume.spacing }) },
      { name: "far", dice: 0, iou: 0, hd95: hd95(far, truth, { spacing: volume.spacing }) },
    ]);
  });

  it("takes a label of a mask as truth", () => {
    const labels = maskOf((x, _, z) => (z === 1 ? (x < 2 ? 7 : 3) : 0));
    const { w } = start({ half, truth: { mask: labels, label: 7 } });
    expect(w.sliceScores[0].dice).toBeCloseTo(2 / 3);
  });

  it("says where all labels of a mask are one, and not where one was chosen", () => {
    const labels = maskOf((x, _, z) => (z === 1 ? (x < 2 ? 2 : 1) : 0));
    const open = (masks: Parameters<typeof compareMasks>[1]) => {
      const { w, state } = start(masks);
      return [state.hasLabelsAsOne, /whole volume, all labels of a mask as one; HD95/.test(String(w))];
    };
    expect(open({ half, truth: labels })).toEqual([true, true]);
    expect(open({ labels: { mask: labels }, truth })).toEqual([true, true]);
    expect(open({ labels: { mask: labels, label: 2 }, truth })).toEqual([false, false]);
  });

  it("takes names that objects of JavaScript have, too", async () => {
    const { w, state } = start({ constructor: half, toString: far, truth });
    expect(state.masks.map(({ name, color }) => [name, color])).toEqual([
      ["constructor", "#0072b2"],
      ["toString", "#e69f00"],
      ["truth", "#009e73"],
    ]);
    expect((await w.picture()).length).toBeGreaterThan(0);
  });

  it("needs no truth, and then has no scores", async () => {
    const { w, state } = start({ half, far });
    await w.ready;
    expect([w.scores, w.sliceScores, state.strip]).toEqual([[], [], []]);
    expect(() => w.dicePerSlice("half")).toThrow('There is nothing to score "half" against.');
    expect(() => {
      w.agreement = true;
    }).toThrow("Agreement can only be shown with a truth.");
    expect(String(w)).toContain("half, far: no truth, so no scores");
  });
});

describe("from code and from a view", () => {
  it("goes to a slice, and sends the slice and its masks once", async () => {
    const { host, w } = start();
    await w.ready;
    host.take();
    w.slice = 0;
    const [state, ...more] = host.takeStates();
    expect(more).toEqual([]);
    expect(Object.keys(state).sort()).toEqual(["onSlice", "place", "slice"]);
    expect(w.slice).toBe(0);
    w.slice = 0;
    expect(host.take()).toEqual([]);
    expect(() => {
      w.slice = 2;
    }).toThrow("There is no slice 2 in small. Slices are numbered 0 to 1.");
  });

  it("does what a view wants, and says which of its intents are handled", async () => {
    const { host, w } = start();
    await w.ready;
    await host.intend({ kind: "goto", place: { plane: "coronal", index: 2 } });
    await host.intend({ kind: "display", layout: "blink", paint: "agreement" });
    await host.intend({ kind: "window", low: 1, high: 5, name: "mine" });
    expect([w.slice, w.plane, w.layout, w.agreement]).toEqual([2, "coronal", "blink", true]);
    await w.ready;
    const handled = host.takeStates().findLast((state) => state.handled)?.handled;
    expect(handled).toEqual({ v: 3 });
    await host.intend({ kind: "goto", place: { plane: "axial", index: 9 } });
    expect(host.take().map(({ data }) => data)).toMatchObject([
      { content: { kind: "note", text: "The kernel ignored goto with an invalid place." } },
      { state: { handled: { v: 4 } } },
    ]);
  });

  it("turns what a view may not do into a problem", async () => {
    const { host } = start({ half });
    await host.intend({ kind: "display", layout: "blink", paint: "agreement" });
    const problem = host.takeStates().findLast((state) => state.problem)?.problem;
    expect(problem).toEqual({
      message: "Agreement can only be shown with a truth. Give the truth under the name truth.",
      retry: false,
    });
  });

  it("tells listeners, until they leave and until it is closed", async () => {
    const { w, host } = start();
    await w.ready;
    const slices: number[] = [];
    const stop = w.on("change", ({ slice }) => slices.push(slice));
    w.slice = 0;
    await w.ready;
    stop();
    w.slice = 1;
    await w.ready;
    expect(new Set(slices)).toEqual(new Set([0]));
    w.close();
    w.close();
    expect(host.take().at(-1)?.type).toBe("close");
    expect(() => {
      w.slice = 0;
    }).toThrow("This widget is closed.");
  });
});

describe("bad input", () => {
  const refused =
    (masks: unknown, options: object = {}, image: unknown = volume) =>
    () =>
      compareMasks(image as typeof volume, masks as { half: MaskVolume }, { host: new RecordingHost(), ...options });
  const otherSize = maskOf(() => true, [4, 3, 3]);
  const moved = new MaskVolume({
    ...truth,
    data: truth.data,
    size: truth.size,
    source: "",
    affine: [-1, 0, 0, 5, 0, -1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1],
  });
  const picture: Image2d = {
    width: 4,
    height: 3,
    channels: 1,
    data: new Uint8Array(12),
    spacing: null,
    window: null,
    source: "p",
  };

  it.each([
    ["an empty record", refused({}), "There is no mask to compare. Give 1 to 8 masks by name"],
    ["only a truth", refused({ truth }), "There is no mask to compare."],
    [
      "too many",
      refused(Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`m${n}`, half]))),
      "9 masks are too many.",
    ],
    ["a mask of another size", refused({ a: otherSize, truth }), 'The mask "a" has 4×3×3 voxels, the image 4×3×2.'],
    [
      "a mask that lies elsewhere",
      refused({ half, truth: moved }),
      'The mask "truth" lies elsewhere: its corners are up to 5.0 mm',
    ],
    [
      "a picture's mask of a volume",
      refused({ a: mask(4, 3, () => true) }),
      'The mask "a" is a picture\'s mask of 4×3 pixels',
    ],
    ["a volume's mask of a picture", refused({ half }, {}, picture), 'The mask "half" is a volume of 4×3×2 voxels'],
    [
      "a picture's mask of another size",
      refused({ a: mask(4, 4, () => true) }, {}, picture),
      '"a" has 4×4 pixels, the image 4×3.',
    ],
    ["what is no mask", refused({ a: 5 }), '"a" is neither a mask nor a predictor.'],
    ["nothing", refused({ a: null }), '"a" is neither a mask nor a predictor.'],
    ["a predictor as truth", refused({ half, truth: { sam: {}, prompts: {} } }), "The truth is a predictor."],
    ["a predictor without a model", refused({ a: { sam: {}, prompts: {} } }), 'The predictor "a" lacks its model.'],
    ["a slice that is not there", refused({ half }, { slice: 2 }), "There is no slice 2 in small."],
    [
      "a plane of a picture",
      refused({ a: mask(4, 3, () => true) }, { plane: "axial" }, picture),
      'There is no plane "axial" in p.',
    ],
    ["a definition that is none", refused({ half }, { definition: "mine" }), 'There is no definition "mine".'],
    ["a layout that is none", refused({ half }, { layout: "tower" }), 'There is no layout "tower".'],
    ["agreement without a truth", refused({ half }, { agreement: true }), "Agreement can only be shown with a truth."],
  ])("refuses %s", (_, open, message) => expect(open).toThrow(message));

  it("asks for a kernel outside one", () => {
    expect(() => compareMasks(volume, { half })).toThrow("compareMasks needs a running samlab kernel.");
  });
});

describe("a picture", () => {
  const image: Image2d = {
    width: 4,
    height: 3,
    channels: 1,
    data: new Uint8Array(12).fill(7),
    spacing: null,
    window: null,
    source: "flat",
  };
  const left = mask(4, 3, (x) => x < 2);

  it("of one value, with masks in pixels, has a score and no strip", async () => {
    const host = new RecordingHost();
    const labels = new LabelImage({
      width: 4,
      height: 3,
      data: Uint8Array.from(left.data, (value) => value * 2),
      source: "l",
    });
    const w = compareMasks(image, { all: mask(4, 3, () => true), truth: labels }, { host });
    await w.ready;
    expect(w.scores[0]).toMatchObject({ name: "all", dice: 2 / 3, iou: 0.5, hd95: 2 });
    expect((host.take()[0].data.state as unknown as MaskCompareState).strip).toEqual([]);
    expect(String(w)).toContain("2.0 px");
    const png = await w.picture();
    expect([...png.subarray(1, 4)].map((code) => String.fromCharCode(code)).join("")).toBe("PNG");
  });

  it("of masks both empty is undefined, not perfect", async () => {
    const none = mask(4, 3, () => false);
    const w = compareMasks(image, { none, truth: none }, { host: new RecordingHost() });
    await w.ready;
    expect(w.scores).toEqual([{ name: "none", dice: Number.NaN, iou: Number.NaN, hd95: Number.NaN }]);
    expect(String(w)).toContain("none     –    –");
  });
});

describe("as the value of a cell", () => {
  it("is a widget, a table and a picture", async () => {
    const { w } = start();
    await w.ready;
    const { data: bundle } = await formatValue(w);
    expect(bundle["application/vnd.jupyter.widget-view+json"]).toMatchObject({ model_id: "model-1" });
    expect(bundle["text/plain"]).toBe(
      [
        "MaskCompare(small, axial slice 1 of 0–1, 4×3 pixels)",
        "      Dice   IoU    HD95",
        `half  0.67  0.50  ${w.scores[0].hd95.toFixed(1)} mm`,
        `far   0.00  0.00  ${w.scores[1].hd95.toFixed(1)} mm`,
        "Scores over the whole volume; HD95 as surface-distance defines it.",
      ].join("\n"),
    );
    expect(bundle["image/png"]).toBeDefined();
  });

  it("shows the scores that a cell has read before", async () => {
    const { host, w, state } = start();
    expect([state.totals.every(({ scores }) => scores === null), state.strip]).toEqual([true, []]);
    const dice = [...w.dicePerSlice("half")];
    expect([dice.length, w.scores.length, w.dicePerSlice("far").length]).toEqual([2, 2, 2]);
    await w.ready;
    const sent = Object.assign({}, ...host.takeStates()) as MaskCompareState;
    expect(sent.totals.map(({ scores }) => scores?.dice)).toEqual(w.scores.map((scores) => scores.dice));
    expect(sent.strip.map(({ mask }) => mask)).toEqual([0, 1]);
  });

  it("has a still picture whatever its masks are called", async () => {
    const { w } = start({ 'a<b>&"\u0001': maskOf(() => true), truth });
    expect([...(await w.picture()).subarray(1, 4)]).toEqual([80, 78, 71]);
  });

  it("draws agreement in the still picture: green in both, vermillion only predicted, sky blue only truth", async () => {
    const shifted = maskOf((x, _, z) => x >= 1 && x < 3 && z === 1);
    const { w } = start({ shifted, truth });
    w.agreement = true;
    const { writeFileSync, mkdtempSync } = await import("node:fs");
    const file = `${mkdtempSync(`${(await import("node:os")).tmpdir()}/compare-`)}/a.png`;
    writeFileSync(file, await w.picture());
    const { data, width } = await readRaster(file);
    // A panel is 420 wide, a voxel 105, below a header of 28 pixels. Row 1, column by column, in the middle of each
    // voxel.
    const at = (column: number) => {
      const n = 3 * ((28 + 157) * width + column * 105 + 52);
      return [...data.subarray(n, n + 3)];
    };
    // Values 16 to 19 of a window from 0 to 100.
    const over = (gray: number, color: number[], opacity: number) =>
      color.map((value) => Math.round(gray * (1 - opacity) + value * opacity));
    const grays = [16, 17, 18, 19].map((value) => Math.floor((255 * value) / 100));
    expect(at(0)).toEqual(over(grays[0], [86, 180, 233], 0.6));
    expect(at(1)).toEqual(over(grays[1], [0, 158, 115], 0.35));
    expect(at(2)).toEqual(over(grays[2], [213, 94, 0], 0.6));
    expect(at(3)).toEqual([grays[3], grays[3], grays[3]]);
  });
});
