/** A picture with interleaved channels, row-major, 8 bits a value. */
export interface Bytes2d {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Uint8Array;
}

/**
 * Resizes as OpenCV's `cv2.resize(…, interpolation=cv2.INTER_AREA)` does for 8-bit pictures: the mean over the covered
 * area when shrinking, OpenCV's variant of linear interpolation when enlarging. Bit-exact with OpenCV. Source: OpenCV
 * modules/imgproc/src/resize.cpp.
 */
export function resizeArea(image: Bytes2d, width: number, height: number): Bytes2d {
  if (width === image.width && height === image.height) return { ...image, data: image.data.slice() };
  const scaleX = image.width / width;
  const scaleY = image.height / height;
  const data = scaleX >= 1 && scaleY >= 1 ? shrink(image, width, height) : enlarge(image, width, height);
  return { width, height, channels: image.channels, data };
}

/** Weights of the source pixels that one target pixel covers along an axis. */
interface Span {
  readonly start: number;
  readonly weights: Float32Array;
}

function areaSpans(from: number, to: number): Span[] {
  const scale = from / to;
  return Array.from({ length: to }, (_, target) => {
    const low = target * scale;
    const high = low + scale;
    const cell = Math.min(scale, from - low);
    let first = Math.ceil(low);
    let last = Math.min(Math.floor(high), from - 1);
    first = Math.min(first, last);
    const weights: number[] = [];
    let start = first;
    // OpenCV ignores overlaps below 1e-3 of a pixel.
    if (first - low > 1e-3) {
      start = first - 1;
      weights.push((first - low) / cell);
    }
    for (let source = first; source < last; source++) weights.push(1 / cell);
    if (high - last > 1e-3) weights.push(Math.min(Math.min(high - last, 1), cell) / cell);
    last = start + weights.length;
    return { start, weights: Float32Array.from(weights) };
  });
}

function shrink(image: Bytes2d, width: number, height: number): Uint8Array {
  const { channels, data } = image;
  const out = new Uint8Array(width * height * channels);
  // OpenCV has a separate code path for exact halving, which rounds halves up.
  const isHalf = image.width === 2 * width && image.height === 2 * height;
  const round = isHalf ? (value: number) => Math.floor(value + 0.5) : roundHalfEven;
  const columns = areaSpans(image.width, width);
  const rows = areaSpans(image.height, height);
  const stride = image.width * channels;
  // Single precision throughout, as in OpenCV, to match its rounding.
  const sums = new Float32Array(width * channels);
  for (let y = 0; y < height; y++) {
    sums.fill(0);
    rows[y].weights.forEach((rowWeight, r) => {
      const line = (rows[y].start + r) * stride;
      for (let x = 0; x < width; x++) {
        const { start, weights } = columns[x];
        for (let c = 0; c < channels; c++) {
          let sum = 0;
          for (let n = 0, at = line + start * channels + c; n < weights.length; n++, at += channels)
            sum = Math.fround(sum + Math.fround(data[at] * weights[n]));
          sums[x * channels + c] += Math.fround(sum * rowWeight);
        }
      }
    });
    for (let i = 0; i < sums.length; i++) out[y * sums.length + i] = round(sums[i]);
  }
  return out;
}

/** Positions and weights (in 1/2048) of OpenCV's area-mode enlargement along an axis. */
function linearTaps(from: number, to: number) {
  const scale = from / to;
  const inverse = to / from;
  const index = new Int32Array(to);
  const weight = new Int32Array(to);
  for (let target = 0; target < to; target++) {
    let source = Math.floor(target * scale);
    let fraction = Math.fround(target + 1 - (source + 1) * inverse);
    fraction = fraction <= 0 ? 0 : fraction - Math.floor(fraction);
    if (source >= from - 1) {
      source = from - 1;
      fraction = 0;
    }
    index[target] = source;
    weight[target] = roundHalfEven(fraction * 2048);
  }
  return { index, weight };
}

function enlarge(image: Bytes2d, width: number, height: number): Uint8Array {
  const { channels, data } = image;
  const out = new Uint8Array(width * height * channels);
  const columns = linearTaps(image.width, width);
  const rows = linearTaps(image.height, height);
  const line = (y: number) => {
    const values = new Int32Array(width * channels);
    for (let x = 0; x < width; x++) {
      const left = (y * image.width + columns.index[x]) * channels;
      const right = columns.index[x] + 1 < image.width ? left + channels : left;
      const w = columns.weight[x];
      for (let c = 0; c < channels; c++) values[x * channels + c] = data[left + c] * (2048 - w) + data[right + c] * w;
    }
    return values;
  };
  const cache = new Map<number, Int32Array>();
  const cached = (y: number) => {
    let values = cache.get(y);
    if (!values) {
      cache.delete(y - 2);
      values = line(y);
      cache.set(y, values);
    }
    return values;
  };
  for (let y = 0, at = 0; y < height; y++) {
    const top = cached(rows.index[y]);
    const bottom = cached(Math.min(rows.index[y] + 1, image.height - 1));
    const w = rows.weight[y];
    // OpenCV's fixed-point arithmetic, rounding included.
    for (let i = 0; i < top.length; i++, at++) {
      out[at] = ((((2048 - w) * (top[i] >> 4)) >> 16) + ((w * (bottom[i] >> 4)) >> 16) + 2) >> 2;
    }
  }
  return out;
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

/** The used part of a row-major float image: the top left `width` × `height`, in rows of `stride` values. */
export interface FloatWindow {
  readonly data: Float32Array;
  readonly stride: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Bilinear interpolation as PyTorch's `F.interpolate(mode="bilinear", align_corners=False)`, without antialiasing.
 * @returns row-major, `height` × `width`
 */
export function resizeBilinear(source: FloatWindow, width: number, height: number): Float32Array {
  const out = new Float32Array(width * height);
  forEachBilinearRow(source, width, height, (row, start) => out.set(row, start));
  return out;
}

/** A mask of the pixels whose bilinearly interpolated value is above `threshold`; one byte per pixel, 0 or 1. */
export function resizeBilinearAbove(source: FloatWindow, width: number, height: number, threshold: number): Uint8Array {
  const out = new Uint8Array(width * height);
  forEachBilinearRow(source, width, height, (row, start) => {
    for (let x = 0; x < width; x++) out[start + x] = row[x]! > threshold ? 1 : 0;
  });
  return out;
}

/** How many bilinearly interpolated values, in single precision, are above each of two thresholds. */
export function countBilinearAbove(
  source: FloatWindow,
  width: number,
  height: number,
  [first, second]: readonly [number, number],
): [number, number] {
  const single = new Float32Array(width);
  let [firsts, seconds] = [0, 0];
  forEachBilinearRow(source, width, height, (row) => {
    single.set(row);
    for (let x = 0; x < width; x++) {
      if (single[x]! > first) firsts++;
      if (single[x]! > second) seconds++;
    }
  });
  return [firsts, seconds];
}

/** @param put called with each row, which is only valid until it returns, and the index of its first pixel */
function forEachBilinearRow(
  source: FloatWindow,
  width: number,
  height: number,
  put: (row: Float64Array, start: number) => void,
): void {
  const { data, stride } = source;
  const columns = bilinearTaps(source.width, width);
  const rows = bilinearTaps(source.height, height);
  const isSameWidth = source.width === width;
  const row = new Float64Array(width);
  // Rows of the source at the target's columns. Each is needed for several rows of an enlarged picture.
  let [upper, lower] = [new Float64Array(width), new Float64Array(width)];
  let [upperAt, lowerAt] = [-1, -1];
  const stretch = (y: number, into: Float64Array) => {
    const line = y * stride;
    if (isSameWidth) into.set(data.subarray(line, line + width));
    else {
      for (let x = 0; x < width; x++) {
        const u = columns.weight[x]!;
        into[x] = data[line + columns.low[x]!]! * (1 - u) + data[line + columns.high[x]!]! * u;
      }
    }
  };
  for (let y = 0; y < height; y++) {
    const [top, bottom, v] = [rows.low[y]!, rows.high[y]!, rows.weight[y]!];
    if (top === lowerAt) {
      [upper, lower] = [lower, upper];
      [upperAt, lowerAt] = [lowerAt, upperAt];
    }
    if (top !== upperAt) {
      stretch(top, upper);
      upperAt = top;
    }
    if (v > 0 && bottom !== lowerAt) {
      stretch(bottom, lower);
      lowerAt = bottom;
    }
    if (v > 0) for (let x = 0; x < width; x++) row[x] = upper[x]! * (1 - v) + lower[x]! * v;
    put(v > 0 ? row : upper, y * width);
  }
}

function bilinearTaps(from: number, to: number) {
  // In single precision, as PyTorch computes its source index.
  const scale = Math.fround(from / to);
  const low = new Int32Array(to);
  const high = new Int32Array(to);
  const weight = new Float32Array(to);
  for (let target = 0; target < to; target++) {
    const position = Math.max(0, Math.fround(Math.fround(scale * (target + 0.5)) - 0.5));
    low[target] = Math.min(Math.floor(position), from - 1);
    high[target] = Math.min(low[target] + 1, from - 1);
    weight[target] = position - low[target];
  }
  return { low, high, weight };
}
