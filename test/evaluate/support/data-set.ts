import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { savePng } from "../../../src/io/formats/raster.js";
import { saveNifti } from "../../../src/io/nifti/write.js";

export const size = [24, 20, 6] as const;
/** Voxels of 1 × 2 × 3 mm in LPS order, so that axial pixels are voxels (i, j). */
const affine = [-1, 0, 0, 0, 0, -2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1];

/** A box of one label: first and last voxel along i, j and k. */
export interface Block {
  readonly label: number;
  readonly from: readonly [number, number, number];
  readonly to: readonly [number, number, number];
}

export const block: Block = { label: 1, from: [4, 5, 1], to: [11, 12, 3] };

/** Writes an image and a truth with blocks; gives the manifest's entry. */
export async function volumeCase(folder: string, id: string, blocks: readonly Block[] = [block], more: object = {}) {
  const truth = new (blocks.some(({ label }) => label > 255) ? Uint16Array : Uint8Array)(size[0] * size[1] * size[2]);
  const image = new Int16Array(truth.length);
  for (let n = 0; n < truth.length; n++) {
    const voxel = [n % size[0], Math.floor(n / size[0]) % size[1], Math.floor(n / size[0] / size[1])];
    const inside = blocks.find(({ from, to }) => voxel.every((at, axis) => at >= from[axis] && at <= to[axis]));
    truth[n] = inside?.label ?? 0;
    image[n] = 100 * Math.min(truth[n], 9) + ((n * 37 + id.length) % 50);
  }
  await saveNifti(join(folder, `${id}.nii`), { data: image, size, affine });
  await saveNifti(join(folder, `${id}_truth.nii`), { data: truth, size, affine });
  return {
    id,
    modality: "CT",
    image: { path: `${id}.nii` },
    truth: { path: `${id}_truth.nii`, made: "synthetic" },
    labels: { "1": "tumor" },
    license: "none",
    split: "test",
    ...more,
  };
}

/** A picture of 16 × 12 pixels with two instances, 5 × 4 and 3 × 3 pixels. */
export async function pictureCase(folder: string, id: string, more: object = {}) {
  const [width, height] = [16, 12];
  const image = new Uint8Array(width * height);
  const truth = new Uint8Array(width * height);
  for (let n = 0; n < truth.length; n++) {
    const [x, y] = [n % width, Math.floor(n / width)];
    if (x >= 1 && x <= 5 && y >= 2 && y <= 5) truth[n] = 1;
    if (x >= 10 && x <= 12 && y >= 7 && y <= 9) truth[n] = 2;
    image[n] = 90 * truth[n] + (n % 40);
  }
  await savePng(join(folder, `${id}.png`), width, height, image);
  await savePng(join(folder, `${id}_truth.png`), width, height, truth);
  return {
    id,
    modality: "Microscopy",
    image: { path: `${id}.png` },
    truth: { path: `${id}_truth.png`, made: "manual", instances: true },
    labels: { ">=1": "nucleus" },
    license: "none",
    split: "test",
    ...more,
  };
}

/** Writes a manifest; gives its path. */
export async function writeManifest(folder: string, cases: readonly object[]): Promise<string> {
  const path = join(folder, "manifest.json");
  await writeFile(path, JSON.stringify({ format: "samlab-manifest/1", name: "test", cases }));
  return path;
}
