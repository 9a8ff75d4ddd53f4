import { randomInteger } from "../../core/random.js";
import type { Augmentation } from "./options.js";

/** One augmentation of a training image and its truth. */
export interface Variant {
  /** Mirrored left to right, before rotation. */
  readonly flip: boolean;
  /** Quarter turns, clockwise. */
  readonly turns: number;
  /** Exponent of gray values in [0, 1]: above 1 is darker. */
  readonly gamma: number;
  /** Factor of gray values about mid-gray. */
  readonly contrast: number;
  /** Added to gray values in [0, 1]. */
  readonly brightness: number;
  /** Along x and y, as fractions of the longer side; positive is right and down. */
  readonly shift: readonly [number, number];
}

/** The unchanged image. */
export const plain: Variant = { flip: false, turns: 0, gamma: 1, contrast: 1, brightness: 0, shift: [0, 0] };

/**
 * The variants for recipes whose encoder is frozen: few enough to encode each once and keep its embedding. All
 * combinations of mirroring, rotation and gray value change (none, darker, lighter, more contrast); the first is the
 * unchanged image. 8 with the defaults.
 */
export function finiteVariants({ flip, turn, gamma, contrast }: Augmentation): readonly Variant[] {
  const flips = flip ? [false, true] : [false];
  const turns = turn ? [0, 1, 2, 3] : [0];
  const grays: Partial<Variant>[] = [{}];
  if (gamma > 1) grays.push({ gamma }, { gamma: 1 / gamma });
  if (contrast > 0) grays.push({ contrast: 1 + contrast });
  return grays.flatMap((gray) =>
    turns.flatMap((quarter) => flips.map((flipped) => ({ ...plain, ...gray, flip: flipped, turns: quarter }))),
  );
}

/** A random variant for recipes that run the encoder in each step, with amounts within the options. */
export function drawVariant(options: Augmentation, random: () => number): Variant {
  const { flip, turn, gamma, contrast, brightness, shift } = options;
  const upTo = (most: number) => (2 * random() - 1) * most;
  return {
    flip: flip && random() < 0.5,
    turns: turn ? randomInteger(random, 0, 3) : 0,
    // Darker and lighter are equally likely.
    gamma: gamma ** upTo(1),
    contrast: 1 + upTo(contrast),
    brightness: upTo(brightness),
    shift: [upTo(shift), upTo(shift)],
  };
}

/** Display name, also used in the name of an augmented image. */
export function variantName({ flip, turns, gamma, contrast, brightness, shift: [x, y] }: Variant): string {
  const number = (value: number) => String(Number(value.toFixed(2)));
  return [
    flip ? "mirrored" : "",
    turns ? `turned ${90 * turns}°` : "",
    gamma === 1 ? "" : `gamma ${number(gamma)}`,
    contrast === 1 ? "" : `contrast ${number(contrast)}`,
    brightness === 0 ? "" : `brightness ${number(brightness)}`,
    x === 0 && y === 0 ? "" : `shifted ${number(x)}, ${number(y)}`,
  ]
    .filter((part) => part !== "")
    .join(", ");
}
