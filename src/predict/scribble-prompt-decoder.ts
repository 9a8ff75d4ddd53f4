import type { Mask2d } from "../core/mask.js";
import { brushedMask } from "../core/mask-shape.js";
import type { PromptSet, ScribblePrompt } from "../core/prompt.js";
import { resizeBilinear } from "../core/resize.js";
import { graphNames } from "../models/compile.js";
import { promptChannels } from "../models/scribble-prompt.js";
import type { Provider } from "../runtime/provider.js";
import type { Session } from "../runtime/session.js";
import type { StoredEmbedding } from "./embedding-store.js";
import { type DecoderResult, decoderResult, type MaskDecoder } from "./mask-decoder.js";
import type { ModelFrame } from "./preprocess.js";
import type { PromptGroup } from "./prompt-groups.js";

/** ScribblePrompt's U-Net, ready to run: it takes prompts as pictures. */
export class ScribblePromptDecoder implements MaskDecoder {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  get provider(): Provider {
    return this.#session.provider;
  }

  async run({ prompts }: PromptGroup, { tensor, frame }: StoredEmbedding): Promise<DecoderResult> {
    const side = frame.imageSize;
    const size = promptChannels.count * side * side;
    const data = new Float32Array(prompts.length * size);
    prompts.forEach((prompt, n) => {
      data.set(promptPictures(prompt, frame), n * size);
    });
    const run = await this.#session.run({
      [graphNames.imageEmbedding]: tensor,
      [graphNames.promptChannels]: { type: "float32", dims: [prompts.length, promptChannels.count, side, side], data },
    });
    return decoderResult(run, this.provider);
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}

/** Radius of the brush that draws lines, in pixels of the model's input. */
const brush = 1;

/**
 * The channels of one object's prompts (scribbleprompt/models/unet.py, `rescale_inputs` and `prepare_inputs`):
 * positions are truncated to whole pixels after scaling; lines are drawn on the image's grid and scaled with it.
 * @returns [4, side, side], see {@link promptChannels}
 */
export function promptPictures(prompt: PromptSet, frame: ModelFrame): Float32Array {
  const { width, height, imageSize: side } = frame;
  const pixels = side * side;
  const out = new Float32Array(promptChannels.count * pixels);
  const channel = (n: number) => out.subarray(n * pixels, (n + 1) * pixels);
  // In single precision, as PyTorch has positions.
  const scaled = (value: number, size: number) =>
    Math.max(0, Math.trunc(Math.fround(Math.fround(value) * Math.fround(side / size))));
  if (prompt.box) {
    const [x0, y0, x1, y1] = prompt.box.map((value, n) => Math.min(side, scaled(value, n % 2 === 0 ? width : height)));
    for (let y = y0!; y < y1!; y++) channel(promptChannels.box).fill(1, y * side + x0!, y * side + x1!);
  }
  for (const { x, y, label = 1 } of prompt.points ?? []) {
    const at = Math.min(side - 1, scaled(y, height)) * side + Math.min(side - 1, scaled(x, width));
    channel(promptChannels.include)[at] = label;
    channel(promptChannels.exclude)[at] = 1 - label;
  }
  for (const [label, n] of [
    [1, promptChannels.include],
    [0, promptChannels.exclude],
  ] as const) {
    const lines = (prompt.scribbles ?? []).filter((scribble) => (scribble.label ?? 1) === label);
    if (lines.length === 0) continue;
    const clicked = channel(n);
    drawn(lines, frame).forEach((value, at) => {
      clicked[at] = Math.min(1, clicked[at]! + value);
    });
  }
  if (prompt.maskInput) channel(promptChannels.logits).set(prompt.maskInput);
  return out;
}

/** Lines as a picture of the model's size, 0…1. */
function drawn(lines: readonly ScribblePrompt[], { width, height, imageSize: side }: ModelFrame): Float32Array {
  const spacing = [side / width, side / height] as const;
  let mask: Mask2d = { width, height, data: new Uint8Array(width * height) };
  for (const { path } of lines) mask = brushedMask(mask, { path: path.flat(), radius: brush, spacing }, false);
  return resizeBilinear({ data: Float32Array.from(mask.data), stride: width, width, height }, side, side);
}
