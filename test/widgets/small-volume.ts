import { planeView } from "../../src/core/plane.js";
import type { Subject } from "../../src/protocol/slices.js";

const affine = [-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
const size = [10, 8, 5] as const;

/** What a widget's state says of a volume of 10×8×5 voxels, with its middle axial slice. */
export const smallVolume = {
  subject: {
    kind: "volume",
    source: "test",
    format: { type: "uint8", slope: 1, intercept: 0 },
    frames: [planeView(size, affine, "axial"), planeView(size, affine, "coronal")],
    affine,
    unit: "mm",
    valueUnit: "",
  } satisfies Subject,
  place: { plane: "axial", index: 2 },
  slice: { plane: "axial", index: 2, data: new Uint8Array(80) },
} as const;

export const ownWindow = { low: 0, high: 100, name: "own" };
