import type { Image2d } from "../io/image/image.js";
import { type AutoMask, findMasks } from "./automask/automatic-masks.js";
import type { AutomaskOptions } from "./automask/options.js";
import type { StoredEmbedding } from "./embedding-store.js";
import type { Sam } from "./sam.js";

/**
 * The settings of DeSAM's grid (training.py, `run_testing`), which leaves out the stability score. A batch is a row of
 * points.
 */
const gridSettings = {
  pointsPerSide: 9,
  pointsPerBatch: 9,
  predIouThresh: 0.5,
  stabilityScoreThresh: 0,
  boxNmsThresh: 0.7,
  minMaskRegionArea: 1000,
} as const satisfies AutomaskOptions;

/**
 * The masks of DeSAM's grid mode (automatic_mask_generator.py), of which the first is its answer (dice_calculate.py).
 * Those that the removal of small parts and holes has left as they were come first, each by descending predicted IoU.
 * An empty mask is a mask too; where no point gives a predicted IoU above 0.5 there are none.
 * @param embedding of the image
 * @param options settings that differ from DeSAM's
 * @throws {SamlabError} as `automaticMasks`
 */
export function deSamGrid(
  sam: Sam,
  image: Image2d,
  embedding: StoredEmbedding,
  options: AutomaskOptions,
): Promise<AutoMask[]> {
  return findMasks(sam, image, { ...gridSettings, ...options }, { embedding, keepsEmpty: true });
}
