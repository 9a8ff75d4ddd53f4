import { describe, expect, it } from "vitest";
import { planeView } from "../../src/core/plane.js";
import type { Subject } from "../../src/protocol/slices.js";
import { formatArea, formatCount, formatDuration, formatValue } from "../../widgets/src/shared/format.js";
import { positionText, readOut } from "../../widgets/src/shared/slice-view/read-out.js";
import { scaleBar } from "../../widgets/src/shared/slice-view/scale-bar.js";
import { answerText, runText, scoresText } from "../../widgets/src/slice-prompter/run-text.js";
import { smallVolume } from "./small-volume.js";

describe("scaleBar", () => {
  it.each([
    [3, 90, "20 mm", 60],
    [1.5, 90, "50 mm", 75],
    [9, 90, "10 mm", 90],
    [0.5, 90, "10 cm", 50],
    [40, 90, "2 mm", 80],
    [700, 90, "0.1 mm", 70],
    [2000, 90, "20 µm", 40],
  ])("%d pixels per mm, %d at most: %s", (pixelsPerMm, most, label, pixels) => {
    const bar = scaleBar(pixelsPerMm, most);
    expect([bar.label, bar.pixels]).toEqual([label, expect.closeTo(pixels, 6)]);
  });
});

it("numbers are as long as they deserve", () => {
  expect([formatValue(187, 1), formatValue(-12.3456, 0.01), formatValue(5, 0.001)]).toEqual(["187", "-12.35", "5.000"]);
  expect([formatCount(999), formatCount(12418.4)]).toEqual(["999", "12\u2009418"]);
  expect([formatArea(4.25, "mm"), formatArea(8046, "mm"), formatArea(7, "px")]).toEqual([
    "4.3 mm²",
    "8\u2009046 mm²",
    "7 px",
  ]);
  expect([0.2, 41.4, 2345].map(formatDuration)).toEqual(["< 1 ms", "41 ms", "2.3 s"]);
});

it("positionText has the numbers of w.prompts", () => {
  expect(positionText([[183, 153]])).toBe("x 183  y 153");
  const corners = [
    [163.25, 168],
    [207, 138],
  ] as const;
  expect(positionText(corners)).toBe("x 163.3–207  y 138–168");
});

describe("readOut", () => {
  const affine = [2, 0, 0, -10, 0, 2, 0, -20, 0, 0, 3, -30, 0, 0, 0, 1];
  const volume: Subject = {
    kind: "volume",
    source: "",
    format: { type: "int16", slope: 1, intercept: -1024 },
    frames: [planeView([10, 20, 30], affine, "axial"), planeView([10, 20, 30], affine, "sagittal")],
    affine,
    unit: "mm",
    valueUnit: "",
  };

  it("names the voxel, its place in RAS and its value", () => {
    expect(readOut(volume, { plane: "axial", index: 4 }, { x: 0, y: 0 }, [1000])).toEqual({
      position: "x 0 y 0",
      voxel: "voxel 9 19 4",
      world: "8.0, 18.0, −18.0 mm",
      value: "value −24",
    });
    expect(readOut(volume, { plane: "sagittal", index: 2 }, { x: 0, y: 0 }, [1024]).voxel).toBe("voxel 2 19 29");
  });

  it("measures CT in HU", () => {
    const ct = { ...volume, valueUnit: "HU" } as const;
    const place = { plane: "axial", index: 4 } as const;
    expect(readOut(ct, place, { x: 0, y: 0 }, [-24]).value).toMatch(/^value .* HU$/);
  });

  it("of a picture in color has two numbers and three values", () => {
    const picture: Subject = {
      ...volume,
      kind: "picture",
      format: { type: "rgb8", slope: 1, intercept: 0 },
      frames: [{ ...volume.frames[0], plane: null, direction: [1, 1, 1], axis: [0, 1, 2], count: 1 }],
      affine: null,
      unit: "px",
    };
    expect(readOut(picture, { plane: null, index: 0 }, { x: 3, y: 5 }, [1, 2, 3])).toEqual({
      position: "x 3 y 5",
      voxel: "",
      world: "",
      value: "value 1 2 3",
    });
  });
});

const organ = { id: 1, name: "liver", color: "#e69f00", locked: false, area: null, lost: 0, slices: 1 };

it("runText names model, provider and time", () => {
  const model = { name: "lite-medsam", provider: "CPU", prompts: { points: true, box: true, mask: false, note: "" } };
  const here = { crossing: [], active: 1 };
  const answer = {
    predictedIou: 0.9,
    predictMs: 41,
    encodeMs: 307,
    provider: "CUDA",
    singleIou: 0.9,
    singleRuns: null,
    candidates: [],
    chosen: -1,
  };
  expect(runText({ ...here, model, answer: null, mask: null }).text).toBe("lite-medsam · CPU");
  const mask = { origin: "prompted", confirmed: false, doubt: "" } as const;
  expect(runText({ ...here, model, answer, mask })).toEqual({
    text: "lite-medsam · CUDA · 41 ms",
    title: "image encoder 307 ms, mask decoder 41 ms",
  });
  expect(runText({ ...here, model, answer, mask: { ...mask, origin: "propagated", doubt: "unlike" } })).toEqual({
    text: "propagated · in doubt",
    title: "unlike",
  });
  const propagated = { answer, mask: { ...mask, origin: "propagated" } } as const;
  expect(runText({ ...here, model, ...propagated }).title).toBe("from the slice beside it, predicted IoU 0.90");
  const stable = { ...model, quality: "stability" };
  expect(runText({ ...here, model: stable, ...propagated }).title).toBe("from the slice beside it, stability 0.90");
  expect(runText({ ...here, model, answer, mask: { ...mask, origin: "drawn", confirmed: true } }).text).toBe(
    "confirmed · drawn by hand",
  );
  const unrated = { ...answer, predictedIou: null, predictMs: null };
  expect(runText({ ...here, model, answer: unrated, mask: propagated.mask }).title).toBe("from the slice beside it");
  expect(runText({ ...here, model, answer: unrated, mask })).toEqual({
    text: "lite-medsam · CUDA",
    title: "image encoder 307 ms",
  });
  const said = { model, active: 1, subject: smallVolume.subject, objects: [{ ...organ, area: 25.4 }] };
  expect(answerText({ ...said, answer, mask })).toBe("mask of liver: 25 mm², predicted IoU 0.90");
  expect(answerText({ ...said, answer: unrated, mask })).toBe("mask of liver: 25 mm²");
  expect(answerText({ ...said, answer: unrated, mask: { ...mask, origin: "drawn" } })).toBe(
    "mask of liver: 25 mm², drawn by hand",
  );
  expect(answerText({ ...said, objects: [organ], answer: unrated, mask })).toBe("mask of liver");
  const from = [{ plane: "axial", first: 4, last: 7 }] as const;
  const crossing = [{ object: 1, runs: new Uint8Array(), from }];
  expect(runText({ model, answer: null, mask: null, crossing, active: 1 })).toEqual({
    text: "from axial slices",
    title: "this mask comes from axial slices 4 to 7; the eraser works here too",
  });
});

it("scoresText gives distances in the image's unit", () => {
  const scores = { slice: { dice: 0.8, hd95: 2 }, volumeDice: 0.4, slices: 1 };
  expect(scoresText(scores, "mm")).toBe("Dice 0.80, HD95 2.0 mm · 3D Dice 0.40");
  expect(scoresText(scores, "px")).toBe("Dice 0.80, HD95 2.0 px · 3D Dice 0.40");
});
