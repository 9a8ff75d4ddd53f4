import { openCheckpoint } from "../../src/checkpoint/open.js";
import { samName } from "../../src/checkpoint/rename.js";
import { Weights } from "../../src/models/weights.js";

/** The weights of a checkpoint, by SAM's names. */
export async function weightsOf(path: string): Promise<Weights> {
  const checkpoint = await openCheckpoint(path);
  try {
    return await Weights.load([checkpoint], samName);
  } finally {
    await checkpoint.close();
  }
}
