import { expect, it } from "vitest";
import type { Plane } from "../../src/core/plane.js";
import { Volume } from "../../src/io/image/volume.js";
import { emptyMask, type MaskVolume } from "../../src/io/mask/mask-volume.js";
import { dice } from "../../src/metrics/overlap.js";
import { segmentVolume } from "../../src/volume/segment-volume.js";
import { FakeSam } from "../evaluate/support/fake-sam.js";

const size = [20, 16, 12] as const;
const affine = [-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

const window = { low: 0, high: 97, name: "test" };

/** A model that knows the truth, and on one axial slice takes all of the picture for the object. */
class OneSliceWrong extends FakeSam {
  truth: MaskVolume | undefined;

  override async predictBatch(...[prompts, options]: Parameters<FakeSam["predictBatch"]>) {
    const predictions = await super.predictBatch(prompts, options);
    const [, plane, index] = options!.embedding!.key.split(" ");
    const mask = this.truth!.slice(Number(index), plane as Plane);
    if (plane === "axial" && index === "5") mask.data.fill(1);
    return predictions.map((prediction) => ({ ...prediction, mask }));
  }
}

it("asks three planes and keeps what two agree on", async () => {
  const data = Float32Array.from({ length: size[0] * size[1] * size[2] }, (_, n) => n % 41);
  const volume = new Volume({ data, size, affine, window, source: "block" });
  const truth = emptyMask(volume);
  const section = { width: size[0], height: size[1], data: new Uint8Array(size[0] * size[1]) };
  for (let y = 4; y <= 11; y++) section.data.fill(1, y * size[0] + 5, y * size[0] + 15);
  for (let slice = 3; slice <= 7; slice++) truth.setSlice(slice, "axial", section);
  for (let n = 0; n < data.length; n++) if (truth.data[n] === 1) data[n] = 60 + (n % 37);
  const sam = new OneSliceWrong();
  sam.truth = truth;
  const seen: number[] = [];
  const options = {
    prompts: [{ slice: 4, box: [5, 4, 14, 11] as const }],
    range: [3, 7] as const,
    stop: false as const,
  };
  const alone = await segmentVolume(sam, volume, { ...options, rule: "box" });
  const encodedAlone = sam.embedded.length;
  const { mask, slices, work, method } = await segmentVolume(sam, volume, {
    ...options,
    rule: "consensus",
    onProgress: (_, fraction) => seen.push(fraction),
  });
  expect(dice(alone.mask, truth)).toBeLessThan(0.8);
  expect(dice(mask, truth)).toBe(1);
  expect(slices.map(({ slice, area }) => [slice, area])).toEqual(
    [3, 4, 5, 6, 7].map((slice) => [slice, mask.slice(slice).data.reduce((sum, value) => sum + value, 0)]),
  );
  // The price: five axial slices, and those of two more planes.
  expect(encodedAlone).toBe(5);
  expect(work.encoded).toBeGreaterThanOrEqual(5 + 8 + 10);
  expect(method).toBe("axial slices first, rule consensus");
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  expect(seen.at(-1)).toBeCloseTo(1, 9);
});

it("needs a volume with three planes", async () => {
  const flat = new Volume({ data: new Float32Array(320), size: [20, 16, 1], affine, window, source: "slice" });
  const asked = segmentVolume(new OneSliceWrong(), flat, {
    prompts: [{ slice: 0, box: [5, 4, 14, 11] }],
    rule: "consensus",
  });
  await expect(asked).rejects.toMatchObject({ code: "argument-invalid", field: "rule", value: "consensus" });
});
