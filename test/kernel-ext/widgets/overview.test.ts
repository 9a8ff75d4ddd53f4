import { describe, expect, it } from "vitest";
import { mergeBuffers } from "../../../kernel-ext/comm/buffers.js";
import type { JsonObject } from "../../../kernel-ext/comm/comm.js";
import { promptSlices } from "../../../kernel-ext/widgets/prompt-slices.js";
import { pixelsOfRuns } from "../../../src/core/mask-runs.js";
import { Volume } from "../../../src/index.js";
import type { OverviewState, SurfaceState } from "../../../src/protocol/overview.js";
import type { SliceSamples } from "../../../src/protocol/slices.js";
import { failure } from "../../io/helpers.js";
import { BrightSam } from "./bright-sam.js";
import { RecordingHost } from "./recording-host.js";

const size = [12, 10, 8] as const;
/** i runs to the patient's right, j to the back, k to the feet: each plane is turned somehow. */
const affine = [1, 0, 0, 0, 0, -1, 0, 0, 0, 0, -3, 0, 0, 0, 0, 1];

function volume(): Volume {
  const data = Int16Array.from({ length: size[0] * size[1] * size[2] }, (_, n) => n);
  return new Volume({ data, size, affine, window: { low: 0, high: 960, name: "all" }, source: "turned" });
}

function start(options: Partial<Parameters<typeof promptSlices>[2]> = {}) {
  const host = new RecordingHost();
  const w = promptSlices(new BrightSam({ automatic: true }), volume(), { host, slice: 3, ...options });
  return { host, w };
}

const bytes = ({ buffer, byteOffset, byteLength }: ArrayBufferView) => new Uint8Array(buffer, byteOffset, byteLength);

/** The latest of each part of the state. */
async function latest(host: RecordingHost) {
  const known: { overview?: OverviewState | null; surface?: SurfaceState | null; crossSlices?: SliceSamples[] } = {};
  await new Promise((resolve) => setTimeout(resolve, 150));
  for (const { type, data, buffers = [] } of host.take()) {
    if (type !== "close") Object.assign(known, mergeBuffers(data.state as JsonObject, data.buffer_paths, buffers));
  }
  return known;
}

describe("the overview of a volume", () => {
  it("is closed at first, and costs nothing then", async () => {
    const { host, w } = start();
    expect(w.overview).toBe(false);
    w.goTo(4);
    const { overview, crossSlices, surface } = await latest(host);
    expect([overview ?? null, crossSlices ?? [], surface ?? null]).toEqual([null, [], null]);
  });

  it("has the volume's own sections through the crosshair, and masks of every plane on them", async () => {
    const { host, w } = start({ overview: true });
    w.crosshair = [7, 2, 5];
    expect([w.overview, w.slice]).toEqual([true, 2]);
    const view = w.maskVolume.view("axial");
    const square = Uint8Array.from({ length: view.width * view.height }, (_, n) => {
      const [x, y] = [n % view.width, Math.floor(n / view.width)];
      return x >= 2 && x <= 6 && y >= 1 && y <= 4 ? 1 : 0;
    });
    for (const slice of [1, 2, 3]) w.setMask({ width: view.width, height: view.height, data: square }, { slice });
    w.goTo(2);
    const { overview, crossSlices } = await latest(host);
    expect(overview!.crosshair).toEqual([7, 2, 5]);
    expect(overview!.sections.map(({ plane }) => plane)).toEqual(["coronal", "sagittal"]);
    for (const { plane, index, masks } of overview!.sections) {
      const expected = w.maskVolume.slice(index, plane!);
      expect(expected.data.includes(1)).toBe(true);
      expect(pixelsOfRuns(bytes(masks[0]!.runs), expected.data.length)).toEqual(expected.data);
      const samples = crossSlices!.find((slice) => slice.plane === plane)!;
      expect(samples.index).toBe(index);
      expect(Array.from(new Int16Array(bytes(samples.data).slice().buffer))).toEqual(
        Array.from(volume().slice(index, plane!).data),
      );
    }
  });

  it("is moved by a click on a section, which shows the slice through it; and follows the slice", async () => {
    const { host, w } = start({ overview: true });
    const coronal = w.maskVolume.view("coronal");
    await host.intend({ kind: "crosshair", place: { plane: "coronal", index: 4 }, x: 9, y: 1 });
    expect(w.plane).toBe("axial");
    // Down on a coronal slice is towards the feet, and axial slices count towards the head.
    expect(w.slice).toBe(coronal.height - 2);
    const before = w.crosshair!;
    w.goTo(0);
    expect(w.crosshair).toEqual([before[0], before[1], size[2] - 1]);
    await host.intend({ kind: "point", place: { plane: "axial", index: 0 }, x: 3, y: 2, label: 1 });
    expect(w.crosshair).toEqual([size[0] - 1 - 3, 2, size[2] - 1]);
  });

  it("has every mask on the surface's grid, with the patient's left, back and head at its ends", async () => {
    const { host, w } = start({ overview: true, objects: ["one", "two"] });
    const view = w.maskVolume.view("axial");
    const corner = Uint8Array.from({ length: view.width * view.height }, (_, n) =>
      n % view.width >= view.width - 3 && Math.floor(n / view.width) >= view.height - 2 ? 1 : 0,
    );
    w.setMask({ width: view.width, height: view.height, data: corner }, { slice: view.count - 1 });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const { surface } = await latest(host);
    expect(surface!.size).toEqual(size);
    expect(surface!.spacing).toEqual([1, 1, 3]);
    expect(surface!.objects.map(({ object }) => object)).toEqual([1]);
    const cells = pixelsOfRuns(bytes(surface!.objects[0]!.runs), size[0] * size[1] * size[2]);
    const inside = [...cells.keys()].filter((n) => cells[n] === 1);
    expect(inside).toHaveLength(6);
    for (const n of inside) {
      expect(n % 12).toBeGreaterThanOrEqual(9);
      expect(Math.floor(n / 12) % 10).toBeGreaterThanOrEqual(8);
      expect(Math.floor(n / 120)).toBe(7);
    }
    await host.intend({ kind: "overview", open: false });
    expect((await latest(host)).surface).toBeNull();
  });

  it("takes no voxel that is not there, and no picture", async () => {
    const { w } = start();
    for (const voxel of [[12, 0, 0], [0, 0], [0.5, 0, 0], null]) {
      const error = await failure(() => {
        w.crosshair = voxel as never;
      }, "argument-invalid");
      expect(error.field).toBe("crosshair");
    }
    const picture = { ...volume().slice(0) };
    delete (picture as { view?: unknown }).view;
    const flat = promptSlices(new BrightSam(), picture, { host: new RecordingHost() });
    expect([flat.overview, flat.crosshair]).toEqual([false, null]);
    await failure(() => {
      flat.overview = true;
    }, "argument-invalid");
  });
});
