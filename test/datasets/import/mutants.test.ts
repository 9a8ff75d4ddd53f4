import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { isSamlabError } from "../../../src/core/errors.js";
import { loadCase } from "../../../src/datasets/case.js";
import { importManifest } from "../../../src/datasets/import/import-manifest.js";
import { readLookupTable } from "../../../src/datasets/import/lookup-table.js";
import type { ImportOptions } from "../../../src/datasets/import/types.js";
import { readManifest } from "../../../src/datasets/manifest/read.js";
import { type Manifest, manifestFormat } from "../../../src/datasets/manifest/types.js";
import { bytesOfBase64 } from "../../io/helpers.js";
import {
  isMutantWanted,
  jsonMutant,
  marksOf,
  mutant,
  mutantCount,
  reportMutants,
  spoilt,
} from "../../support/mutants.js";
import { dataset, golden, picture, volume } from "./helpers.js";

const count = mutantCount(50);

/** A mutant that takes longer is a failure too. */
const mostSeconds = 20;

interface Source {
  readonly name: string;
  readonly root: string;
  /** Below the root. */
  readonly file: string;
  readonly mutate: (seed: number) => Uint8Array;
  readonly read: (path: string) => Promise<Manifest | undefined>;
}

const [image, truth] = [volume(9, 8, 7, 6, 5, 4, 3, 2), volume(0, 1, 2, 3, 0, 0, 0, 0)];
const gray = await picture(7, 250);
const mask = await picture(0, 1);

/** A data set whose JSON file is spoilt. */
function described(
  name: string,
  file: string,
  json: object,
  files: Readonly<Record<string, Uint8Array>>,
  read?: Source["read"],
  options: ImportOptions = {},
): Source {
  const root = dataset({ [file]: json, ...files });
  const given: ImportOptions = { unmatched: "skip", out: join(root, "out"), ...options };
  return {
    name,
    root,
    file,
    mutate: (seed) => jsonMutant(json, seed),
    read: read ?? ((path) => importManifest(path, given)),
  };
}

const coco = {
  info: { description: "Cells", url: "https://example.org" },
  licenses: [{ id: 1, name: "CC BY 4.0" }],
  images: [
    { id: 7, file_name: "a.png", width: 2, height: 1 },
    { id: 8, file_name: "b.png", width: 2, height: 1 },
  ],
  categories: [
    { id: 1, name: "cell" },
    { id: 5, name: "nucleus" },
  ],
  annotations: [
    { id: 1, image_id: 7, category_id: 1, segmentation: { size: [1, 2], counts: [0, 1, 1] } },
    { id: 2, image_id: 7, category_id: 5, segmentation: { size: [1, 2], counts: "011" } },
    { id: 3, image_id: 8, category_id: 1, segmentation: [[0, 0, 1, 0, 1, 1, 0, 1]], bbox: [0, 0, 1, 1], iscrowd: 0 },
    { id: 4, image_id: 8, category_id: 1, segmentation: { size: [1, 2], counts: [0, 1, 1] }, iscrowd: 1 },
  ],
};

const nnunet = {
  name: "Brains",
  channel_names: { "0": "T1", "1": "FLAIR" },
  labels: { background: 0, whole: [1, 2, 3], core: [2, 3] },
  regions_class_order: [1, 2],
  file_ending: ".nii",
  license: "CC0-1.0",
  numTraining: 1,
};

const decathlon = {
  name: "Liver",
  description: "Livers",
  reference: "somewhere",
  license: "CC0-1.0",
  modality: { "0": "CT" },
  labels: { "0": "background", "1": "liver", "2": "cancer", "3": "cyst" },
  numTraining: 1,
  training: [{ image: "./imagesTr/l_1.nii", label: "./labelsTr/l_1.nii" }],
  test: ["./imagesTs/l_2.nii"],
};

const entry = {
  id: "a",
  image: { path: "a.nii", window: { level: 5, width: 9 } },
  truth: { path: "t.nii", made: "manual", note: "", instances: false },
  labels: { "1": "liver", "2+3": "cyst" },
};
const manifest = {
  format: manifestFormat,
  name: "Own",
  defaults: { modality: "CT", license: "CC0-1.0", split: "test", slicing: { plane: "axial", slices: [0, 1] } },
  cases: [
    { ...entry, subject: "s", otherLabels: "background" },
    {
      ...entry,
      id: "b",
      modality: "Microscopy",
      image: { path: "b.png", window: { percentiles: [1, 99], ignoreZero: true }, orientation: "apply" },
      truth: { path: "m.png", made: "manual", instances: true, frame: 0 },
      labels: { ">=1": "cell" },
    },
  ],
};

const archives = new Map(golden<{ name: string; bytes: string }[]>("npz.json").map(({ name, bytes }) => [name, bytes]));

function npz(name: string, mutate: (bytes: Uint8Array, seed: number) => Uint8Array): Source {
  const bytes = bytesOfBase64(archives.get(name)!);
  const root = dataset({ "x.npz": bytes });
  const options: ImportOptions = { unmatched: "skip", modality: "MR", out: join(root, "out") };
  const read = (path: string) => importManifest(path, options);
  return { name: `${name}.npz`, root, file: "x.npz", mutate: (seed) => mutate(bytes, seed), read };
}

/** The checksums of stored entries made right again, so that what they hold is read. */
function withChecksums(bytes: Uint8Array): Uint8Array {
  const out = Buffer.from(bytes);
  for (let at = out.indexOf("PK\x01\x02", 0, "latin1"); at >= 0; at = out.indexOf("PK\x01\x02", at + 1, "latin1")) {
    if (at + 46 > out.length) continue;
    const local = out.readUInt32LE(at + 42);
    if (local + 30 > out.length) continue;
    const first = local + 30 + out.readUInt16LE(local + 26) + out.readUInt16LE(local + 28);
    out.writeUInt32LE(crc32(out.subarray(first, first + out.readUInt32LE(at + 20))), at + 16);
  }
  return out;
}

const table = new TextEncoder().encode("#No. Label\n0 Unknown 0 0 0 0\n17  Left-Hippocampus  220 216 20 0\n");

const sources: readonly Source[] = [
  described("instances.json", "instances.json", coco, { "a.png": gray, "b.png": gray }, undefined, {
    format: "coco",
    modality: "Microscopy",
  }),
  described(
    "nnunet/dataset.json",
    "dataset.json",
    nnunet,
    {
      "imagesTr/c_0000.nii": image,
      "imagesTr/c_0001.nii": image,
      "labelsTr/c.nii": truth,
    },
    undefined,
    { format: "nnunet", channel: 0 },
  ),
  described("decathlon/dataset.json", "dataset.json", decathlon, {
    "imagesTr/l_1.nii": image,
    "labelsTr/l_1.nii": truth,
  }),
  described(
    "manifest.json",
    "manifest.json",
    manifest,
    { "a.nii": image, "t.nii": truth, "b.png": gray, "m.png": mask },
    (path) => readManifest(path),
  ),
  npz("3DBox_CT_0001", (bytes, seed) =>
    mutant(bytes, seed, marksOf(bytes, ["PK\x01\x02", "PK\x03\x04", "PK\x05\x06"])),
  ),
  npz("stored_fortran", (bytes, seed) =>
    withChecksums(mutant(bytes, seed, marksOf(bytes, ["NUMPY", "descr", "shape"]))),
  ),
  {
    name: "lut.txt",
    root: dataset({ "lut.txt": table }),
    file: "lut.txt",
    mutate: (seed) => spoilt(table, seed),
    read: async (path) => void (await readLookupTable(path)),
  },
];

describe(`of ${count} mutants of each description none fails otherwise than with an error that says why`, () => {
  it.each(sources.filter(({ name }) => isMutantWanted(name)))(
    "$name",
    async ({ name, root, file, mutate, read }) => {
      const path = join(root, file);
      const original = readFileSync(path);
      expect((await read(path))?.cases).not.toEqual([]);
      const failures: string[] = [];
      let refused = 0;
      for (let seed = 1; seed <= count; seed++) {
        writeFileSync(path, mutate(seed));
        const began = performance.now();
        try {
          const found = await read(path);
          for (const one of found?.cases ?? []) await loadCase(one);
        } catch (error) {
          refused++;
          if (!isSamlabError(error)) failures.push(`${seed}: ${error instanceof Error ? error.stack : String(error)}`);
          else if (error.message.length > 1000) failures.push(`${seed}: ${error.message}`);
        }
        const seconds = (performance.now() - began) / 1000;
        if (seconds > mostSeconds) failures.push(`${seed}: ${seconds} s`);
        rmSync(join(root, "out"), { recursive: true, force: true });
      }
      writeFileSync(path, original);
      reportMutants(name, count, refused, failures.length);
      expect(failures.slice(0, 5)).toEqual([]);
    },
    4 * 3600_000,
  );
});
