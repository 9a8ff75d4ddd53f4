import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { loadSam } from "../../src/index.js";
import { compileSam } from "../../src/models/compile.js";
import { compileMemory } from "../../src/models/sam2-memory.js";
import { type Loaded, Weights } from "../../src/models/weights.js";
import { drawn, drawnCheckpoint } from "../support/drawn.js";
import { type Golden, goldenPath, readGolden } from "../support/golden.js";
import { modelFromFile } from "../support/light-models.js";
import { misfit, thinned } from "../support/misfit.js";
import { movedPicture, sliceCount } from "../support/sam2-slices.js";
import { temporaryCache } from "../support/temporary.js";

type Shapes = readonly (readonly [name: string, dims: readonly number[]])[];

const cache = temporaryCache();
const layouts: Readonly<Record<"small" | "published", Shapes>> = JSON.parse(
  readFileSync(goldenPath("sam2/hugging-face.json"), "utf8"),
);
let golden: Golden;
beforeAll(async () => {
  golden = await readGolden("sam2/hugging-face.safetensors");
});

describe("SAM 2 as transformers has it (Sam2VideoModel)", () => {
  it("answers a box, and finds the object on the next slices, as that code does", async () => {
    const tensors = new Map<string, Loaded>(layouts.small.map(([name, dims]) => [name, drawn(name, dims)]));
    const score = "mask_decoder.pred_obj_score_head.proj_out.bias";
    const bias = tensors.get(score)!;
    tensors.set(score, { ...bias, data: bias.data.map((value) => value + 0.3) });
    // One tensor under two names in the published files.
    const positions = tensors.get("shared_image_embedding.positional_embedding")!;
    tensors.set("prompt_encoder.shared_embedding.positional_embedding", positions);
    const folder = cache();
    await (await modelFromFile("model", tensors, folder)).dispose();
    const sam = await loadSam(join(folder, "model.safetensors"), {
      device: "cpu",
      preprocessing: "medsam2",
      imageSize: 128,
    });
    const at = (slice: number) => sam.embed(movedPicture(slice));
    const memory = await sam.startMemory(sliceCount);
    const found = [await memory.prompt(6, { box: [30, 45, 110, 100] }, await at(6))];
    for (let slice = 7; slice <= 10; slice++) found.push(await memory.track(slice, 1, await at(slice)));
    const logits = Float32Array.from(found.flatMap(({ lowResLogits }) => [...lowResLogits]));
    const share = misfit(thinned(logits), golden.get("logits").data);
    if (process.env.SAMLAB_SHOW) console.log(share);
    expect(share).toBeLessThan(2e-4);
    await sam.dispose();
  });

  it("is read to the last tensor in the published layout, by SAM 2's own names", async () => {
    const zeros = new Uint8Array(2 ** 26);
    const size = (dims: readonly number[]) => dims.reduce((product, dim) => product * dim, 4);
    const checkpoint = drawnCheckpoint("model.safetensors", []);
    const tensors = new Map(
      layouts.published.map(([name, dims]) => [
        name,
        { dtype: "float32" as const, dims, read: async () => zeros.subarray(0, size(dims)) },
      ]),
    );
    const w = await Weights.load([{ ...checkpoint, tensors }]);
    const { architecture } = compileSam(w);
    expect(architecture.summary).toBe("SAM 2, Hiera 96×12, 1024×1024");
    compileMemory(w, architecture);
    // What is left belongs to SAM 2, but nothing uses it.
    expect(w.unused()).toEqual(["no_mem_pos_enc"]);
  });

  it("has one table of points, whose rows are SAM's", async () => {
    const name = "prompt_encoder.point_embed.weight";
    const others = layouts.small.filter(([other]) => other === name || other.startsWith("vision_encoder.neck."));
    const w = await Weights.load([drawnCheckpoint("model.safetensors", others)]);
    const rows = [0, 1, 2, 3].map((n) => [...w.data(`prompt_encoder.point_embeddings.${n}.weight`)!]);
    expect(rows.flat()).toEqual([...drawn(name, [4, 256]).data]);
  });
});
