import type { NumericArray } from "../../../src/core/dtype.js";
import { SamlabError, show } from "../../../src/core/errors.js";
import { type PlaneView, planes } from "../../../src/core/plane.js";
import type { Image2d, IntensityWindow, SliceImage } from "../../../src/io/image/image.js";
import { Volume } from "../../../src/io/image/volume.js";
import { fullWindow, presetWindow, windowPresets } from "../../../src/io/image/window.js";
import type { WindowRange } from "../../../src/protocol/samples.js";
import { frameOf, type Place, type SliceFrame, type Subject } from "../../../src/protocol/slices.js";
import { sampleFormatOf, storeColor, storeGray } from "./quantize.js";

/** Slices of a volume or 2D image: stored samples for the view, windowed images for the model. */
export class SliceSource {
  readonly image: Volume | Image2d;
  readonly subject: Subject;
  /** Available windows, the image's own first; empty for color images. */
  readonly presets: readonly WindowRange[];

  /** `plane`: the only plane to show. Default: all of them. */
  constructor(image: Volume | Image2d, plane?: Place["plane"]) {
    this.image = image;
    const subject = isVolume(image) ? volumeSubject(image) : pictureSubject(image);
    const frames = subject.frames.filter((frame) => plane === undefined || frame.plane === plane);
    this.presets = !isVolume(image) && image.channels === 3 ? [] : windowChoices(image.data, image.window);
    this.subject = { ...subject, frames, valueUnit: valueUnit(this.presets) };
  }

  /** The volume, or null for a 2D image. */
  get volume(): Volume | null {
    return isVolume(this.image) ? this.image : null;
  }

  /** The slice with the window for the model; null leaves 8-bit images unchanged. */
  slice(place: Place, window: WindowRange | null): Image2d {
    const slice = isVolume(this.image) ? this.image.slice(place.index, place.plane ?? "axial") : this.image;
    return window ? { ...slice, window } : slice;
  }

  /** The slice's samples for the view, in {@link Subject.format}. */
  samples(place: Place): Uint8Array {
    const { data, window, channels } = this.slice(place, null);
    return channels === 3 ? storeColor(data, window) : storeGray(data, this.subject.format);
  }

  /** mm² (or pixels) per pixel of a slice. */
  pixelArea(place: Place): number {
    const [x, y] = frameOf(this.subject, place.plane).spacing;
    return x * y;
  }

  /** Validates a place given in code. */
  place(index: number, plane: Place["plane"]): Place {
    const known = this.subject.frames.find((frame) => frame.plane === plane);
    if (!known) {
      throw new SamlabError("argument-invalid", `There is no plane ${show(plane)} in ${this.subject.source}.`, {
        field: "plane",
        value: plane,
        remedy: this.volume ? `Planes are ${planes.join(", ")}.` : "A picture has one slice and no planes.",
      });
    }
    if (!Number.isInteger(index) || index < 0 || index >= known.count) {
      throw new SamlabError("argument-invalid", `There is no slice ${show(index)} in ${this.subject.source}.`, {
        field: "slice",
        value: index,
        remedy: `Slices are numbered 0 to ${known.count - 1}.`,
      });
    }
    return { plane, index };
  }
}

/** Checked by shape, not by class: a cell may hold a volume from another copy of the library. */
function isVolume(image: Volume | Image2d): image is Volume {
  return image instanceof Volume || ("affine" in image && "slice" in image);
}

function volumeSubject(volume: Volume): Omit<Subject, "valueUnit"> {
  return {
    kind: "volume",
    source: volume.source,
    format: sampleFormatOf(volume.data),
    frames: planes.map((plane) => frameFrom(volume.view(plane))),
    affine: volume.affine,
    unit: volume.hasSpacing === false ? "px" : "mm",
  };
}

function frameFrom(view: PlaneView): SliceFrame {
  const { plane, width, height, count, spacing, axis, direction, letters } = view;
  return { plane, width, height, count, spacing, axis, direction, letters };
}

function pictureSubject(image: Image2d): Omit<Subject, "valueUnit"> {
  const letters = "view" in image ? (image as SliceImage).view.letters : null;
  const [x, y] = image.spacing ?? [1, 1];
  const frame: SliceFrame = {
    plane: null,
    width: image.width,
    height: image.height,
    count: 1,
    spacing: [x, y, 1],
    axis: [0, 1, 2],
    direction: [1, 1, 1],
    letters,
  };
  return {
    kind: "picture",
    source: image.source,
    format: image.channels === 3 ? { type: "rgb8", slope: 1, intercept: 0 } : sampleFormatOf(image.data),
    frames: [frame],
    affine: null,
    unit: image.spacing ? "mm" : "px",
  };
}

/** True if the values look like HU, or a window is named after CT. */
function isCt(first: WindowRange, full: WindowRange): boolean {
  return /^CT\b/.test(first.name) || full.low <= -900;
}

/** The unit of the image's values, if it can be determined. */
function valueUnit(presets: readonly WindowRange[]): "HU" | "" {
  return presets.length > 0 && isCt(presets[0], presets.at(-1)!) ? "HU" : "";
}

/**
 * Available windows: the image's own first, CT presets if the values look like HU (or a window is named after CT), and
 * the full range. An 8-bit image has no window of its own and is shown from 0 to 255.
 */
function windowChoices(data: NumericArray, own: IntensityWindow | null): WindowRange[] {
  const first = own ?? { low: 0, high: 255, name: "as it is" };
  const full = fullWindow(data);
  const others = [...(isCt(first, full) ? Object.keys(windowPresets).map(presetWindow) : []), full];
  return [first, ...others.filter((other) => other.low !== first.low || other.high !== first.high)];
}
