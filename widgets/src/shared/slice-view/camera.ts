/** A slice as a rectangle: its size in pixels, and the size of a pixel in mm. */
export interface Sheet {
  readonly width: number;
  readonly height: number;
  readonly spacing: readonly [x: number, y: number, ...rest: number[]];
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Viewport on the slice, independent of the stage's size, so that resizing keeps it. `zoom` 1 shows the whole slice.
 */
export interface Camera {
  readonly zoom: number;
  /** Slice point at the center of the stage, in pixel edges: 0 to width, 0 to height. */
  readonly x: number;
  readonly y: number;
}

/** Maps pixel edges on the slice to CSS pixels on the stage: `left + x·scaleX`. */
export interface Projection {
  readonly left: number;
  readonly top: number;
  /** CSS pixels per slice pixel; x and y differ if the spacing does. */
  readonly scaleX: number;
  readonly scaleY: number;
}

export const zoomLimits = { least: 0.5, most: 40 };

/** Fraction of the stage left free at zoom 1. */
const margin = 0.04;

export function wholeSheet(sheet: Sheet): Camera {
  return { zoom: 1, x: sheet.width / 2, y: sheet.height / 2 };
}

/** CSS pixels per mm at which the slice fits the stage. */
function fitScale(sheet: Sheet, stage: Size): number {
  const [x, y] = sheet.spacing;
  return (1 - margin) * Math.min(stage.width / (sheet.width * x), stage.height / (sheet.height * y));
}

export function project(sheet: Sheet, stage: Size, camera: Camera): Projection {
  const scale = fitScale(sheet, stage) * camera.zoom;
  const scaleX = scale * sheet.spacing[0];
  const scaleY = scale * sheet.spacing[1];
  return { scaleX, scaleY, left: stage.width / 2 - camera.x * scaleX, top: stage.height / 2 - camera.y * scaleY };
}

/**
 * Converts a stage position to a fractional pixel coordinate (0 at the center of the first pixel), possibly outside the
 * slice.
 */
export function toPixel(projection: Projection, stageX: number, stageY: number): [x: number, y: number] {
  return [(stageX - projection.left) / projection.scaleX - 0.5, (stageY - projection.top) / projection.scaleY - 0.5];
}

/** Converts a pixel coordinate (0 at the center of the first pixel) to a stage position. */
export function toStage(projection: Projection, x: number, y: number): [stageX: number, stageY: number] {
  return [projection.left + (x + 0.5) * projection.scaleX, projection.top + (y + 0.5) * projection.scaleY];
}

/** The pixel at a stage position, or null outside the slice. */
export function pixelAt(sheet: Sheet, projection: Projection, stageX: number, stageY: number): [number, number] | null {
  const [x, y] = toPixel(projection, stageX, stageY).map(Math.round);
  return x >= 0 && y >= 0 && x < sheet.width && y < sheet.height ? [x, y] : null;
}

/** The pixel nearest to a stage position. */
export function nearestPixel(sheet: Sheet, projection: Projection, stageX: number, stageY: number): [number, number] {
  const [x, y] = toPixel(projection, stageX, stageY);
  return [clamp(Math.round(x), 0, sheet.width - 1), clamp(Math.round(y), 0, sheet.height - 1)];
}

/** Zooms by a factor, keeping the point at the stage position fixed. */
export function zoomAt(
  sheet: Sheet,
  stage: Size,
  camera: Camera,
  factor: number,
  stageX: number,
  stageY: number,
): Camera {
  const zoom = clamp(camera.zoom * factor, zoomLimits.least, zoomLimits.most);
  const [x, y] = toPixel(project(sheet, stage, camera), stageX, stageY);
  const after = project(sheet, stage, { ...camera, zoom });
  const [shiftedX, shiftedY] = toPixel(after, stageX, stageY);
  return inside(sheet, { zoom, x: camera.x + x - shiftedX, y: camera.y + y - shiftedY });
}

/** Moves the slice by CSS pixels. */
export function panBy(sheet: Sheet, stage: Size, camera: Camera, dx: number, dy: number): Camera {
  const { scaleX, scaleY } = project(sheet, stage, camera);
  return inside(sheet, { zoom: camera.zoom, x: camera.x - dx / scaleX, y: camera.y - dy / scaleY });
}

/** Keeps the center of the stage on the slice, so it cannot be moved out of view. */
function inside(sheet: Sheet, camera: Camera): Camera {
  return { zoom: camera.zoom, x: clamp(camera.x, 0, sheet.width), y: clamp(camera.y, 0, sheet.height) };
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
