import { expect, it } from "vitest";
import { scalingAffine } from "../../src/core/geometry.js";
import { turnGrid, turnVoxels } from "../../src/core/grid.js";
import type { ImageCase, VolumeCase } from "../../src/datasets/case.js";
import { type TrainingSliceOptions, trainingSlices } from "../../src/finetune/slices.js";
import { Volume } from "../../src/io/image/volume.js";
import { fullWindow } from "../../src/io/image/window.js";
import { LabelImage } from "../../src/io/mask/label-image.js";
import { MaskVolume } from "../../src/io/mask/mask-volume.js";
import { failure } from "../io/helpers.js";

const size = [4, 3, 2] as const;
const affine = scalingAffine([1, 1, 2]);
const data = Uint8Array.from({ length: 24 }, (_, n) => Number(n % 4 === 0 && n < 12));
const volume = new Volume({ data, size, affine, window: fullWindow(data), source: "v" });
const truth = new MaskVolume({ data, size, affine, source: "t" });
const caseOf = (mask: MaskVolume) =>
  ({
    kind: "volume",
    volume,
    truth: mask,
    names: new Map([[1, "x"]]),
    entry: { id: "a-ct", subject: "a" },
  }) as unknown as VolumeCase;

it("a truth whose axes run otherwise is put where it lies", () => {
  const turn = { axis: [1, 0, 2], flip: [true, false, false], isIdentity: false } as const;
  const turned = new MaskVolume({ ...turnGrid(truth, turn), data: turnVoxels(data, size, turn), source: "t" });
  const cut = (mask: MaskVolume) => trainingSlices(caseOf(mask), { slices: [0, 1] }).map((one) => one.truth.data);
  expect(cut(turned)).toEqual(cut(truth));
});

it("scans of one patient are one patient's, so that they do not stand on both sides", () => {
  expect(trainingSlices(caseOf(truth), { slices: [0] }).map(({ patient }) => patient)).toEqual(["a"]);
});

it("a truth that lies elsewhere is refused", async () => {
  const moved = new MaskVolume({ data, size, affine: affine.map((v, n) => (n === 3 ? 5 : v)), source: "t" });
  const error = await failure(() => trainingSlices(caseOf(moved)), "geometry-mismatch");
  expect(error.message).toContain("5.000 mm apart");
});

/** A picture of one row of labels. */
function pictureOf(labels: readonly number[], nameOf: (label: number) => string): ImageCase {
  const [width, height] = [labels.length, 1];
  return {
    kind: "image",
    image: { width, height, channels: 1, data: new Uint8Array(width), spacing: null, window: null, source: "p" },
    truth: new LabelImage({ width, height, data: Uint8Array.from(labels), source: "t" }),
    names: new Map(labels.flatMap((label) => (label > 0 ? [[label, nameOf(label)]] : []))),
    entry: { id: "a-photo", subject: "a" },
  } as unknown as ImageCase;
}

it("a picture is one slice, its labels numbered from 1", async () => {
  const picture = pictureOf([0, 255, 7, 255], (label) => (label === 7 ? "vessel" : "lesion"));
  const cut = (label: string | string[]) => trainingSlices(picture, { label, minPixels: 1 });
  expect(cut("lesion")).toEqual([
    {
      image: picture.image,
      truth: { width: 4, height: 1, data: Uint8Array.of(0, 1, 0, 1) },
      classNames: ["background", "lesion"],
      patient: "a",
    },
  ]);
  expect(cut(["vessel", "lesion"])[0]!.truth.data).toEqual(Uint8Array.of(0, 2, 1, 2));
  await failure(() => trainingSlices(picture, { label: "lesion" }), "argument-invalid");
  await failure(() => trainingSlices(picture, { label: "lesion", slices: [0] }), "argument-invalid");
});

it("of a name with several numbers, as instances have, each is a training case", async () => {
  const cells = (...labels: number[]) => pictureOf(labels, (label) => (label === 9 ? "vessel" : "cell"));
  const cut = (...given: Parameters<typeof trainingSlices>) =>
    trainingSlices(...given).map(({ truth, classNames }) => `${truth.data.join("")} ${classNames!.slice(1)}`);
  const picture = cells(1, 1, 0, 3, 4, 200, 200, 3);
  const each = ["11000000 cell", "00010001 cell", "00000110 cell"];
  expect(cut(picture, { label: "cell", minPixels: 2 })).toEqual(each);
  expect(cut(picture, { minPixels: 2 })).toEqual(each);
  expect(cut(picture, { label: 3, minPixels: 2 })).toEqual([each[1]]);
  const mixed = cells(1, 1, 0, 3, 9);
  expect(cut(mixed, { label: ["vessel", "cell"], minPixels: 2 })).toEqual(["22021 vessel,cell"]);
  const unknown = await failure(() => trainingSlices(mixed, { label: "liver" }), "argument-invalid");
  expect(unknown.message).toBe('a-photo has no label "liver". Use one of cell, 9 (vessel).');
  expect((await failure(() => trainingSlices(mixed), "argument-invalid")).message).toMatch(
    /a-photo has several labels/,
  );
  expect((await failure(() => trainingSlices(cells(0)), "argument-invalid")).message).toMatch(/a-photo has no object/);
});

it("each number of a name is cut from the slices of a volume that have it", () => {
  const sides = Uint8Array.from({ length: 24 }, (_, n) => [1, 0, 0, 2][n % 4]! * Number(n < 12 || n % 4 > 0));
  const kidneys = {
    ...caseOf(new MaskVolume({ data: sides, size, affine, source: "t" })),
    names: new Map([1, 2].map((label) => [label, "kidney"])),
  };
  const found = (options: TrainingSliceOptions) =>
    trainingSlices(kidneys, { label: "kidney", ...options }).map(({ truth }) => truth.data.join(""));
  const [first, second] = ["000100010001", "100010001000"];
  expect(found({ minPixels: 3 })).toEqual([first, second, second]);
  expect(found({ slices: [1, 0] })).toEqual([second, first, second]);
});
