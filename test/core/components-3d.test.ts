import { expect, it } from "vitest";
import { connectedComponents3d } from "../../src/core/components-3d.js";

it("joins voxels that touch at a corner, or only those that share a side", () => {
  const size = [3, 3, 3] as const;
  const data = new Uint8Array(27);
  for (const n of [0, 13, 26, 24]) data[n] = 1;
  const corners = connectedComponents3d(data, size, 26);
  expect(corners.sizes).toEqual([4]);
  const sides = connectedComponents3d(data, size, 6);
  expect(sides.sizes).toEqual([1, 1, 1, 1]);
  expect([0, 13, 24, 26].map((n) => sides.labels[n])).toEqual([1, 2, 3, 4]);
  // Rows and slices do not run into each other at their ends.
  const line = new Uint8Array(27);
  line[2] = line[3] = line[8] = line[9] = 1;
  expect(connectedComponents3d(line, size, 6).sizes).toEqual([1, 1, 1, 1]);
  // More voxels than the stack begins with.
  expect(connectedComponents3d(new Uint8Array(8000), [20, 20, 20], 6, (value) => value === 0).sizes).toEqual([8000]);
});
