import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../src/core/random.js";
import { type Augmentation, type AugmentOptions, augmentation } from "../../../src/finetune/augment/options.js";
import { drawVariant, finiteVariants, plain, variantName } from "../../../src/finetune/augment/variant.js";

const made = (options: true | AugmentOptions): Augmentation => {
  const result = augmentation(options);
  if (!result) throw new Error("off");
  return result;
};

describe("augmentation's options", () => {
  it("are off, the defaults, or what is given in their place", () => {
    expect(augmentation(false)).toBeNull();
    expect(augmentation(true)).toEqual({
      flip: true,
      turn: false,
      gamma: 1.4,
      contrast: 0.2,
      brightness: 0.1,
      shift: 0.05,
    });
    expect(augmentation({ turn: true, gamma: 0 })).toMatchObject({ flip: true, turn: true, gamma: 1 });
  });

  it.each<[object, RegExp]>([
    [{ gamma: 0.5 }, /augment\.gamma cannot be 0\.5.*1 to 4/],
    [{ contrast: 1 }, /augment\.contrast cannot be 1/],
    [{ shift: Number.NaN }, /augment\.shift cannot be NaN/],
    [{ rotate: true }, /no augmentation rotate.*flip, turn, gamma/],
  ])("%j is refused", (options, message) => {
    expect(() => augmentation(options)).toThrow(message);
  });
});

describe("the finite variants", () => {
  it("begin with the image as it is, and are eight different ones", () => {
    const names = finiteVariants(made(true)).map(variantName);
    expect(names).toEqual([
      "",
      "mirrored",
      "gamma 1.4",
      "mirrored, gamma 1.4",
      "gamma 0.71",
      "mirrored, gamma 0.71",
      "contrast 1.2",
      "mirrored, contrast 1.2",
    ]);
  });

  it("take in turns only when asked, and nothing that is off", () => {
    const off = { gamma: 0, contrast: 0 };
    expect(finiteVariants(made({ ...off, turn: true }))).toHaveLength(8);
    expect(finiteVariants(made({ ...off, flip: false }))).toEqual([plain]);
  });
});

it("draws variants within the options, the same for the same seed", () => {
  const options = made({ turn: true });
  const draw = () => Array.from({ length: 400 }, (_, n) => drawVariant(options, seededRandom("test", n)));
  const drawn = draw();
  expect(draw()).toEqual(drawn);
  for (const { gamma, contrast, brightness, shift } of drawn) {
    expect(gamma).toBeGreaterThanOrEqual(1 / 1.4);
    expect(gamma).toBeLessThanOrEqual(1.4);
    expect(Math.abs(contrast - 1)).toBeLessThanOrEqual(0.2);
    expect(Math.abs(brightness)).toBeLessThanOrEqual(0.1);
    expect(Math.max(...shift.map(Math.abs))).toBeLessThanOrEqual(0.05);
  }
  const share = (count: number) => count / drawn.length;
  expect(share(drawn.filter(({ flip }) => flip).length)).toBeCloseTo(0.5, 1);
  expect(share(drawn.filter(({ gamma }) => gamma > 1).length)).toBeCloseTo(0.5, 1);
  expect(new Set(drawn.map(({ turns }) => turns))).toEqual(new Set([0, 1, 2, 3]));
});
