import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { loadMask } from "../../../src/io/mask/mask-file.js";
import { MaskVolume } from "../../../src/io/mask/mask-volume.js";
import { failure } from "../helpers.js";

const file = (name: string) => fileURLToPath(new URL(`../../golden/formats/seg/${name}.dcm`, import.meta.url));

async function volume(name: string, options = {}): Promise<MaskVolume> {
  const mask = await loadMask(file(name), options);
  if (!(mask instanceof MaskVolume)) throw new Error(`${name} is no volume`);
  return mask;
}

/** A sum that tells voxels in the wrong place. */
const weighted = ({ data }: MaskVolume) =>
  Array.from(data).reduce((sum, value, n) => sum + value * ((n % 9973) + 1), 0);

// highdicom's own test files; sums of pydicom's pixel_array, frames put in the order of their places.
describe("a DICOM segmentation", () => {
  it.each([
    ["seg_image_ct_binary", [638, 278021]],
    ["seg_image_ct_true_fractional", [638, 278021]],
  ])("%s has the voxels that pydicom reads", async (name, [voxels, sum]) => {
    const mask = await volume(name);
    expect(mask.size).toEqual([16, 16, 3]);
    expect([mask.voxels, weighted(mask)]).toEqual([voxels, sum]);
    expect(mask.affine).toEqual([
      -0.488281, 0, 0, 125, 0, -0.488281, 0, 128.100006, 0, 0, 1.25, 103.019997, 0, 0, 0, 1,
    ]);
    expect([...mask.names]).toEqual([[1, "first segment"]]);
  });

  it("may hold objects that overlap, which are chosen by number", async () => {
    const error = await failure(volume("seg_image_ct_binary_overlap"), "format-unsupported");
    expect(error.message).toContain("the objects 1 and 2 (second segment) overlap");
    const [one, two, both] = [
      await volume("seg_image_ct_binary_overlap", { label: 1 }),
      await volume("seg_image_ct_binary_overlap", { label: 2 }),
      await volume("seg_image_ct_binary_overlap", { label: [1, 2] }),
    ];
    expect([one.voxels, two.voxels, both.voxels]).toEqual([64, 16, 64]);
    await failure(volume("seg_image_ct_binary_overlap", { label: 3 }), "argument-invalid");
  });

  it("has no threshold", async () => {
    await failure(volume("seg_image_ct_binary", { threshold: 0.5 }), "argument-invalid");
  });
});
