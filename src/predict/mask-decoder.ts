import type { Provider } from "../runtime/provider.js";
import type { StoredEmbedding } from "./embedding-store.js";
import type { PromptGroup } from "./prompt-groups.js";
import type { RunInfo } from "./work.js";

/** What makes masks of an image's embedding, ready to run. */
export interface MaskDecoder {
  readonly provider: Provider;
  /**
   * Runs the decoder on prompts of one batch; a decoder of classes takes none and has a batch of one.
   * @returns logits [batch, masks, side, side] and predicted IoU [batch, masks] of all masks
   * @throws {SamlabError} `run-failed`, `disposed`
   */
  run(prompts: PromptGroup, embedding: StoredEmbedding): Promise<DecoderResult>;
  /** Idempotent. */
  release(): Promise<void>;
}

export interface DecoderResult {
  readonly logits: Float32Array;
  readonly ious: Float32Array;
  readonly info: RunInfo;
}
