/**
 * samlab's side of the training benchmark, in a separate process so that its memory can be measured.
 * `node train-side.js decoder|lora|recipe:NAME`
 */
import { createInterface } from "node:readline";
import { openCheckpoint } from "../../src/checkpoint/open.js";
import { recognize } from "../../src/models/architecture.js";
import { Weights } from "../../src/models/weights.js";
import { catalog } from "../../src/predict/catalog.js";
import { loraPart } from "../../src/train/lora.js";
import { adamW } from "../../src/train/optimizer.js";
import { type RecipeName, recipe } from "../../src/train/recipes.js";
import type { PartOf } from "../../src/train/trainable.js";
import { Trainer } from "../../src/train/trainer.js";

const kind = process.argv[2];
const entry = catalog.find(({ name }) => name === "lite-medsam");
if (!entry) throw new Error("the catalog has no lite-medsam");
const checkpoint = await openCheckpoint(entry.checkpoint());
const base = await Weights.load([checkpoint]);
await checkpoint.close();

/** What the peers train too. */
const alike: Readonly<Record<string, { readonly withEncoder: boolean; readonly partOf: PartOf }>> = {
  decoder: recipe("maskDecoder"),
  lora: {
    withEncoder: true,
    partOf: (name, dims, w) =>
      name.startsWith("image_encoder.") ? loraPart(name, dims, w, { rank: 4, seed: 0 }) : null,
  },
};
const { withEncoder, partOf } = alike[kind] ?? recipe(kind.slice("recipe:".length) as RecipeName);
const weights = kind.startsWith("recipe:")
  ? base.withTensors(recipe(kind.slice("recipe:".length) as RecipeName).newTensors(base))
  : base;
const trainer = await Trainer.create(
  weights,
  {
    architecture: recognize(weights),
    partOf,
    withEncoder,
    batch: 1,
    loss: { dice: 1, bce: 1 },
    optimizer: adamW(),
    clip: null,
  },
  "CPU",
);

/** The same formulas stand in train_peer.py. */
const dims = withEncoder ? [1, 3, 256, 256] : [1, 256, 64, 64];
const count = dims.reduce((product, dim) => product * dim, 1);
const data = Float32Array.from({ length: count }, (_, n) =>
  withEncoder ? 0.5 + 0.5 * Math.sin(n * 0.001) : 0.3 * Math.sin(n * 12.9898),
);
const target = Float32Array.from({ length: 65536 }, (_, n) =>
  ((n % 256) - 100) ** 2 + ((n >> 8) - 100) ** 2 < 900 ? 1 : 0,
);
const example = {
  image: { type: "float32", dims, data } as const,
  coords: Float32Array.of(70, 70, 130, 130),
  labels: Int32Array.of(2, 3),
  mask: null,
  target,
};

const say = (message: object) => process.stdout.write(`${JSON.stringify(message)}\n`);
say({ parameters: trainer.table.count });
for await (const _ of createInterface({ input: process.stdin })) {
  const start = performance.now();
  const { loss } = await trainer.step(example, 1e-4);
  say({ ms: performance.now() - start, loss, peakMb: process.resourceUsage().maxRSS / 1024 });
}
process.exit(0);
