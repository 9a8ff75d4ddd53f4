import type { Image2d } from "../../../src/io/image/image.js";
import type { SegmentOptions } from "../../../src/predict/sam.js";
import { Segmentation } from "../../../src/predict/segmentation.js";
import { ControlledSam } from "./controlled-sam.js";

/** A model without prompts, of two classes: the left half of each image, and the right half. */
export class ClassSam extends ControlledSam {
  readonly classNames = ["background", "Left", "tumor"];
  /** Images that it segmented. */
  readonly segmented: Image2d[] = [];

  constructor() {
    super({ automatic: true, prompts: { points: false, box: false, note: "It takes no prompts." } });
  }

  async segment(image: Image2d, { onProgress }: SegmentOptions = {}): Promise<Segmentation> {
    this.segmented.push(image);
    onProgress?.("encoding", 0.5);
    const { width, height, source } = image;
    const data = Uint8Array.from({ length: width * height }, (_, n) => (n % width < width / 2 ? 1 : 2));
    data[0] = 0;
    const info = { provider: "CPU", milliseconds: 5 };
    return new Segmentation({ width, height, data, source, kind: "classes", classNames: this.classNames, info });
  }
}
