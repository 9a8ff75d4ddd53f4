import { describe, expect, it } from "vitest";
import { loadVolume } from "../../../src/io/image/load.js";
import { Volume } from "../../../src/io/image/volume.js";
import { failure, niftiBytes, scratchFolder } from "../helpers.js";

const folder = scratchFolder();
const init = {
  data: Int16Array.from({ length: 24 }, (_, n) => n),
  size: [2, 3, 4],
  affine: [0, 2, 0, 0, 3, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 1],
  window: { low: 0, high: 1, name: "test" },
  source: "ct.nii",
  notes: ["something"],
} as const;

it("has its spacing along i, j, k, whichever way the axes run", () => {
  expect(new Volume(init).spacing).toEqual([3, 2, 5]);
});

it("keeps voxels and notes with another window", () => {
  const window = { low: 5, high: 9, name: "other" };
  const volume = new Volume(init).withWindow(window);
  expect(volume).toMatchObject({ window, notes: ["something"], size: [2, 3, 4] });
  expect(volume.data).toBe(init.data);
  expect(volume.slice(0).window).toBe(window);
});

it("cuts slices that say where they are from", () => {
  const slice = new Volume(init).slice(1, "coronal");
  expect(slice).toMatchObject({ width: 3, height: 4, channels: 1, plane: "coronal", index: 1, spacing: [2, 5] });
  expect(slice.source).toBe("ct.nii coronal 1");
  expect(slice.data).toBeInstanceOf(Int16Array);
});

describe("refuses", () => {
  it("data that do not fill it", async () => {
    await failure(() => new Volume({ ...init, size: [2, 2, 2] }), "geometry-mismatch");
  });

  it("slices that it has not", async () => {
    const error = await failure(() => new Volume(init).slice(4), "argument-invalid");
    expect(error.message).toBe("There is no axial slice 4 in ct.nii. Slices are numbered 0 to 3.");
  });
});

it("is loaded with the window that was asked for, or an automatic one", async () => {
  const path = folder.put("volume.nii", niftiBytes({ dims: [2, 2, 2], voxels: Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7) }));
  expect((await loadVolume(path)).window.name).toBe("percentiles 0.5–99.5 of values > 0 (auto)");
  const asked = await loadVolume(path, { window: { width: 4, level: 4 }, name: "mine" });
  expect(asked).toMatchObject({ window: { low: 2, high: 6, name: "W 4, L 4" }, source: "mine", notes: [] });
  await failure(loadVolume(path, { window: "lungs" as "lung" }), "argument-invalid");
});

it("stops loading when it is canceled on the way", async () => {
  const controller = new AbortController();
  const loading = loadVolume(folder.path("volume.nii"), { signal: controller.signal });
  controller.abort();
  await failure(loading, "canceled");
});
