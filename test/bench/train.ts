import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { printRows } from "./figures.js";
import { type Peer, startPeer } from "./peer.js";

/** What is trained: the mask decoder on an embedding, or low-rank updates of the image encoder with the picture going through it. */
const kinds = [
  { kind: "decoder", title: "Training step of LiteMedSAM's mask decoder (4.06 M parameters, AdamW)", rounds: 20 },
  { kind: "lora", title: "Training step of rank-4 LoRA on LiteMedSAM's image encoder, decoder frozen", rounds: 4 },
] as const;

/** Training steps and their peak memory against PyTorch: same weights, same input, same threads, in turn, each side in a process of its own. */
export async function benchTrain(root: string, python: string, wheel: string): Promise<void> {
  const threads = availableParallelism();
  const folder = await mkdtemp(join(tmpdir(), "samlab-bench-"));
  try {
    for (const { kind, title, rounds } of kinds) {
      const ours = await startPeer(process.execPath, [
        fileURLToPath(new URL("./train-side.js", import.meta.url)),
        kind,
      ]);
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
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
