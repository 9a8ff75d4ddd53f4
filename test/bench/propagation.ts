import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadCase } from "../../src/datasets/case.js";
import { readManifest } from "../../src/datasets/manifest/read.js";
import type { ManifestCase } from "../../src/datasets/manifest/types.js";
import { samples } from "../../src/datasets/samples.js";
import { evaluate } from "../../src/evaluate/evaluate.js";
import type { EvaluationRow } from "../../src/evaluate/types.js";
import { samlabPackage } from "../../src/io/files/package.js";
import { defaultModel } from "../../src/predict/catalog.js";
import { propagationRules } from "../../src/volume/types.js";
import { ibsiSplit } from "./volume-split.js";

/** Of a volume with many labels, so many of the largest that are on at least {@link leastSlices} slices. */
const mostLabels = 6;
const leastSlices = 5;

const corrected = ["laptop", "box", "mask", "samlab", "samlab,interpolate"];

/** From one box, from one click, and after one to three corrected slices. */
const strategies = [
  // `memory` needs SAM 2.
  ...propagationRules.filter((rule) => rule !== "memory").map((rule) => `propagate:box,${rule}`),
  ...["laptop", "box", "samlab"].map((rule) => `propagate:box,${rule},range`),
  ...["laptop", "box", "singlePoint", "samlab"].map((rule) => `propagate:click,${rule}`),
  ...corrected.map((rule) => `propagate:box+corrections:3,${rule}`),
  "propagate:boxes",
];

/**
 * 3D Dice and NSD of the propagation rules, as Markdown. `SAMLAB_IBSI` is the folder `ibsi_validation/nifti` of
 * theibsi/data_sets, `SAMLAB_SPLIT` `develop` (the default) or `judge`. The develop split also includes the samples
 * and, from the folder `SAMLAB_TOTALSEGMENTATOR` (`tests/reference_files` of wasserth/TotalSegmentator), the two
 * volumes with masks. `SAMLAB_STRATEGIES` names some of the strategies, separated by spaces. `SAMLAB_STORE` is a file
 * where the rows are kept, so that a run can resume.
 */
export async function benchPropagation(): Promise<void> {
  const { SAMLAB_IBSI: ibsi, SAMLAB_TOTALSEGMENTATOR: total, SAMLAB_STORE: store } = process.env;
  const split = process.env.SAMLAB_SPLIT === "judge" ? "judge" : "develop";
  const asked = process.env.SAMLAB_STRATEGIES?.split(/\s+/) ?? strategies;
  if (!ibsi) throw new Error("SAMLAB_IBSI names the folder ibsi_validation/nifti of github.com/theibsi/data_sets");
  const folder = await mkdtemp(join(tmpdir(), "samlab-propagation-"));
  try {
    const cases = await manifestCases(folder, [
      ...ibsiCases(ibsi, ibsiSplit[split]),
      ...(split === "develop" && total ? await totalSegmentatorCases(total) : []),
    ]);
    const own = split === "develop" ? (await samples()).filter(isOneObject) : [];
    const start = performance.now();
    const result = await evaluate({
      models: defaultModel,
      data: [...cases, ...own],
      volume: asked,
      device: "cpu",
      store,
      onProgress: ({ casesDone, cases: of, note }) =>
        process.stderr.write(note ? `${note}\n` : `${casesDone} of ${of} cases\r`),
    });
    for (const { case: id, label, strategy, failure } of result.failures) {
      console.log(`failed: ${id}, ${label}, ${strategy}: ${failure}`);
    }
    printTable(result.rows.filter(({ failure }) => failure === ""));
    const minutes = ((performance.now() - start) / 60_000).toFixed(1);
    console.log(
      `\n${split}: ${ibsiSplit[split].join(", ")}${own.length > 0 ? `, ${own.map(({ id }) => id).join(", ")}` : ""}.`,
    );
    console.log(`${defaultModel}, samlab ${samlabPackage.version}, Node ${process.versions.node}, ${minutes} minutes.`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Only objects that a person would draw one box around: no tissues that extend through the whole head, and no
 * pictures.
 */
const isOneObject = ({ id, image }: ManifestCase) => id !== "mni152" && !image.path.endsWith(".png");

function ibsiCases(folder: string, patients: readonly string[]): object[] {
  const modalities = { CT: "CT", MR_T1: "MR", PET: "PET" };
  return patients.flatMap((patient) =>
    Object.entries(modalities).map(([name, modality]) => ({
      id: `${patient}-${modality}`,
      subject: patient,
      modality,
      image: { path: join(folder, patient, `${name}_image.nii.gz`) },
      truth: { path: join(folder, patient, `${name}_mask.nii.gz`), made: "manual" },
      labels: { "1": "tumor" },
      license: "CC BY 3.0",
      split: "test",
    })),
  );
}

async function totalSegmentatorCases(folder: string): Promise<object[]> {
  const names = new Set(await readdir(folder));
  const pairs = [
    ["CT", "example_ct_sm.nii.gz", "example_seg.nii.gz"],
    ["MR", "example_mr_sm.nii.gz", "example_seg_mr.nii.gz"],
  ] as const;
  const cases = pairs.filter(([, image, truth]) => names.has(image) && names.has(truth));
  return Promise.all(
    cases.map(async ([modality, image, truth]) => {
      const entry = {
        id: `totalsegmentator-${modality}`,
        modality,
        image: { path: join(folder, image) },
        truth: { path: join(folder, truth), made: "automatic" },
        otherLabels: "background",
        license: "Apache-2.0",
        split: "test",
      };
      return { ...entry, labels: await largestLabels(entry) };
    }),
  );
}

/** The labels to take, as a label map. */
async function largestLabels(entry: object): Promise<Record<string, string>> {
  const every = Object.fromEntries(Array.from({ length: 255 }, (_, n) => [String(n + 1), `label ${n + 1}`]));
  const folder = await mkdtemp(join(tmpdir(), "samlab-labels-"));
  try {
    const [whole] = await manifestCases(folder, [{ ...entry, labels: every }]);
    const loaded = await loadCase(whole!);
    if (loaded.kind !== "volume") throw new Error("TotalSegmentator's examples are volumes");
    const { truth } = loaded;
    const counts = truth.labels.map((label) => {
      const slices = Array.from({ length: truth.view().count }, (_, n) =>
        truth.slice(n, "axial", { label }).data.includes(1),
      );
      return { label, voxels: truth.only(label).voxels, slices: slices.filter(Boolean).length };
    });
    const chosen = counts.filter(({ slices }) => slices >= leastSlices).sort((a, b) => b.voxels - a.voxels);
    return Object.fromEntries(chosen.slice(0, mostLabels).map(({ label }) => [String(label), `label ${label}`]));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function manifestCases(folder: string, cases: readonly object[]): Promise<readonly ManifestCase[]> {
  const path = join(folder, "manifest.json");
  await writeFile(path, JSON.stringify({ format: "samlab-manifest/1", name: "propagation", cases }));
  return (await readManifest(path)).cases;
}

/** A line for each strategy and step: means over objects, and Dice by modality. */
function printTable(rows: readonly EvaluationRow[]): void {
  const modalities = [...new Set(rows.map(({ modality }) => modality))].sort();
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const shown = (values: readonly number[]) => (values.length > 0 ? mean(values).toFixed(3) : "–");
  console.log(
    `\n| Strategy | Corrected slices | n | Dice | NSD | ${modalities.map((name) => `Dice ${name}`).join(" | ")} |`,
  );
  console.log(`| --- | ${"--- | ".repeat(4 + modalities.length)}`);
  const steps = new Map<string, EvaluationRow[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.strategy, row.clicks]);
    steps.set(key, [...(steps.get(key) ?? []), row]);
  }
  for (const [key, own] of steps) {
    const [strategy, clicks] = JSON.parse(key) as [string, number];
    const scores = [own.map(({ dice }) => dice), own.map(({ nsd }) => nsd)];
    const byModality = modalities.map((name) =>
      own.filter(({ modality }) => modality === name).map(({ dice }) => dice),
    );
    const corrections = strategy.startsWith("propagate:click") ? clicks - 1 : clicks;
    console.log(
      `| \`${strategy}\` | ${[corrections, own.length, ...[...scores, ...byModality].map(shown)].join(" | ")} |`,
    );
  }
}
