import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { basename, extname } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { isSamlabError } from "../../src/core/errors.js";
import { loadImage, loadVolume } from "../../src/io/image/load.js";
import { isPicture } from "../../src/io/image/read-voxels.js";
import { loadMask } from "../../src/io/mask/mask-file.js";
import { isMutantWanted, mutantCount, reportMutants, spoilt } from "../support/mutants.js";
import { scratchFolder } from "./helpers.js";
import { reported } from "./reported.js";

const folder = scratchFolder();
const made = (name: string) => fileURLToPath(new URL(`../golden/formats/files/${name}`, import.meta.url));

const count = mutantCount(6);

async function load(path: string): Promise<ArrayLike<number>> {
  if (await isPicture(path)) return (await loadImage(path)).data;
  return (await loadVolume(path)).data;
}

/** A file to spoil, and what must lie beside it unspoilt. */
const files: readonly (readonly [spoiled: string, ...beside: string[]])[] = [
  [reported("saved-mask-other-place-in-itk/qs_disagree.nii")],
  [reported("mask-labels-almost-whole/f_099.nii.gz")],
  [reported("nii-pair-gz-and-mgz-message/x.mgz")],
  [reported("nii-pair-gz-and-mgz-message/pairgz.hdr.gz"), reported("nii-pair-gz-and-mgz-message/pairgz.img.gz")],
  [reported("nii-pair-gz-and-mgz-message/pairgz.img.gz"), reported("nii-pair-gz-and-mgz-message/pairgz.hdr.gz")],
  [reported("png-palette-mask/voc3.png")],
  [reported("exif-image-plain-mask/rect6/images/0.jpg")],
  [made("pair.hdr"), made("pair.img")],
  [made("pair.img"), made("pair.hdr")],
  [made("analyze.hdr"), made("analyze.img")],
  [made("spm.hdr"), made("spm.img")],
  [made("i2.mhd"), made("i2.zraw")],
  [made("i2.nhdr"), made("i2.raw.gz")],
  ...[
    ...["i2.nrrd", "f4.nrrd", "i2.mha", "f4.mha", "f4.mgz", "u1.mgh", "pages-u2.tif", "u1.tif", "f4.tif", "rgb.nii.gz"],
    ...[
      "series/0.dcm",
      "enhanced.dcm",
      "jpegls.dcm",
      "j2k.dcm",
      "rle.dcm",
      "jpeg.dcm",
      "planar.dcm",
      "xray.dcm",
      "lut.dcm",
      "htj2k.dcm",
    ],
    ...["layers.seg.nrrd", "structures.dcm", "../seg/seg_image_ct_binary.dcm"],
  ].map((name) => [made(name)] as const),
];

describe(`of ${count} mutants of each file none fails otherwise than with an error that says why`, () => {
  it.each(files.filter(([file]) => isMutantWanted(file)))(
    "%s",
    async (file, ...beside) => {
      const bytes = new Uint8Array(readFileSync(file));
      const path = folder.path(
        beside.length > 0 ? basename(file) : `mutant${file.endsWith(".seg.nrrd") ? ".seg.nrrd" : extname(file)}`,
      );
      for (const other of beside) copyFileSync(other, folder.path(basename(other)));
      // An RTSTRUCT lies on the image that it was drawn on.
      const on = file.endsWith("structures.dcm") ? await loadVolume(made("series")) : undefined;
      writeFileSync(path, bytes);
      // As it is it can be read, so that mutants fail by what was spoilt.
      await Promise.any([load(path), loadMask(path, { on }), loadMask(path, { on, label: 1 })]);
      const failures: string[] = [];
      let refused = 0;
      const attempt = async (seed: number, work: () => Promise<unknown>) => {
        try {
          await work();
          return false;
        } catch (error) {
          if (!isSamlabError(error)) failures.push(`${seed}: ${error instanceof Error ? error.stack : String(error)}`);
          else if (error.message.length > 1000) failures.push(`${seed}: ${error.message}`);
          return true;
        }
      };
      for (let seed = 1; seed <= count; seed++) {
        writeFileSync(path, spoilt(bytes, seed));
        const isNoImage = await attempt(seed, async () => {
          const data = await load(path);
          for (let n = 0; n < data.length; n++) if (!Number.isFinite(data[n])) throw new Error(`${data[n]} at ${n}`);
        });
        const isNoMask = await attempt(seed, () => loadMask(path, { on }));
        if (isNoImage && isNoMask) refused++;
      }
      reportMutants(file, count, refused, failures.length);
      expect(failures.slice(0, 5)).toEqual([]);
    },
    4 * 3600_000,
  );
});
