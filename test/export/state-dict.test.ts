import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { openPth } from "../../src/checkpoint/pth.js";
import { safetensorsStream } from "../../src/checkpoint/write-safetensors.js";
import { openStateDict, type StateDict } from "../../src/export/state-dict.js";
import { writeFileAtomic } from "../../src/io/files/write-file.js";
import type { Adapter } from "../../src/models/adapter.js";
import type { Weights } from "../../src/models/weights.js";
import { temporaryFolders } from "../support/temporary.js";
import { tinySam } from "../support/tiny-tuned.js";

const folder = temporaryFolders();
let state: StateDict | undefined;
afterEach(() => state?.close());

it("takes off training wrappers' prefixes and leaves SAM's constants out", async () => {
  const path = join(await folder(), "wrapped.safetensors");
  const base = await openPth(tinySam);
  const constant = { dtype: "float32" as const, dims: [3, 1, 1], read: async () => new Uint8Array(12) };
  const wrapped = [...base.tensors].map(([name, tensor]) => [`module.sam.${name}`, tensor] as const);
  await writeFileAtomic(path, safetensorsStream(new Map([...wrapped, ["module.pixel_mean", constant]]), {}));
  await base.close();
  state = await openStateDict({ checkpoint: path }, null);
  expect([...state.tensors.keys()].sort()).toEqual([...base.tensors.keys()].sort());
});

it("takes in what an adapter adds", async () => {
  const added = { dims: [1, 2], data: Float32Array.of(3, 4) };
  const name = "image_encoder.blocks.0.MLP_Adapter.D_fc1.weight";
  const adapter = { applyTo: (w: Weights) => w.withTensors(new Map([[name, added]])) } as unknown as Adapter;
  state = await openStateDict({ checkpoint: tinySam }, adapter);
  const tensor = state.tensors.get(name);
  expect(tensor?.dims).toEqual([1, 2]);
  expect([...new Float32Array(Uint8Array.from((await tensor?.read()) ?? []).buffer)]).toEqual([3, 4]);
});
