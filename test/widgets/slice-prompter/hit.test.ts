import { describe, expect, it } from "vitest";
import type { ListedPrompt } from "../../../src/protocol/slice-prompter.js";
import {
  boxBetween,
  cursorFor,
  hasArea,
  hitPrompt,
  isInside,
  movedBox,
  resizedBox,
} from "../../../widgets/src/slice-prompter/hit.js";

/** Ten stage pixels per image pixel: pixel (x, y) is centered at (10x + 5, 10y + 5). */
const projection = { left: 0, top: 0, scaleX: 10, scaleY: 10 };
const prompts: readonly ListedPrompt[] = [
  { id: 1, kind: "box", box: [2, 2, 11, 9] },
  { id: 2, kind: "point", x: 2, y: 2, label: 1 },
  { id: 3, kind: "point", x: 3, y: 2, label: 0 },
];
const hit = (x: number, y: number) => hitPrompt(prompts, projection, x, y, 8);

describe("hitPrompt", () => {
  it("finds points before boxes, and the later of two points", () => {
    expect(hit(25, 25)).toEqual({ kind: "point", prompt: 2 });
    expect(hit(30, 25)).toEqual({ kind: "point", prompt: 3 });
  });

  it("finds a box by its edges and corners only", () => {
    const box = { kind: "box", prompt: 1, box: [2, 2, 11, 9] };
    expect(hit(20, 60)).toEqual({ ...box, h: -1, v: 0 });
    expect(hit(121, 60)).toEqual({ ...box, h: 1, v: 0 });
    expect(hit(70, 99)).toEqual({ ...box, h: 0, v: 1 });
    expect(hit(119, 21)).toEqual({ ...box, h: 1, v: -1 });
    expect(hit(70, 60)).toBeNull();
    expect(hit(20, 140)).toBeNull();
  });

  it("says by the cursor what a drag would do", () => {
    expect([hit(25, 25), hit(20, 60), hit(70, 99), hit(119, 21), hit(119, 99), hit(70, 60)].map(cursorFor)).toEqual([
      "grab",
      "ew-resize",
      "ns-resize",
      "nesw-resize",
      "nwse-resize",
      "crosshair",
    ]);
  });
});

it("boxes follow the edges that are held, which may cross", () => {
  expect(resizedBox([2, 2, 11, 9], 1, 0, 20, 50)).toEqual([2, 2, 20, 9]);
  expect(resizedBox([2, 2, 11, 9], -1, -1, 15, 0)).toEqual([11, 0, 15, 9]);
  expect(boxBetween(5, 1, 2, 8)).toEqual([2, 1, 5, 8]);
  expect([hasArea([2, 1, 5, 8]), hasArea([2, 1, 2, 8])]).toEqual([true, false]);
});

it("boxes move as a whole, and stay on the slice", () => {
  const slice = { width: 20, height: 12 };
  expect(movedBox([2, 2, 11, 9], 3, -1, slice)).toEqual([5, 1, 14, 8]);
  expect(movedBox([2, 2, 11, 9], 30, -30, slice)).toEqual([10, 0, 19, 7]);
  expect([isInside([2, 2, 11, 9], 2, 9), isInside([2, 2, 11, 9], 12, 5)]).toEqual([true, false]);
});
