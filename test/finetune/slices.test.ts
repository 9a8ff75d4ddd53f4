import { expect, it } from "vitest";
import { scalingAffine } from "../../src/core/geometry.js";
import { turnGrid, turnVoxels } from "../../src/core/grid.js";
import type { ImageCase, VolumeCase } from "../../src/datasets/case.js";
import { trainingSlices } from "../../src/finetune/slices.js";
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

it("a picture is one slice, its labels numbered from 1", async () => {
  const image = { width: 2, height: 2, channels: 1, data: new Uint8Array(4), spacing: null, window: null, source: "p" };
  const picture = {
    kind: "image",
    image,
    truth: new LabelImage({ width: 2, height: 2, data: Uint8Array.of(0, 255, 7, 255), source: "t" }),
    names: new Map([
      [7, "vessel"],
      [255, "lesion"],
    ]),
    entry: { id: "a-photo", subject: "a" },
  } as unknown as ImageCase;
  const cut = (label: string | string[]) => trainingSlices(picture, { label, minPixels: 1 });
  expect(cut("lesion")).toEqual([
    {
      image,
      truth: { width: 2, height: 2, data: Uint8Array.of(0, 1, 0, 1) },
      classNames: ["background", "lesion"],
      patient: "a",
    },
  ]);
  expect(cut(["vessel", "lesion"])[0]!.truth.data).toEqual(Uint8Array.of(0, 2, 1, 2));
  await failure(() => trainingSlices(picture, { label: "lesion" }), "argument-invalid");
  await failure(() => trainingSlices(picture, { label: "lesion", slices: [0] }), "argument-invalid");
});
