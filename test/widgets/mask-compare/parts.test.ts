import { describe, expect, it } from "vitest";
import { agreementOf } from "../../../kernel-ext/widgets/mask-compare/picture.js";
import { packMask, unpackMask } from "../../../src/core/mask.js";
import { agreementBits } from "../../../widgets/src/mask-compare/agreement.js";
import { CompareController } from "../../../widgets/src/mask-compare/controller.js";
import { namesAt } from "../../../widgets/src/mask-compare/names-at.js";
import {
  distanceText,
  scoreLines,
  scoreText,
  slicesText,
  wholeText,
} from "../../../widgets/src/mask-compare/scores.js";
import { asFloat32 } from "../../../widgets/src/shared/bytes.js";
import { ComparePort } from "./compare-port.js";

describe("agreement", () => {
  const mask = { width: 5, height: 2, data: Uint8Array.from([1, 1, 0, 0, 1, 0, 1, 0, 1, 0]) };
  const truth = { width: 5, height: 2, data: Uint8Array.from([1, 0, 1, 0, 1, 1, 0, 0, 1, 0]) };

  it("of packed masks is that of the pixels, in the browser as in the kernel", () => {
    const bits = agreementBits(packMask(mask), packMask(truth));
    const unpacked = (packed: Uint8Array) => [...unpackMask(packed, 5, 2).data];
    expect(unpacked(bits.both)).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1, 0]);
    expect(unpacked(bits.onlyPredicted)).toEqual([0, 1, 0, 0, 0, 0, 1, 0, 0, 0]);
    expect(unpacked(bits.onlyTruth)).toEqual([0, 0, 1, 0, 0, 1, 0, 0, 0, 0]);
    const { both, onlyPredicted, onlyTruth } = agreementOf(mask, truth);
    expect([both, onlyPredicted, onlyTruth].map(packMask)).toEqual([bits.both, bits.onlyPredicted, bits.onlyTruth]);
  });

  it("reads bytes that lie inside a larger message, and follows another truth", () => {
    const message = new Uint8Array([99, ...packMask(mask), 99]);
    const view = new DataView(message.buffer, 1, 2);
    expect(agreementBits(view, packMask(truth)).both).toEqual(agreementBits(packMask(mask), packMask(truth)).both);
    expect(agreementBits(view, packMask(mask)).onlyPredicted).toEqual(new Uint8Array(2));
  });
});

it("reads floats at any offset", () => {
  const bytes = new Uint8Array(9);
  bytes.set(new Uint8Array(Float32Array.of(0.5, 0.25).buffer), 1);
  expect([...asFloat32(new DataView(bytes.buffer, 1, 8))]).toEqual([0.5, 0.25]);
  expect([...asFloat32(Float32Array.of(0.5))]).toEqual([0.5]);
});

it("says over which slices a mask is scored", () => {
  const { state } = new ComparePort();
  const scores = { dice: 1, iou: 1, hd95: null };
  const total = (mask: number, slices: number | null) => ({ mask, scores, predicted: null, slices });
  const over = (...totals: ReturnType<typeof total>[]) => wholeText({ ...state, totals });
  expect(over()).toBe("volume");
  expect(over(total(0, null), total(1, null))).toBe("volume");
  expect(over(total(0, 2), total(1, 2))).toBe("2 of 5 slices");
  expect(over(total(0, 2), total(1, null))).toBe("known slices");
  expect(over(total(0, 2), { ...total(1, null), scores: null as never })).toBe("2 of 5 slices");
  expect([slicesText(state, total(0, 3)), slicesText(state, total(0, null))]).toEqual(["3 of 5 slices", null]);
});

it("an undefined score is a dash, not a zero", () => {
  expect([scoreText(null), scoreText(0), scoreText(0.456)]).toEqual(["–", "0.00", "0.46"]);
  expect([distanceText(null, "mm"), distanceText(3.14, "px")]).toEqual(["–", "3.1 px"]);
  expect(scoreLines({ dice: 0.5, iou: 1 / 3, hd95: null }, "mm")).toEqual(["Dice 0.50", "HD95 –"]);
  expect(scoreLines(null, "mm")).toEqual([]);
});

it("names the masks under the pointer", () => {
  const { state } = new ComparePort();
  const left = packMask({ width: 10, height: 8, data: Uint8Array.from({ length: 80 }, (_, n) => Number(n % 10 < 5)) });
  const port = new ComparePort({
    onSlice: state.onSlice.map((one) => (one.mask === 1 ? one : { ...one, bits: left })),
  });
  const controller = new CompareController(port, () => {}, "me");
  expect(namesAt(controller, { x: 4, y: 7 })).toBe("in zero-shot, truth");
  expect(namesAt(controller, { x: 5, y: 0 })).toBe("in no mask");
});
