import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { recipeNames } from "../../src/train/recipes.js";
import { median, printRows } from "./figures.js";
import { type Peer, startPeer } from "./peer.js";

/** What is trained: the mask decoder on an embedding, or low-rank updates of the image encoder on the picture. */
const kinds = [
  { kind: "decoder", title: "Training step of LiteMedSAM's mask decoder (4.06 M parameters, AdamW)", rounds: 20 },
  { kind: "lora", title: "Training step of rank-4 LoRA on LiteMedSAM's image encoder, decoder frozen", rounds: 4 },
] as const;

/** Steps of each recipe; the first warms up. */
const recipeSteps = 4;

/**
 * Training steps and their peak memory against PyTorch: same weights, same input, same threads, alternating, each side
 * in a separate process.
 */
export async function benchTrain(root: string, python: string, wheel: string): Promise<void> {
  const threads = availableParallelism();
  const folder = await mkdtemp(join(tmpdir(), "samlab-bench-"));
  try {
    for (const { kind, title, rounds } of kinds) {
      const ours = await startOurs(kind);
      const torch = await startPeer(python, [
        join(root, "test", "bench", "train_peer.py"),
        wheel,
        folder,
        String(threads),
        kind,
      ]);
      const runs: { ours: number[]; torch: number[] } = { ours: [], torch: [] };
      const last: Record<string, Readonly<Record<string, number>>> = {};
      for (let round = -2; round < rounds; round++) {
        for (const [name, side] of Object.entries({ ours, torch }) as ["ours" | "torch", Peer][]) {
          last[name] = await side.ask({});
          // The first two rounds warm up.
          if (round >= 0) runs[name].push(last[name].ms);
        }
      }
      printRows(`${title}, ${threads} threads`, [
        { what: "samlab (onnxruntime-node)", runs: runs.ours },
        { what: `PyTorch ${torch.versions.torch}`, runs: runs.torch },
      ]);
      const peak = (name: string) => last[name].peakMb;
      console.log(
        `  peak memory of the process: samlab ${peak("ours").toFixed(0)} MB, PyTorch ${peak("torch").toFixed(0)} MB, ratio ${(peak("ours") / peak("torch")).toFixed(2)}`,
      );
      console.log(
        `  loss after ${rounds + 2} steps: samlab ${last.ours.loss.toFixed(5)}, PyTorch ${last.torch.loss.toFixed(5)}`,
      );
      ours.end();
      torch.end();
    }
    await benchRecipes(threads);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What a step of each recipe costs, as the README's table says it. */
async function benchRecipes(threads: number): Promise<void> {
  console.log(`\nA step of each recipe on LiteMedSAM, batch 1, ${threads} threads`);
  for (const name of recipeNames) {
    const side = await startOurs(`recipe:${name}`);
    const runs: number[] = [];
    let peakMb = 0;
    for (let step = 0; step < recipeSteps; step++) {
      const figures = await side.ask({});
      if (step > 0) runs.push(figures.ms);
      peakMb = figures.peakMb;
    }
    const parameters = Number(side.versions.parameters).toLocaleString("en");
    const seconds = (median(runs) / 1000).toFixed(2);
    console.log(
      `  ${name.padEnd(20)} ${parameters.padStart(10)} parameters  ${seconds} s  ${peakMb.toFixed(0)} MB at most`,
    );
    side.end();
  }
}

function startOurs(kind: string): Promise<Peer> {
  return startPeer(process.execPath, [fileURLToPath(new URL("./train-side.js", import.meta.url)), kind]);
}
