import { SamlabError, show } from "../../core/errors.js";

/** Augmentation of training images. Omitted options have their defaults; 0 or `false` turns one off. */
export interface AugmentOptions {
  /** Mirrors left and right. Default true. Turn it off if the task depends on the side. */
  readonly flip?: boolean;
  /** Rotations by multiples of 90°. Default false, since slices have a fixed orientation. */
  readonly turn?: boolean;
  /** Largest exponent of the gray values (0 to 1); its inverse is the smallest. Default 1.4. */
  readonly gamma?: number;
  /** Largest relative change of contrast. Default 0.2. */
  readonly contrast?: number;
  /**
   * Largest change of brightness, as a fraction of the gray scale. Default 0.1. Only where the encoder runs in each
   * step.
   */
  readonly brightness?: number;
  /**
   * Largest shift, as a fraction of the longer side; padded with zeros. Default 0.05. Only where the encoder runs in
   * each step.
   */
  readonly shift?: number;
}

/** Options with every default filled in. */
export type Augmentation = Readonly<Required<AugmentOptions>>;

const defaults: Augmentation = { flip: true, turn: false, gamma: 1.4, contrast: 0.2, brightness: 0.1, shift: 0.05 };

/** Minimum (no change) and maximum of each amount. */
const ranges = { gamma: [1, 4], contrast: [0, 0.9], brightness: [0, 0.5], shift: [0, 0.5] } as const;

/**
 * @returns `null` for no augmentation
 * @throws {SamlabError} `argument-invalid` naming the option and its range
 */
export function augmentation(options: boolean | AugmentOptions): Augmentation | null {
  if (options === false) return null;
  const given: AugmentOptions = options === true ? {} : options;
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(defaults, name));
  if (unknown !== undefined)
    throw invalid(unknown, `There is no augmentation ${unknown}.`, `Use ${Object.keys(defaults).join(", ")}.`);
  const all = { ...defaults, ...given };
  for (const name of Object.keys(ranges) as (keyof typeof ranges)[]) {
    const [least, most] = ranges[name];
    // 0 turns each off, and a gamma of 1 changes nothing.
    if (name === "gamma" && all.gamma === 0) all.gamma = 1;
    if (!(all[name] >= least && all[name] <= most))
      throw invalid(name, `augment.${name} cannot be ${show(all[name])}.`, `Give a number from ${least} to ${most}.`);
  }
  return all;
}

function invalid(name: string, message: string, remedy: string): SamlabError {
  return new SamlabError("argument-invalid", message, { field: `augment.${name}`, remedy });
}
