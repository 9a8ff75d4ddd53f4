import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { safetensorsPieces } from "../../src/checkpoint/write-safetensors.js";
import { drawn } from "./drawn.js";
import { goldenPath } from "./golden.js";

/**
 * Writes a model of test/golden/autoprompt/make.py.
 * @param model its name in autoprompt.json
 * @param file its name in `folder`
 * @param isKept of its tensors, by name
 * @returns the path
 */
export async function writeDrawn(
  model: string,
  folder: string,
  file: string,
  isKept: (name: string) => boolean = () => true,
): Promise<string> {
  const shapes: Record<string, { tensors: [string, number[]][] }> = JSON.parse(
    readFileSync(goldenPath("autoprompt/autoprompt.json"), "utf8"),
  );
  const { tensors } = shapes[model]!;
  const kept = tensors.filter(([name]) => isKept(name)).map(([name, dims]) => [name, drawn(name, dims)] as const);
  const path = join(folder, file);
  await writeFile(path, safetensorsPieces(new Map(kept), {}));
  return path;
}
