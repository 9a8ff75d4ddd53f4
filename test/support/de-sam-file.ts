import { writeDrawn } from "./drawn-file.js";

/**
 * Writes the small DeSAM of test/golden/autoprompt/make.py.
 * @param isKept of its tensors, by name; without the mask module it is a SAM
 */
export function drawnDeSam(
  folder: string,
  isKept?: (name: string) => boolean,
  file = "desam_model_best.safetensors",
): Promise<string> {
  return writeDrawn("de-sam", folder, file, isKept);
}
