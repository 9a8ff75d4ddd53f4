import { SamlabError, show } from "./errors.js";

/**
 * A click. `x`, `y` are pixel coordinates in the original image: x to the right, y down, 0 at the center of the first
 * pixel, so that pixels reach from −0.5 to the width − 0.5. `label` is 1 for a click inside the object (include, the
 * default) and 0 for one outside (exclude).
 */
export interface PointPrompt {
  /** Pixels from the center of the first column, to the right. */
  readonly x: number;
  /** Pixels from the center of the first row, down. */
  readonly y: number;
  /** 1 inside the object (default), 0 outside. */
  readonly label?: 0 | 1;
}

/** A line drawn by hand over the object, or over what does not belong to it. */
export interface ScribblePrompt {
  /** [x, y] positions in pixels of the image, as of a {@link PointPrompt}. The line may leave the image. */
  readonly path: readonly (readonly [x: number, y: number])[];
  /** 1 over the object (default), 0 over what does not belong to it. */
  readonly label?: 0 | 1;
}

/** A box, XYXY: left, top, right, bottom in pixel coordinates of the original image, both corners inside the box. */
export type BoxPrompt = readonly [x0: number, y0: number, x1: number, y1: number];

/**
 * Widens a box around one row or column of pixels, which has no area for a model, by half a pixel on both sides. Other
 * boxes stay as they are.
 */
export function withArea([x0, y0, x1, y1]: BoxPrompt): BoxPrompt {
  const [dx, dy] = [x0 === x1 ? 0.5 : 0, y0 === y1 ? 0.5 : 0];
  return [x0 - dx, y0 - dy, x1 + dx, y1 + dy];
}

/** All prompts for one object. At least one of `points`, `box`, `scribbles`, `maskInput` is given. */
export interface PromptSet {
  /** Clicks, in the order in which they were given. */
  readonly points?: readonly PointPrompt[];
  /** One box around the object. */
  readonly box?: BoxPrompt;
  /** Lines drawn by hand, for models that take them (ScribblePrompt). */
  readonly scribbles?: readonly ScribblePrompt[];
  /** Logits of an earlier prediction (`lowResLogits`), row-major, in the model's low-resolution frame. */
  readonly maskInput?: Float32Array;
}

/** Which prompts a model was trained with, and why others are rejected. */
export interface PromptSupport {
  /** True if the model takes points. */
  readonly points: boolean;
  /** True if the model takes a box. */
  readonly box: boolean;
  /** True if the model takes `maskInput`. */
  readonly mask: boolean;
  /** True if the model takes scribbles as lines. Default false. */
  readonly scribbles?: boolean;
  /** Human-readable reason why a prompt type is not supported; empty when all are. */
  readonly note: string;
}

/** True if the prompt set is empty. */
export function isEmptyPrompt(prompt: PromptSet): boolean {
  const hasSome = (list: unknown) => (Array.isArray(list) ? list.length > 0 : list !== undefined);
  return !hasSome(prompt.points) && !hasSome(prompt.scribbles) && !prompt.box && !prompt.maskInput;
}

/**
 * Checks one prompt set against an image of `width` × `height` pixels and the model's support.
 * @throws {SamlabError} `prompt-invalid` (empty, outside, zero size, not finite) or `prompt-unsupported`
 */
export function validatePrompt(prompt: PromptSet, width: number, height: number, support: PromptSupport): void {
  if (isEmptyPrompt(prompt)) {
    throw new SamlabError("prompt-invalid", "The prompt is empty.", {
      remedy: "Give points, a box, scribbles or a mask input.",
    });
  }
  if (prompt.points && !Array.isArray(prompt.points)) {
    throw new SamlabError("prompt-invalid", `points ${show(prompt.points)} is not a list of clicks.`, {
      field: "points",
      value: prompt.points,
      remedy: "Give a list, also of a single click: [{ x: 10, y: 20 }].",
    });
  }
  if (prompt.points?.length) {
    if (!support.points) throw unsupported("points", prompt, support);
    prompt.points.forEach((point, index) => {
      validatePoint(point, index, width, height);
    });
  }
  if (prompt.scribbles !== undefined) validateScribbles(prompt.scribbles, width, height, support);
  if (prompt.box) {
    if (!support.box) throw unsupported("box", prompt, support);
    validateBox(prompt.box, width, height);
  }
  if (prompt.maskInput && !support.mask) throw unsupported("maskInput", prompt, support);
}

/** Whether a point lies within the image. The image extends half a pixel beyond the centers of the outermost pixels. */
export function isOnImage(x: number, y: number, width: number, height: number): boolean {
  return x >= -0.5 && x <= width - 0.5 && y >= -0.5 && y <= height - 0.5;
}

/**
 * As {@link isOnImage}; the right and bottom coordinates may also go up to the width and height, since some data sets
 * count from the corner of the first pixel.
 */
export function isBoxOnImage(x0: number, y0: number, x1: number, y1: number, width: number, height: number): boolean {
  return isOnImage(x0, y0, width, height) && x1 <= width && y1 <= height;
}

function validatePoint(point: PointPrompt, index: number, width: number, height: number): void {
  const field = `points[${index}]`;
  if (typeof point !== "object" || point === null) {
    throw new SamlabError("prompt-invalid", `${field} is ${show(point)}, which is not a click.`, {
      field,
      value: point,
      remedy: "Give clicks as { x: 10, y: 20 }.",
    });
  }
  const { x, y, label = 1 } = point;
  if (!isOnImage(x, y, width, height)) {
    throw new SamlabError("prompt-invalid", `${field} at (${x}, ${y}) lies outside the ${width}×${height} image.`, {
      field,
      value: point,
      remedy: `Give x from -0.5 to ${width - 0.5} and y from -0.5 to ${height - 0.5}: pixels of the original image, 0 at the center of the first.`,
    });
  }
  if (label !== 0 && label !== 1) {
    throw new SamlabError("prompt-invalid", `${field} has label ${show(label)}.`, {
      field,
      value: label,
      remedy: "Use 1 for a click inside the object and 0 for one outside.",
    });
  }
}

function validateScribbles(
  scribbles: readonly ScribblePrompt[],
  width: number,
  height: number,
  support: PromptSupport,
): void {
  if (!Array.isArray(scribbles)) {
    throw new SamlabError("prompt-invalid", `scribbles ${show(scribbles)} is not a list of lines.`, {
      field: "scribbles",
      value: scribbles,
      remedy: "Give a list, also of a single line: [{ path: [[10, 20], [30, 25]] }].",
    });
  }
  if (scribbles.length > 0 && !support.scribbles) {
    throw new SamlabError("prompt-unsupported", `This model takes no lines. ${support.note}`.trim(), {
      field: "scribbles",
      remedy: support.points ? "Give points along the line, or load scribble-prompt, which takes lines." : undefined,
    });
  }
  scribbles.forEach((scribble, index) => {
    validateScribble(scribble, `scribbles[${index}]`, width, height);
  });
}

function validateScribble(scribble: ScribblePrompt, field: string, width: number, height: number): void {
  const { path, label = 1 } = scribble ?? {};
  const isPosition = (at: unknown) => Array.isArray(at) && at.length === 2 && at.every(Number.isFinite);
  if (!Array.isArray(path) || path.length === 0 || !path.every(isPosition)) {
    throw new SamlabError("prompt-invalid", `${field} has no path of finite [x, y] positions.`, {
      field,
      value: scribble,
      remedy: "Give a line as { path: [[10, 20], [30, 25]] }, in pixels of the image.",
    });
  }
  if (!path.some(([x, y]) => isOnImage(x, y, width, height))) {
    throw new SamlabError("prompt-invalid", `${field} lies outside the ${width}×${height} image.`, {
      field,
      value: scribble,
      remedy: "Give at least one position inside: pixels of the original image, 0 at the center of the first.",
    });
  }
  if (label !== 0 && label !== 1) {
    throw new SamlabError("prompt-invalid", `${field} has label ${show(label)}.`, {
      field,
      value: label,
      remedy: "Use 1 for a line over the object and 0 for one over what does not belong to it.",
    });
  }
}

function validateBox(box: BoxPrompt, width: number, height: number): void {
  const details = { field: "box", value: box };
  const remedy = "Give left, top, right, bottom: [x0, y0, x1, y1].";
  if (!Array.isArray(box) && !ArrayBuffer.isView(box)) {
    throw new SamlabError("prompt-invalid", `box ${show(box)} is not a list of four numbers.`, { ...details, remedy });
  }
  const [x0, y0, x1, y1] = box;
  if (box.length !== 4 || !box.every(Number.isFinite)) {
    throw new SamlabError("prompt-invalid", `box ${show(box)} is not four finite numbers.`, { ...details, remedy });
  }
  if (x1 <= x0 || y1 <= y0) {
    const isTurned = x1 < x0 || y1 < y0;
    throw new SamlabError("prompt-invalid", `box ${show(box)} has no area.`, {
      ...details,
      remedy: isTurned
        ? "Give the left top corner first: x1 > x0 and y1 > y0."
        : `Around one column or row of pixels, give half a pixel more on both sides: ${show(withArea([x0, y0, x1, y1]))}.`,
    });
  }
  if (!isBoxOnImage(x0, y0, x1, y1, width, height)) {
    throw new SamlabError("prompt-invalid", `box ${show(box)} reaches outside the ${width}×${height} image.`, {
      ...details,
      remedy: "Clip it to the image first.",
    });
  }
}

function unsupported(field: "points" | "box" | "maskInput", prompt: PromptSet, support: PromptSupport): SamlabError {
  const names = { points: "points", box: "a box", scribbles: "scribbles", maskInput: "a mask input" } as const;
  const isTaken = { ...support, maskInput: support.mask };
  const taken = (Object.keys(names) as (keyof typeof names)[]).filter((kind) => isTaken[kind]);
  const isEnough = taken.some((kind) => !isEmptyPrompt({ [kind]: prompt[kind] }));
  const instead = taken.length > 0 ? `Give ${taken.map((kind) => names[kind]).join(" or ")}.` : undefined;
  return new SamlabError("prompt-unsupported", `This model takes no ${field} prompt. ${support.note}`.trim(), {
    field,
    remedy: isEnough ? `Leave ${field} out.` : instead,
  });
}
