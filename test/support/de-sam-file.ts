import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { safetensorsPieces } from "../../src/checkpoint/write-safetensors.js";
import { drawn } from "./drawn.js";
import { goldenPath } from "./golden.js";

/**
 * Writes the small DeSAM of test/golden/autoprompt/make.py.
 * @param isKept of its tensors, by name; without the mask module it is a SAM
 */
export async function drawnDeSam(
  folder: string,
  isKept: (name: string) => boolean = () => true,
  file = "desam_model_best.safetensors",
): Promise<string> {
  const shapes: Record<string, { tensors: [string, number[]][] }> = JSON.parse(
    readFileSync(goldenPath("autoprompt/autoprompt.json"), "utf8"),
  );
  const { tensors } = shapes["de-sam"]!;
  const kept = tensors.filter(([name]) => isKept(name)).map(([name, dims]) => [name, drawn(name, dims)] as const);
  const path = join(folder, file);
  await writeFile(path, safetensorsPieces(new Map(kept), {}));
  return path;
}
