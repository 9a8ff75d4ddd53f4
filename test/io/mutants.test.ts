import { readFileSync, writeFileSync } from "node:fs";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { isSamlabError } from "../../src/core/errors.js";
import { scalingAffine } from "../../src/core/geometry.js";
import { seededRandom } from "../../src/core/random.js";
import { loadImage, loadVolume } from "../../src/io/load.js";
import { loadMask } from "../../src/io/mask-file.js";
import { isPicture } from "../../src/io/read-voxels.js";
import { scratchFolder } from "./helpers.js";
import { reported } from "./reported.js";

const folder = scratchFolder();
const made = (name: string) => fileURLToPath(new URL(`../golden/formats/${name}`, import.meta.url));

/** Mutants of each file; more are asked for with SAMLAB_TEST_MUTANTS. */
const count = Number(process.env.SAMLAB_TEST_MUTANTS ?? 15);

/** A file's bytes spoilt in one of the ways in which files are: bits that flipped, an end that is missing, a piece of zeros or of something else. */
function mutant(bytes: Uint8Array, seed: number): Uint8Array {
  const random = seededRandom("mutant", seed);
  const at = (length: number) => Math.floor(random() * length);
  // Half of the damage goes to the first bytes, where headers are.
  const place = () => (random() < 0.5 ? at(Math.min(bytes.length, 400)) : at(bytes.length));
  const out = Uint8Array.from(bytes);
  switch (at(5)) {
    case 0:
      return out.subarray(0, at(bytes.length));
    case 1: {
      const first = place();
      return out.fill(0, first, first + 1 + at(64));
    }
    case 2: {
      const first = place();
      return Uint8Array.from([...out.subarray(0, first), ...out.subarray(first + 1 + at(8))]);
    }
    case 3: {
      // A digit or a letter of a text, as a slip of a person's would be.
      for (let n = 0; n < 3; n++) out[place()] = "0123456789-. \n:=ax"[at(18)].charCodeAt(0);
      return out;
    }
    default:
      for (let n = 0; n <= at(8); n++) out[place()] = at(256);
      return out;
  }
}

const on = { size: [5, 4, 5] as const, affine: scalingAffine([1, 1, 1]) };

async function load(path: string): Promise<ArrayLike<number>> {
  if (await isPicture(path)) return (await loadImage(path)).data;
  return (await loadVolume(path)).data;
}

const files = [
  reported("saved-mask-other-place-in-itk/qs_disagree.nii"),
  reported("mask-labels-almost-whole/f_099.nii.gz"),
  reported("nii-pair-gz-and-mgz-message/x.mgz"),
  reported("png-palette-mask/voc3.png"),
  reported("exif-image-plain-mask/rect6/images/0.jpg"),
  ...[
    ...["i2.nrrd", "f4.nrrd", "i2.mha", "f4.mha", "f4.mgz", "u1.mgh", "pages-u2.tif", "u1.tif", "f4.tif", "rgb.nii.gz"],
    ...["series/0.dcm", "enhanced.dcm", "jpegls.dcm", "j2k.dcm", "rle.dcm", "jpeg.dcm", "planar.dcm", "xray.dcm"],
    ...["layers.seg.nrrd", "structures.dcm"],
  ].map((name) => made(`files/${name}`)),
  made("seg/seg_image_ct_binary.dcm"),
];
const wanted = process.env.SAMLAB_TEST_MUTANTS_OF;

describe(`of ${count} mutants of each file none fails otherwise than with an error that says why`, () => {
  it.each(files.filter((file) => wanted === undefined || file.endsWith(wanted)))(
    "%s",
    async (file) => {
      const bytes = new Uint8Array(readFileSync(file));
      const path = folder.path(`mutant${file.endsWith(".seg.nrrd") ? ".seg.nrrd" : extname(file)}`);
      const failures: string[] = [];
      const attempt = async (seed: number, work: () => Promise<unknown>) => {
        try {
          await work();
        } catch (error) {
          if (!isSamlabError(error)) failures.push(`${seed}: ${error instanceof Error ? error.stack : String(error)}`);
          else if (error.message.length > 1000) failures.push(`${seed}: ${error.message}`);
        }
      };
      for (let seed = 1; seed <= count; seed++) {
        writeFileSync(path, mutant(bytes, seed));
        await attempt(seed, async () => {
          const data = await load(path);
          for (let n = 0; n < data.length; n++) if (!Number.isFinite(data[n])) throw new Error(`${data[n]} at ${n}`);
        });
        await attempt(seed, () => loadMask(path, { on: file.endsWith("structures.dcm") ? on : undefined }));
      }
      expect(failures.slice(0, 5)).toEqual([]);
    },
    4 * 3600_000,
  );
});
