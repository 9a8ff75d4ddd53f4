import { describe, expect, it } from "vitest";
import { augmented } from "../../../src/finetune/augment/augmented.js";
import { plain, type Variant } from "../../../src/finetune/augment/variant.js";
import type { TrainingCase } from "../../../src/finetune/types.js";

/** 3×2 pixels, every one of its own gray, and an object of two pixels that no mirroring or turn maps onto itself. */
const source: TrainingCase = {
  image: {
    width: 3,
    height: 2,
    channels: 1,
    data: Uint8Array.of(10, 20, 30, 40, 50, 60),
    spacing: [0.5, 2],
    window: null,
    source: "slice",
  },
  truth: { width: 3, height: 2, data: Uint8Array.of(1, 1, 0, 0, 0, 0) },
  patient: "a",
};

const shown = (variant: Partial<Variant>, from = source) => {
  const { image, truth, patient } = augmented(from, { ...plain, ...variant });
  expect([truth.width, truth.height]).toEqual([image.width, image.height]);
  expect(patient).toBe("a");
  return { size: [image.width, image.height], gray: [...image.data], truth: [...truth.data], image };
};

describe("image and truth are moved alike", () => {
  it.each<[string, Partial<Variant>, number[], number[], number[]]>([
    ["mirrored", { flip: true }, [3, 2], [30, 20, 10, 60, 50, 40], [0, 1, 1, 0, 0, 0]],
    ["turned 90°", { turns: 1 }, [2, 3], [40, 10, 50, 20, 60, 30], [0, 1, 0, 1, 0, 0]],
    ["turned 180°", { turns: 2 }, [3, 2], [60, 50, 40, 30, 20, 10], [0, 0, 0, 0, 1, 1]],
    ["turned 270°", { turns: 3 }, [2, 3], [30, 60, 20, 50, 10, 40], [0, 0, 1, 0, 1, 0]],
    ["mirrored, turned 90°", { flip: true, turns: 1 }, [2, 3], [60, 30, 50, 20, 40, 10], [0, 0, 0, 1, 0, 1]],
    ["shifted 0.34, 0.34", { shift: [0.34, 0.34] }, [3, 2], [0, 0, 0, 0, 10, 20], [0, 0, 0, 0, 1, 1]],
    ["shifted -0.34, 0", { shift: [-0.34, 0] }, [3, 2], [20, 30, 0, 50, 60, 0], [1, 0, 0, 0, 0, 0]],
  ])("%s", (name, variant, size, gray, truth) => {
    expect(shown(variant)).toMatchObject({ size, gray, truth, image: { source: `slice (${name})`, window: null } });
  });

  it("in each of three channels", () => {
    const data = Uint8Array.from({ length: 18 }, (_, n) => n);
    const colors: TrainingCase = { ...source, image: { ...source.image, channels: 3, data } };
    expect(shown({ flip: true }, colors).gray).toEqual([6, 7, 8, 3, 4, 5, 0, 1, 2, 15, 16, 17, 12, 13, 14, 9, 10, 11]);
  });

  it("spacing goes with the axes", () => {
    expect(shown({ turns: 1 }).image.spacing).toEqual([2, 0.5]);
    expect(shown({ turns: 2 }).image.spacing).toEqual([0.5, 2]);
  });
});

describe("gray values", () => {
  it.each<[string, Partial<Variant>, number[]]>([
    ["gamma 2 is darker in the middle", { gamma: 2 }, [0, 2, 4, 6, 10, 14]],
    ["contrast about the middle gray", { contrast: 1.1 }, [0, 9, 20, 31, 42, 53]],
    ["brightness", { brightness: 0.2 }, [61, 71, 81, 91, 101, 111]],
  ])("%s", (_, variant, gray) => {
    const result = shown(variant);
    expect(result.gray).toEqual(gray);
    expect(result.truth).toEqual([1, 1, 0, 0, 0, 0]);
  });

  it("come through the image's window first", () => {
    const window = { low: 0, high: 60, name: "test" };
    const image = { ...source.image, data: Int16Array.of(-5, 0, 15, 30, 60, 99), window };
    expect(shown({ flip: true }, { ...source, image }).gray).toEqual([63, 0, 0, 255, 255, 127]);
  });
});

it("leaves the image as it is alone, so that its embedding is the one that is known", () => {
  expect(augmented(source, plain)).toBe(source);
});

it("does not shift the object out of sight, nor make all grays one", () => {
  expect(shown({ flip: true, shift: [0, -0.5] }).truth).toEqual([0, 1, 1, 0, 0, 0]);
  expect(shown({ flip: true, contrast: 0.5, brightness: 0.5 }).gray).not.toEqual(Array(6).fill(255));
  const bright: TrainingCase = {
    ...source,
    image: { ...source.image, data: Uint8Array.of(250, 251, 252, 253, 254, 255) },
  };
  expect(shown({ flip: true, brightness: 0.5 }, bright).gray).toEqual([252, 251, 250, 255, 254, 253]);
});
