import type { Mask2d } from "../../core/mask.js";
import { distinctValues } from "./labels.js";

/**
 * The objects of one 2D image: `data` is row-major, 0 for background, else the object's label. The 2D counterpart of
 * {@link MaskVolume}.
 */
export class LabelImage {
  readonly width: number;
  readonly height: number;
  /** `width` · `height` labels, row-major; 0 is the background. */
  readonly data: Uint8Array | Uint16Array;
  /** The file it came from. */
  readonly source: string;

  constructor(init: { width: number; height: number; data: Uint8Array | Uint16Array; source: string }) {
    this.width = init.width;
    this.height = init.height;
    this.data = init.data;
    this.source = init.source;
  }

  /** The labels that occur, ascending, without 0. */
  get labels(): number[] {
    return distinctValues(this.data).filter((label) => label > 0);
  }

  /** 1 where the image is `label`. */
  only(label: number): Mask2d {
    return this.#where((value) => value === label);
  }

  /** 1 where there is any object. */
  get mask(): Mask2d {
    return this.#where((value) => value > 0);
  }

  #where(inside: (value: number) => boolean): Mask2d {
    const { width, height } = this;
    const data = new Uint8Array(this.data.length);
    for (let n = 0; n < data.length; n++) data[n] = inside(this.data[n]) ? 1 : 0;
    return { width, height, data };
  }
}
