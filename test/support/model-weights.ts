import { openCheckpoint } from "../../src/checkpoint/open.js";
import { Weights } from "../../src/models/weights.js";

/** The weights of a checkpoint, by SAM's names. */
export async function weightsOf(path: string): Promise<Weights> {
  const checkpoint = await openCheckpoint(path);
  try {
    return await Weights.load([checkpoint]);
  } finally {
    await checkpoint.close();
  }
}
