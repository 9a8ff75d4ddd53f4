import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DistanceDefinition } from "../../src/metrics/distance-definition.js";
import type { MaskLike3d } from "../../src/metrics/mask-like.js";
import { maskScores } from "../../src/metrics/scores.js";
import { printRows, type Row } from "./figures.js";
import { startPeer } from "./peer.js";

const size = [256, 256, 128] as const;
const spacing = [1, 1, 2] as const;
const rounds = 5;

/**
 * Peers in the order of the table. MedPy is timed on HD95 alone, all others and samlab on HD95 and NSD (samlab also on
 * the other scores).
 */
const engines: readonly DistanceDefinition[] = ["surface-distance", "monai", "medpy"];

/** A ball with bumps: radius · (1 + bump · three waves over the sphere), cut off at the grid. */
function blob(center: readonly number[], radius: number, bump: number): Uint8Array {
  const [nx, ny, nz] = size;
  const data = new Uint8Array(nx * ny * nz);
  for (let z = 0, n = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++, n++) {
        const [dx, dy, dz] = [(x - center[0]) * spacing[0], (y - center[1]) * spacing[1], (z - center[2]) * spacing[2]];
        const distance = Math.hypot(dx, dy, dz);
        const wave = Math.sin((7 * dx) / radius) + Math.sin((6 * dy) / radius) + Math.cos((5 * dz) / radius);
        data[n] = distance <= radius * (1 + bump * wave) ? 1 : 0;
      }
    }
  }
  return data;
}

/** Pairs of a prediction and a truth: an organ of some 4 cm, and one that fills most of the grid. */
const pairs = [
  { name: "organ, radius 40 mm", prediction: blob([120, 130, 60], 40, 0.1), truth: blob([124, 127, 62], 42, 0.08) },
  { name: "large, radius 115 mm", prediction: blob([126, 128, 64], 115, 0.05), truth: blob([130, 125, 62], 112, 0.06) },
];

/** HD95 and NSD of two 256×256×128 masks against MedPy, surface-distance and MONAI, in turn in one run. */
export async function benchMetrics(root: string, python: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "samlab-bench-"));
  try {
    for (const pair of pairs) {
      const files = [join(folder, "prediction.u8"), join(folder, "truth.u8")];
      await writeFile(files[0], pair.prediction);
      await writeFile(files[1], pair.truth);
      const peer = await startPeer(python, [
        join(root, "test", "bench", "metrics_peer.py"),
        ...files,
        ...[...size, ...spacing].map(String),
      ]);
      const [prediction, truth]: MaskLike3d[] = [
        { size, data: pair.prediction },
        { size, data: pair.truth },
      ];
      const ours = new Map<DistanceDefinition, number[]>();
      const theirs = new Map<DistanceDefinition, number[]>();
      const same: string[] = [];
      for (let round = -1; round < rounds; round++) {
        for (const definition of engines) {
          const start = performance.now();
          const scores = maskScores(prediction, truth, { spacing, definition });
          const ms = performance.now() - start;
          const reference = await peer.ask({ engine: definition });
          // The first round warms up, and shows that both compute the same.
          if (round < 0) {
            const figures = [scores.hd95, reference.hd95, scores.nsd, reference.nsd].map(
              (value) => value?.toFixed(6) ?? "none",
            );
            same.push(`  ${definition}: HD95 ${figures[0]} (theirs ${figures[1]}), NSD ${figures[2]} (${figures[3]})`);
            continue;
          }
          ours.set(definition, [...(ours.get(definition) ?? []), ms]);
          theirs.set(definition, [...(theirs.get(definition) ?? []), reference.ms]);
        }
      }
      peer.end();
      const row = (what: string, runs: number[] | undefined): Row => ({ what, runs: runs ?? [] });
      const rows = [
        row("samlab, surface-distance (all scores)", ours.get("surface-distance")),
        row("surface-distance 0.1", theirs.get("surface-distance")),
        row("MONAI", theirs.get("monai")),
        row("MedPy (HD95 alone)", theirs.get("medpy")),
        row("samlab, monai (all scores)", ours.get("monai")),
        row("samlab, medpy (all scores)", ours.get("medpy")),
      ];
      printRows(`HD95 and NSD of two ${size.join("×")} masks, ${pair.name}`, rows);
      for (const line of same) console.log(line);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
