import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { safetensorsPieces } from "../../src/checkpoint/write-safetensors.js";
import { Volume } from "../../src/io/image/volume.js";
import type { Loaded } from "../../src/models/weights.js";
import { drawn, uniform } from "./drawn.js";
import { goldenPath } from "./golden.js";

/** The tensors of the model of test/golden/sam-med3d/make.py. */
export function samMed3dTensors(): Map<string, Loaded> {
  const shapes: readonly (readonly [name: string, dims: readonly number[]])[] = JSON.parse(
    readFileSync(goldenPath("sam-med3d/sam-med3d.json"), "utf8"),
  );
  return new Map(shapes.map(([name, dims]) => [name, drawn(name, dims)]));
}

/** Its file in a folder. */
export async function samMed3dFile(folder: string): Promise<string> {
  const path = join(folder, "med3d.safetensors");
  await writeFile(path, safetensorsPieces(samMed3dTensors(), {}));
  return path;
}

const [c, s] = [Math.cos(0.2), Math.sin(0.2)];

/** The volumes of test/golden/sam-med3d/make.py. */
export function med3dVolume(name: "integers" | "oblique"): Volume {
  const window = { low: -300, high: 340, name: "data" } as const;
  if (name === "integers") {
    const size = [41, 260, 23] as const;
    const values = uniform(name, 41 * 260 * 23);
    const affine = [0, 0, -2.57, 31, 0, -0.87, 0, 120, 1.13, 0, 0, -7, 0, 0, 0, 1];
    const data = Int16Array.from(values, (value) => Math.floor(300 * value));
    return new Volume({ data, size, affine, window, source: name });
  }
  const size = [57, 49, 33] as const;
  const affine = [2.1 * c, -1.7 * s, 0, -60, 2.1 * s, 1.7 * c, 0, -40, 0, 0, 2.9, 12, 0, 0, 0, 1];
  const data = Float32Array.from(uniform(name, 57 * 49 * 33), (value) => 300 * value + 40);
  return new Volume({ data, size, affine, window, source: name });
}
