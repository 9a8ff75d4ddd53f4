import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { maskArea } from "../../src/core/mask.js";
import { loadCase } from "../../src/datasets/case.js";
import type { ManifestCase } from "../../src/datasets/manifest/types.js";
import { samples } from "../../src/datasets/samples.js";
import { evaluate } from "../../src/evaluate/evaluate.js";
import type { EvaluationRow } from "../../src/evaluate/types.js";
import { catalog } from "../../src/predict/catalog.js";
import { addFigure, median } from "./figures.js";

/** Volumes with one label, cut along their third voxel axis: what a short Python loop handles. */
const caseIds = ["brain2", "breast1", "lung1"];
/** Slices of each: enough for a rate, few enough for PyTorch's side to end. */
const slicesPerCase = 4;
/** Rounds in which each side runs once, so that a busy machine hits all alike. */
const rounds = 3;

interface Measured {
  readonly seconds: number;
  /** `case slice` → [Dice, NSD at 2 mm]. */
  readonly scores: ReadonlyMap<string, readonly [number, number]>;
}

/**
 * Cases per second of an evaluation (LiteMedSAM, box prompts, one encoder run per slice, Dice and NSD; samlab computes
 * all other scores too) with one and two workers, against the same loop in PyTorch. Neither side includes loading the
 * model, and no embedding comes from a cache.
 */
export async function benchEvaluate(root: string, python: string, wheel: string): Promise<void> {
  const threads = availableParallelism();
  const folder = await mkdtemp(join(tmpdir(), "samlab-bench-"));
  const cases = await Promise.all((await samples()).filter(({ id }) => caseIds.includes(id)).map(withFewSlices));
  const weights = catalog[0].checkpoint();
  const before = {
    SAMLAB_CACHE: process.env.SAMLAB_CACHE,
    SAMLAB_EMBEDDING_CACHE_MB: process.env.SAMLAB_EMBEDDING_CACHE_MB,
  };
  try {
    await mkdir(join(folder, "weights"));
    await symlink(weights, join(folder, "weights", "lite_medsam.pth"));
    Object.assign(process.env, { SAMLAB_CACHE: folder, SAMLAB_EMBEDDING_CACHE_MB: "0" });
    const first = await ours(cases, 1);
    await writeFile(join(folder, "cases.json"), JSON.stringify(await peerCases(cases, [...first.scores.keys()])));
    const peer = () =>
      theirs(python, join(root, "test", "bench", "evaluate_peer.py"), [
        wheel,
        folder,
        String(threads),
        join(folder, "cases.json"),
      ]);
    const runs: Record<"one" | "two" | "torch", Measured[]> = { one: [], two: [], torch: [] };
    for (let round = 0; round < rounds; round++) {
      runs.one.push(await ours(cases, 1));
      runs.torch.push(await peer());
      runs.two.push(await ours(cases, 2));
    }
    const rate = (all: readonly Measured[]) => cases.length / median(all.map(({ seconds }) => seconds));
    console.log(
      `\nEvaluation of ${cases.length} cases, ${first.scores.size} slices, box prompts, ${threads} threads in all`,
    );
    const line = (what: string, all: readonly Measured[]) =>
      console.log(
        `  ${what.padEnd(24)} ${rate(all).toFixed(3)} cases/s, ${((rate(all) * first.scores.size) / cases.length).toFixed(2)} slices/s  (of PyTorch's ${(rate(all) / rate(runs.torch)).toFixed(2)}, n ${all.length})`,
      );
    for (const [workers, all] of [
      ["1 worker", runs.one],
      ["2 workers", runs.two],
    ] as const) {
      const peer = { name: "Python loop, PyTorch", value: 1 / rate(runs.torch) };
      addFigure({ what: `Evaluation of a case, ${workers}`, value: 1 / rate(all), unit: "s", peer });
    }
    line("samlab, 1 worker", runs.one);
    line("samlab, 2 workers", runs.two);
    line("Python loop, PyTorch", runs.torch);
    const [a, b] = [runs.one[0].scores, runs.torch[0].scores];
    const worst = (at: 0 | 1) =>
      Math.max(...[...a].map(([key, scores]) => Math.abs(scores[at] - (b.get(key)?.[at] ?? Number.NaN)))).toExponential(
        1,
      );
    console.log(`  largest difference of a slice's Dice ${worst(0)}, NSD ${worst(1)}`);
  } finally {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await rm(folder, { recursive: true, force: true });
  }
}

/** The case with a few slices that hold its object, evenly spread. */
async function withFewSlices(entry: ManifestCase): Promise<ManifestCase> {
  const loaded = await loadCase(entry);
  if (loaded.kind !== "volume") throw new Error(`${entry.id} is no volume`);
  const { plane, minPixels } = entry.slicing;
  const label = Number(Object.keys(entry.labels)[0]);
  const holding = [...Array(loaded.volume.view(plane).count).keys()].filter(
    (index) => maskArea(loaded.truth.slice(index, plane, { label })) >= minPixels,
  );
  const chosen = Array.from(
    { length: slicesPerCase },
    (_, n) => holding[Math.floor(((n + 0.5) * holding.length) / slicesPerCase)],
  );
  return { ...entry, slicing: { ...entry.slicing, slices: [...new Set(chosen)] } };
}

async function ours(cases: readonly ManifestCase[], workers: number): Promise<Measured> {
  let seconds = Number.NaN;
  const { rows } = await evaluate({
    models: "lite-medsam",
    data: cases,
    prompts: "box",
    device: "cpu",
    workers,
    onProgress: ({ units, unitsPerSecond }) => {
      seconds = units / unitsPerSecond;
    },
  });
  const key = (row: EvaluationRow) => `${row.case} ${row.slice}`;
  return { seconds, scores: new Map(rows.map((row) => [key(row), [row.dice, row.nsd] as const])) };
}

/** The same slices for the peer. Its keys are ours: slices that run against the voxel axis are counted back here. */
async function peerCases(cases: readonly ManifestCase[], keys: readonly string[]) {
  return Promise.all(
    cases.map(async (entry) => {
      const loaded = await loadCase(entry);
      if (loaded.kind !== "volume") throw new Error(`${entry.id} is no volume`);
      const { axis, direction, count } = loaded.volume.view("axial");
      if (axis.join() !== "0,1,2") throw new Error(`${entry.id} is not cut along its third voxel axis`);
      const slices = keys.filter((key) => key.startsWith(`${entry.id} `)).map((key) => Number(key.split(" ")[1]));
      return {
        id: entry.id,
        image: entry.image.file,
        truth: entry.truth.file,
        label: Number(Object.keys(entry.labels)[0]),
        window: [loaded.volume.window.low, loaded.volume.window.high],
        flip: [direction[0] < 0, direction[1] < 0],
        slices: slices.map((slice) => [slice, direction[2] === 1 ? slice : count - 1 - slice]),
      };
    }),
  );
}

async function theirs(python: string, script: string, args: readonly string[]): Promise<Measured> {
  const { stdout } = await promisify(execFile)(python, [script, ...args], { cwd: dirname(script) });
  const { seconds, scores } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as {
    seconds: number;
    scores: Record<string, [number, number]>;
  };
  return { seconds, scores: new Map(Object.entries(scores)) };
}
