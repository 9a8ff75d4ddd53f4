import { maskBox } from "../../src/core/mask.js";
import { loadCase } from "../../src/datasets/case.js";
import { samples } from "../../src/datasets/samples.js";
import { loadSam } from "../../src/predict/load-sam.js";
import { segmentVolume } from "../../src/volume/segment-volume.js";
import type { SegmentVolumeOptions, SlicePrompt } from "../../src/volume/types.js";
import { addFigure, median, quantile } from "./figures.js";

/** Rounds in which each side runs once, so that a busy machine hits all alike. */
const rounds = 5;
/** Slices of the sample that are gone through. */
const slices = 16;
/** The time of a volume against that of its slices in the encoder alone. */
const goal = 1.1;

interface Way {
  readonly what: string;
  readonly options: SegmentVolumeOptions;
}

/**
 * Seconds of a volume against those of the image encoder alone on its slices, one by one: shows the cost of the mask
 * decoder, prompts from masks, stop rules, and the volume's mask. Every slice is encoded again in each run.
 */
export async function benchVolume(): Promise<void> {
  const entry = (await samples()).find(({ id }) => id === "brain1")!;
  const loaded = await loadCase(entry);
  if (loaded.kind !== "volume") throw new Error("brain1 is a volume");
  const { volume, truth } = loaded;
  const { count } = volume.view();
  const held = [...Array(count).keys()].filter((slice) => maskBox(truth.slice(slice)));
  const middle = held[Math.floor(held.length / 2)]!;
  const first = Math.max(0, Math.min(middle - slices / 2, count - slices));
  const range = [first, first + slices - 1] as const;
  const box = maskBox(truth.slice(middle))!;
  const prompts = (objects: number): SlicePrompt[] =>
    Array.from({ length: objects }, (_, n) => ({ slice: middle, label: n + 1, box: moved(box, 20 * n) }));
  const ways: Way[] = [
    { what: "samlab, 1 object", options: { prompts: prompts(1), range, stop: false } },
    { what: "laptop, 1 object", options: { prompts: prompts(1), range, rule: "laptop" } },
    { what: "samlab, 4 objects", options: { prompts: prompts(4), range, stop: false } },
  ];
  const sam = await loadSam("lite-medsam-clicks", { device: "cpu" });
  const alone: number[] = [];
  const runs = ways.map(() => ({ seconds: [] as number[], ratios: [] as number[], encoded: 0 }));
  for (let round = -1; round < rounds; round++) {
    const encoder = await encoderAlone();
    const measured = [];
    for (const { options } of ways) {
      const { work } = await segmentVolume(sam, volume, { ...options, isFresh: true });
      measured.push({ seconds: work.milliseconds / 1000, encoded: work.encoded });
    }
    // The first round warms up.
    if (round < 0) continue;
    alone.push(encoder);
    measured.forEach(({ seconds, encoded }, n) => {
      runs[n]!.seconds.push(seconds);
      // Where an object ends, the slices behind it are not encoded.
      runs[n]!.ratios.push(seconds / ((encoder * encoded) / slices));
      runs[n]!.encoded = encoded;
    });
  }
  await sam.dispose();
  console.log(
    `\nA volume of ${slices} slices (brain1, ${volume.size.slice(0, 2).join("×")}), LiteMedSAM on the CPU, n ${rounds}`,
  );
  console.log(`  ${"encoder alone, all slices".padEnd(28)} ${median(alone).toFixed(2).padStart(7)} s`);
  ways.forEach(({ what }, n) => {
    const { seconds, ratios, encoded } = runs[n]!;
    const peer = { name: "encoder alone, the same slices", value: median(seconds) / median(ratios) };
    addFigure({ what: `a volume of ${encoded} slices, ${what}`, value: median(seconds), unit: "s", peer, goal });
    const spread = `${quantile(ratios, 0.05).toFixed(2)} to ${quantile(ratios, 0.95).toFixed(2)}`;
    console.log(
      `  ${`${what}, ${encoded} slices`.padEnd(28)} ${median(seconds).toFixed(2).padStart(7)} s  ${median(ratios).toFixed(2)} × the encoder (${spread}), goal ${goal}`,
    );
  });

  async function encoderAlone(): Promise<number> {
    let milliseconds = 0;
    for (let slice = range[0]; slice <= range[1]; slice++) {
      milliseconds += (await sam.embed(volume.slice(slice), { isFresh: true })).info.milliseconds;
    }
    return milliseconds / 1000;
  }
}

function moved([x0, y0, x1, y1]: readonly [number, number, number, number], by: number) {
  return [x0 - by, y0, x1 - by, y1] as const;
}
