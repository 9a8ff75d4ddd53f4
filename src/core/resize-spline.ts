import type { Bytes2d } from "./resize.js";

/**
 * Pole of the cubic B-spline's inverse filter (Unser, Aldroubi and Eden 1991): √3 − 2, rounded once, which subtracting
 * in doubles would not do.
 */
const pole = -0.2679491924311227;
const gain = (1 - pole) * (1 - 1 / pole);

/** Cubic interpolation: four samples contribute to each value. */
const taps = 4;

/**
 * Values this close to an integer are recomputed in SciPy's order of operations, since the last bit decides the
 * resulting byte.
 */
const nearWhole = 1e-6;

/** Zeros on each side of a slice (SciPy's `zoom`, mode `grid-constant`). */
const zeros = 12;

/**
 * Resizes as scikit-image's `transform.resize(…, order=3, preserve_range=True, anti_aliasing=True).astype(uint8)` does
 * for 8-bit pictures of three channels (gray is repeated first): a Gaussian where the picture shrinks, then a cubic
 * B-spline with mirrored edges, clipped to the source's range and truncated to integers. MedSAM resizes images this
 * way. Enlarging is bit-exact. Shrinking is too, except for the last bit of the Gaussian weights, which occasionally
 * changes a byte by one in flat areas. Source: skimage/transform/_warps.py; SciPy's ndimage (gaussian_filter,
 * spline_filter, zoom with grid_mode).
 * @param mode `constant` for a gray slice that is resized before it has three channels, with zeros around it (DeSAM)
 * @returns three channels
 */
export function resizeSkimageCubic(
  image: Bytes2d,
  width: number,
  height: number,
  mode: "reflect" | "constant" = "reflect",
): Bytes2d {
  const { channels } = image;
  // SciPy copies what keeps its size.
  if (image.width === width && image.height === height) return inThreeChannels(image);
  const isSlice = mode === "constant";
  const pad = isSlice ? zeros : 0;
  const smooth = gaussian(image, width, height, mode);
  const planes = Math.min(channels, 3);
  const [padded, paddedHeight] = [image.width + 2 * pad, image.height + 2 * pad];
  const flat = Array.from({ length: planes }, (_, channel) => {
    const plane = new Float64Array(padded * paddedHeight);
    for (let y = 0; y < image.height; y++) {
      const [from, to] = [y * image.width, (y + pad) * padded + pad];
      for (let x = 0; x < image.width; x++) plane[to + x] = smooth[(from + x) * channels + channel];
    }
    filterColumns(plane, padded, paddedHeight);
    filterRows(plane, padded, paddedHeight);
    return plane;
  });
  const columns = axisTaps(image.width, width, "edges", pad);
  const rows = axisTaps(image.height, height, "edges", pad);
  const [low, high] = range(image.data);
  const exact = isSlice ? exactOfSlices(flat, padded, columns, rows) : exactValues(flat, padded, columns, rows);
  const data = new Uint8Array(3 * width * height);
  const line = new Float64Array(width);
  for (let channel = 0; channel < planes; channel++) {
    const across = interpolateRows(flat[channel], padded, paddedHeight, columns);
    for (let y = 0; y < height; y++) {
      interpolateColumns(across, width, rows, y, line);
      for (let x = 0; x < width; x++) {
        const at = 3 * (y * width + x);
        const isNear = Math.abs(line[x] - Math.round(line[x])) < nearWhole && line[x] > low + nearWhole;
        const clip = (value: number) => Math.min(high, Math.max(low, value));
        if (planes === 3) data[at + channel] = clip(isNear ? exact(x, y, channel) : line[x]);
        else for (let c = 0; c < 3; c++) data[at + c] = clip(isNear ? exact(x, y, c) : line[x]);
      }
    }
  }
  return { width, height, channels: 3, data };
}

/**
 * Resizes as SciPy's `ndimage.zoom(…, order=3)` does: a cubic B-spline through the centers of the corner pixels,
 * without clipping, and 0 where {@link zoomPosition} is outside. SAMed resizes slices this way. Equal to SciPy within
 * 1e-12.
 * @param data row-major, `height` × `width`
 */
export function zoomCubic(
  { data, width, height }: { readonly data: Float64Array; readonly width: number; readonly height: number },
  toWidth: number,
  toHeight: number,
): Float64Array {
  const plane = data.slice();
  filterColumns(plane, width, height);
  filterRows(plane, width, height);
  const rows = axisTaps(height, toHeight, "corners");
  const across = interpolateRows(plane, width, height, axisTaps(width, toWidth, "corners"));
  const out = new Float64Array(toWidth * toHeight);
  for (let y = 0; y < toHeight; y++)
    interpolateColumns(across, toWidth, rows, y, out.subarray(y * toWidth, (y + 1) * toWidth));
  return out;
}

/**
 * Resizes as scikit-image's `resize(…, order=1, mode="reflect", anti_aliasing=False)` does: linearly between the
 * centers of pixels, mirrored at the outer ones, without smoothing.
 * @param data row-major, `height` × `width`
 */
export function resizeLinearMirrored(
  { data, width, height }: { readonly data: Float64Array; readonly width: number; readonly height: number },
  toWidth: number,
  toHeight: number,
): Float64Array {
  const taps = (from: number, to: number) =>
    Array.from({ length: to }, (_, n) => {
      const place = ((n + 0.5) * from) / to - 0.5;
      const low = Math.floor(place);
      return { first: mirrored(low, from), second: mirrored(low + 1, from), share: place - low };
    });
  const [columns, rows] = [taps(width, toWidth), taps(height, toHeight)];
  const out = new Float64Array(toWidth * toHeight);
  for (const [y, row] of rows.entries()) {
    for (const [x, { first, second, share }] of columns.entries()) {
      const along = (line: number) => data[line * width + first] * (1 - share) + data[line * width + second] * share;
      out[y * toWidth + x] = along(row.first) * (1 - row.share) + along(row.second) * row.share;
    }
  }
  return out;
}

function inThreeChannels({ width, height, channels, data }: Bytes2d): Bytes2d {
  const out = new Uint8Array(3 * width * height);
  for (let n = 0; n < out.length; n++) out[n] = data[Math.floor(n / 3) * channels + (channels < 3 ? 0 : n % 3)];
  return { width, height, channels: 3, data: out };
}

function range(data: Uint8Array): [low: number, high: number] {
  let [low, high] = [255, 0];
  for (const value of data) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

/** `index` mirrored at the first and last of `length` samples, without repeating them. */
function mirrored(index: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const within = ((index % period) + period) % period;
  return within < length ? within : period - within;
}

/** SciPy's `gaussian_filter` along each axis that shrinks, with the deviation (factor − 1)/2; rows first. */
function gaussian(image: Bytes2d, width: number, height: number, mode: "reflect" | "constant"): Float64Array {
  let data = Float64Array.from(image.data);
  const { channels } = image;
  const stride = image.width * channels;
  data = blur(data, image.height, stride, image.height / height, (n) => n, stride, mode);
  const start = (n: number) => Math.floor(n / channels) * stride + (n % channels);
  return blur(data, image.width, channels, image.width / width, start, image.height * channels, mode);
}

/** @param start offset of the n-th of `lines` lines */
function blur(
  data: Float64Array<ArrayBuffer>,
  length: number,
  step: number,
  factor: number,
  start: (n: number) => number,
  lines: number,
  mode: "reflect" | "constant",
): Float64Array<ArrayBuffer> {
  const sigma = Math.max(0, (factor - 1) / 2);
  if (sigma <= 1e-15) return data;
  const radius = Math.floor(4 * sigma + 0.5);
  const raw = Array.from({ length: 2 * radius + 1 }, (_, n) => Math.exp((-0.5 / (sigma * sigma)) * (n - radius) ** 2));
  const sum = raw.reduce((total, weight) => total + weight, 0);
  const weights = raw.map((weight) => weight / sum);
  const out = new Float64Array(data.length);
  const line = new Float64Array(length + 2 * radius);
  for (let n = 0; n < lines; n++) {
    const from = start(n);
    for (let i = 0; i < line.length; i++) {
      const isInside = i >= radius && i < radius + length;
      line[i] = mode === "reflect" || isInside ? data[from + mirrored(i - radius, length) * step] : 0;
    }
    for (let i = 0; i < length; i++) {
      let value = line[i + radius] * weights[radius];
      for (let r = 0; r < radius; r++) value += (line[i + r] + line[i + 2 * radius - r]) * weights[r];
      out[from + i * step] = value;
    }
  }
  return out;
}

/** Converts samples to B-spline coefficients along one line, in place, with mirrored ends. */
function filterLine(line: Float64Array): void {
  const n = line.length;
  if (n < 2) return;
  for (let i = 0; i < n; i++) line[i] *= gain;
  const last = pole ** (n - 1);
  line[0] += last * line[n - 1];
  let power = pole;
  for (let i = 1; i < n - 1; i++, power *= pole) line[0] += power * (line[i] + last * line[n - 1 - i]);
  line[0] /= 1 - last * last;
  for (let i = 1; i < n; i++) line[i] += pole * line[i - 1];
  line[n - 1] = ((pole * line[n - 2] + line[n - 1]) * pole) / (pole * pole - 1);
  for (let i = n - 2; i >= 0; i--) line[i] = pole * (line[i + 1] - line[i]);
}

function filterRows(plane: Float64Array, width: number, height: number): void {
  for (let y = 0; y < height; y++) filterLine(plane.subarray(y * width, (y + 1) * width));
}

function filterColumns(plane: Float64Array, width: number, height: number): void {
  const line = new Float64Array(height);
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) line[y] = plane[y * width + x];
    filterLine(line);
    for (let y = 0; y < height; y++) plane[y * width + x] = line[y];
  }
}

/**
 * Where SciPy's `ndimage.zoom` takes sample `target` of `to` from; null if that is outside, where it gives 0. At some
 * sizes (512 to 224) rounding puts the last sample there. SAMed's training and test have it so.
 * @param from number of samples
 */
export function zoomPosition(target: number, from: number, to: number): number | null {
  const position = to > 1 ? target * ((from - 1) / (to - 1)) : target;
  return position > from - 1 ? null : position;
}

/** For each target position, the four contributing samples and their weights. */
interface AxisTaps {
  readonly length: number;
  readonly indices: Int32Array;
  readonly weights: Float64Array;
}

/**
 * @param align aligns the outer pixel edges (SciPy's `grid_mode`) or the centers of the corner pixels
 * @param pad samples before the first and after the last of `from`
 */
function axisTaps(from: number, to: number, align: "edges" | "corners" = "edges", pad = 0): AxisTaps {
  const indices = new Int32Array(taps * to);
  const weights = new Float64Array(taps * to);
  for (let target = 0; target < to; target++) {
    const position = align === "corners" ? zoomPosition(target, from, to) : (target + 0.5) * (from / to) - 0.5 + pad;
    if (position === null) continue;
    const place = from + 2 * pad === 1 ? 0 : Math.abs(position);
    const start = Math.floor(place) - 1;
    for (let n = 0; n < taps; n++) indices[taps * target + n] = mirrored(start + n, from + 2 * pad);
    weights.set(cubicWeights(place - Math.floor(place)), taps * target);
  }
  return { length: to, indices, weights };
}

/**
 * Cubic B-spline weights of the samples at −1, 0, 1 and 2 for a position between 0 and 1, in SciPy's order of
 * operations.
 */
function cubicWeights(y: number): [number, number, number, number] {
  const z = 1 - y;
  const second = (y * y * (y - 2) * 3 + 4) / 6;
  const third = (z * z * (z - 2) * 3 + 4) / 6;
  const first = (z * z * z) / 6;
  return [first, second, third, 1 - first - second - third];
}

function interpolateRows(plane: Float64Array, width: number, height: number, columns: AxisTaps): Float64Array {
  const { length, indices, weights } = columns;
  const out = new Float64Array(length * height);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    for (let x = 0, tap = 0; x < length; x++, tap += taps) {
      out[y * length + x] =
        plane[row + indices[tap]] * weights[tap] +
        plane[row + indices[tap + 1]] * weights[tap + 1] +
        plane[row + indices[tap + 2]] * weights[tap + 2] +
        plane[row + indices[tap + 3]] * weights[tap + 3];
    }
  }
  return out;
}

function interpolateColumns(across: Float64Array, width: number, rows: AxisTaps, y: number, line: Float64Array): void {
  const [a, b, c, d] = rows.indices.subarray(taps * y, taps * (y + 1)).map((row) => row * width);
  const [u, v, w, z] = rows.weights.subarray(taps * y, taps * (y + 1));
  for (let x = 0; x < width; x++)
    line[x] = across[a + x] * u + across[b + x] * v + across[c + x] * w + across[d + x] * z;
}

/**
 * Single values in SciPy's order of operations: the third axis, the channels, is filtered and interpolated too, though
 * at integer positions that only affects the rounding.
 * @param planes coefficients of one (gray) or three channels
 */
function exactValues(
  planes: readonly Float64Array[],
  width: number,
  columns: AxisTaps,
  rows: AxisTaps,
): (x: number, y: number, channel: number) => number {
  let filtered: Float64Array | undefined;
  const depth = axisTaps(3, 3);
  return (x, y, channel) => {
    filtered ??= filterChannels(planes);
    let value = 0;
    for (let j = 0; j < taps; j++) {
      const row = rows.indices[taps * y + j] * width;
      for (let i = 0; i < taps; i++) {
        const pixel = 3 * (row + columns.indices[taps * x + i]);
        for (let c = 0; c < taps; c++) {
          const coefficient = filtered[pixel + depth.indices[taps * channel + c]];
          value +=
            coefficient *
            rows.weights[taps * y + j] *
            columns.weights[taps * x + i] *
            depth.weights[taps * channel + c];
        }
      }
    }
    return value;
  };
}

/** As {@link exactValues}, of slices of two axes. */
function exactOfSlices(
  planes: readonly Float64Array[],
  width: number,
  columns: AxisTaps,
  rows: AxisTaps,
): (x: number, y: number, channel: number) => number {
  return (x, y, channel) => {
    const plane = planes[planes.length === 3 ? channel : 0];
    let value = 0;
    for (let j = 0; j < taps; j++) {
      const row = rows.indices[taps * y + j] * width;
      for (let i = 0; i < taps; i++) {
        const coefficient = plane[row + columns.indices[taps * x + i]];
        value += coefficient * rows.weights[taps * y + j] * columns.weights[taps * x + i];
      }
    }
    return value;
  };
}

/** Interleaved coefficients of three channels, filtered along the channels. */
function filterChannels(planes: readonly Float64Array[]): Float64Array {
  const count = planes[0].length;
  const out = new Float64Array(3 * count);
  for (let n = 0; n < count; n++) {
    for (let c = 0; c < 3; c++) out[3 * n + c] = planes[planes.length === 3 ? c : 0][n];
    filterLine(out.subarray(3 * n, 3 * n + 3));
  }
  return out;
}
