import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { readManifest } from "../../../src/datasets/manifest/read.js";
import { openCase } from "../../../src/evaluate/run/open-case.js";
import { sha256OfFile, sha256OfPath } from "../../../src/io/files/hash-file.js";
import { loadVolume } from "../../../src/io/image/load.js";
import { saveMask } from "../../../src/io/mask/mask-save.js";
import { emptyMask } from "../../../src/io/mask/mask-volume.js";
import { scratchFolder } from "../../io/helpers.js";

const folder = scratchFolder();

it("opens a case whose image is a folder of DICOM files, also without a hash in the manifest", async () => {
  const series = fileURLToPath(new URL("../../golden/formats/files/series", import.meta.url));
  const mask = emptyMask(await loadVolume(series));
  mask.data[0] = 1;
  await saveMask(folder.path("truth.nii"), mask);
  const entry = { id: "one", image: { path: series }, truth: { path: "truth.nii", made: "manual" } };
  const defaults = { modality: "CT", labels: { "1": "x" }, license: "CC0-1.0", split: "test" };
  const manifest = JSON.stringify({ format: "samlab-manifest/1", name: "test", defaults, cases: [entry] });
  const { cases } = await readManifest(folder.put("manifest.json", manifest));
  const { loaded, record } = await openCase(cases[0]!, [], {
    strategies: [],
    policies: [],
    volumeStrategies: [],
    slicesOfVolumes: true,
    isTimed: false,
    scoring: {
      per: "auto",
      definition: "surface-distance",
      nsdTolerance: 1,
      empty: "nan",
      minPixels: null,
      unit: "image",
      window: "manifest",
    },
    automask: {},
    seed: 0,
    window: null,
  });
  expect(loaded?.kind).toBe("volume");
  const hashes = [await sha256OfPath(series), await sha256OfFile(folder.path("truth.nii"))];
  expect(record.dataHash).toBe(createHash("sha256").update(hashes.join(" ")).digest("hex"));
});
