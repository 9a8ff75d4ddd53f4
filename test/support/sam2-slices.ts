import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { safetensorsPieces } from "../../src/checkpoint/write-safetensors.js";
import type { Mask2d } from "../../src/core/mask.js";
import type { PromptSet } from "../../src/core/prompt.js";
import { loadSam } from "../../src/index.js";
import type { Image2d } from "../../src/io/image/image.js";
import { sam2Spare } from "../../src/models/sam2.js";
import type { Loaded } from "../../src/models/weights.js";
import type { LoadedSam } from "../../src/predict/loaded-sam.js";
import { drawn } from "./drawn.js";
import { lightPicture, smallSam2 } from "./light-models.js";

/** The slices of test/golden/sam2/memory.py. */
export const [sliceCount, sliceWidth, sliceHeight] = [18, 157, 131];

/** Those that have one gray value in the case `blank`. */
const blankSlices = [8, 11, 12];

/** One of them: a picture that moves by three pixels a slice. */
export function movedPicture(slice: number, how = ""): Image2d {
  const first = lightPicture(sliceWidth, sliceHeight, 1);
  if (how === "blank" && blankSlices.includes(slice)) return { ...first, data: first.data.map(() => 90) };
  const moved = first.data.map((_, n) => {
    const x = n % sliceWidth;
    return first.data[n - x + ((x - 3 * slice + 3 * sliceWidth) % sliceWidth)]!;
  });
  return { ...first, data: moved, source: `slice ${slice}` };
}

const box = [30, 45, 110, 100] as const;
const ellipse: Mask2d = {
  width: sliceWidth,
  height: sliceHeight,
  data: Uint8Array.from({ length: sliceWidth * sliceHeight }, (_, n) =>
    ((n % sliceWidth) - 85) ** 2 / 900 + (Math.floor(n / sliceWidth) - 70) ** 2 / 400 < 1 ? 1 : 0,
  ),
};

/** What is prompted or given on a slice. */
export type Asked = { readonly slice: number } & (PromptSet | { readonly mask: Mask2d });

/** Its prompts. */
export const memoryPrompts: Readonly<Record<string, readonly Asked[]>> = {
  box: [{ slice: 6, box }],
  click: [{ slice: 6, points: [{ x: 70, y: 72, label: 1 }] }],
  masks: [
    { slice: 6, box },
    { slice: 11, mask: ellipse },
  ],
  gap: [
    { slice: 0, box },
    { slice: 16, mask: ellipse },
  ],
  blank: [
    { slice: 6, box },
    { slice: 11, mask: ellipse },
  ],
  absent: [
    { slice: 6, mask: ellipse },
    { slice: 9, mask: { ...ellipse, data: new Uint8Array(ellipse.data.length) } },
  ],
};

let drawnMemory: ReadonlyMap<string, Loaded> | undefined;

/** The tensors of the small MedSAM2, those of its memory too. */
function memoryTensors(): Map<string, Loaded> {
  drawnMemory ??= new Map(
    [...smallSam2("medsam2")].map(([key, one]) => [key, sam2Spare.test(key) ? drawn(key, one.dims) : one]),
  );
  return new Map(drawnMemory);
}

const scoreBias = "sam_mask_decoder.pred_obj_score_head.layers.2.bias";

const memoryModels: Readonly<Record<string, () => ReadonlyMap<string, Loaded>>> = {
  "sam2.1": memoryTensors,
  missed: () => {
    const tensors = memoryTensors();
    const bias = tensors.get(scoreBias)!;
    return tensors.set(scoreBias, { ...bias, data: bias.data.map((value) => value - 0.13) });
  },
  "sam2.0": () =>
    new Map([...memoryTensors()].filter(([name]) => !/^(obj_ptr_tpos_proj|no_obj_embed_spatial)/.test(name))),
};

/** A model of test/golden/sam2/memory.py. */
export async function memoryModel(name: string, folder: string): Promise<LoadedSam> {
  const path = join(folder, `${name}.safetensors`);
  await writeFile(path, safetensorsPieces(memoryModels[name]!(), {}));
  return loadSam(path, { device: "cpu", preprocessing: "medsam2", imageSize: 128 });
}
