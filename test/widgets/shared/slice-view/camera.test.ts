import { describe, expect, it } from "vitest";
import {
  nearestPixel,
  panBy,
  pixelAt,
  project,
  toPixel,
  toStage,
  wholeSheet,
  zoomAt,
  zoomLimits,
} from "../../../../widgets/src/shared/slice-view/camera.js";

/** 100 × 20 pixels of 1 × 4 mm: 100 × 80 mm. */
const sheet = { width: 100, height: 20, spacing: [1, 4] } as const;
const stage = { width: 500, height: 500 };
const whole = wholeSheet(sheet);

describe("project", () => {
  it("shows the whole sheet in the middle, with pixels as long as they are in mm", () => {
    const { left, top, scaleX, scaleY } = project(sheet, stage, whole);
    expect(scaleY / scaleX).toBeCloseTo(4, 12);
    expect(100 * scaleX).toBeCloseTo(0.96 * 500, 9);
    expect([left, top + (20 * scaleY) / 2]).toEqual([expect.closeTo(10, 9), expect.closeTo(250, 9)]);
  });

  it("keeps the middle when the stage changes", () => {
    const camera = { zoom: 3, x: 30, y: 5 };
    const [x, y] = toPixel(project(sheet, { width: 300, height: 100 }, camera), 150, 50);
    expect([x, y]).toEqual([expect.closeTo(29.5, 9), expect.closeTo(4.5, 9)]);
  });
});

describe("pixels", () => {
  const projection = project(sheet, stage, whole);

  it("go to the stage and back", () => {
    for (const [x, y] of [
      [0, 0],
      [99, 19],
      [12.25, 3.5],
    ]) {
      const [px, py] = toPixel(projection, ...toStage(projection, x, y));
      expect([px, py]).toEqual([expect.closeTo(x, 9), expect.closeTo(y, 9)]);
    }
  });

  it("are hit all over their area", () => {
    const [x, y] = toStage(projection, 7, 3);
    const { scaleX, scaleY } = projection;
    for (const [dx, dy] of [
      [-0.49, -0.49],
      [0.49, 0.49],
    ]) {
      expect(pixelAt(sheet, projection, x + dx * scaleX, y + dy * scaleY)).toEqual([7, 3]);
    }
    expect(pixelAt(sheet, projection, x + 0.51 * scaleX, y)).toEqual([8, 3]);
  });

  it("end at the sheet's edge; the nearest one does not", () => {
    expect(pixelAt(sheet, projection, 2, 250)).toBeNull();
    expect(nearestPixel(sheet, projection, 2, 499)).toEqual([0, 19]);
    expect(nearestPixel(sheet, projection, 499, 2)).toEqual([99, 0]);
  });
});

describe("zoomAt", () => {
  it("keeps what is under the pointer where it is", () => {
    const before = toPixel(project(sheet, stage, whole), 320, 210);
    const after = toPixel(project(sheet, stage, zoomAt(sheet, stage, whole, 2.5, 320, 210)), 320, 210);
    expect(after).toEqual([expect.closeTo(before[0], 9), expect.closeTo(before[1], 9)]);
  });

  it("stops at the limits", () => {
    expect(zoomAt(sheet, stage, whole, 1e6, 250, 250).zoom).toBe(zoomLimits.most);
    expect(zoomAt(sheet, stage, whole, 1e-6, 250, 250).zoom).toBe(zoomLimits.least);
  });
});

describe("panBy", () => {
  it("moves the sheet by stage pixels", () => {
    const close = { zoom: 4, x: 50, y: 10 };
    const [x, y] = toStage(project(sheet, stage, close), 50, 10);
    const moved = panBy(sheet, stage, close, 30, -12);
    expect(toStage(project(sheet, stage, moved), 50, 10)).toEqual([
      expect.closeTo(x + 30, 9),
      expect.closeTo(y - 12, 9),
    ]);
  });

  it("cannot lose the sheet", () => {
    expect(panBy(sheet, stage, whole, 1e5, -1e5)).toEqual({ zoom: 1, x: 0, y: 20 });
  });
});
