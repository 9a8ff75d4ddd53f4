import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { sampleCase } from "../../src/datasets/samples.js";
import { exportSafetensors } from "../../src/export/safetensors.js";
import { automaticMasks } from "../../src/predict/automask/automatic-masks.js";
import { loadSam } from "../../src/predict/load-sam.js";
import { modelPicture } from "../../src/predict/preprocess.js";
import { printRows } from "./figures.js";
import { startPeer } from "./peer.js";

const rounds = 3;
/** Half of SAM's grid a side, for the time it takes; the thresholds are lowered, since LiteMedSAM predicts low IoUs. */
const settings = { points: 16, iou: 0.3, stability: 0.5 };
/** At most this multiple of Meta's generator. */
const goal = 0.3;

/**
 * Everything mode against segment-anything's generator in PyTorch: same weights, same picture, same grid and
 * thresholds, same threads, alternating.
 */
export async function benchEverything(root: string, python: string, wheel: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "samlab-bench-"));
  await mkdir(join(folder, "weights"));
  const sample = await sampleCase("brain1");
  if (sample.kind !== "volume") throw new Error("brain1 is a volume");
  const image = sample.volume.slice(15);
  const { data, channels } = modelPicture(image);
  const rgb = Uint8Array.from(
    { length: (3 * data.length) / channels },
    (_, n) => data[Math.floor((n * channels) / 3)]!,
  );
  await writeFile(join(folder, "picture.u8"), rgb);
  try {
    const script = join(root, "test", "bench", "everything_peer.py");
    const sam = await loadSam("lite-medsam-clicks", { device: "cpu" });
    await exportSafetensors(sam, join(folder, "model.safetensors"));
    const peer = await startPeer(python, [script, wheel, folder, String(availableParallelism())]);
    const { points, iou, stability } = settings;
    const options = { pointsPerSide: points, predIouThresh: iou, stabilityScoreThresh: stability };
    const [ours, theirs, found]: [number[], number[], Set<string>] = [[], [], new Set()];
    for (let round = -1; round < rounds; round++) {
      const embedding = await sam.embed(image, { isFresh: true });
      const start = performance.now();
      const masks = await automaticMasks(sam, image, options);
      // The embedding of the call above comes from disk; its generator runs the encoder each time.
      const milliseconds = performance.now() - start + embedding.info.milliseconds;
      const { ms, masks: theirMasks } = await peer.ask(settings);
      found.add(`${masks.length} masks, theirs ${theirMasks}`);
      // The first round warms up.
      if (round < 0) continue;
      ours.push(milliseconds);
      theirs.push(ms!);
    }
    printRows(`Everything mode, ${points ** 2} points, 256 × 256`, [
      { what: "samlab", runs: ours },
      { what: `segment-anything in PyTorch ${peer.versions.torch}`, runs: theirs, goal },
    ]);
    console.log(`  ${[...found].join("; ")}`);
    peer.end();
    await sam.dispose();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
