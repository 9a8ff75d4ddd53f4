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
  forEachBilinear(source, width, height, (index, value) => {
    out[index] = value;
  });
  return out;
}

/** A mask of the pixels whose bilinearly interpolated value is above `threshold`; one byte per pixel, 0 or 1. */
export function resizeBilinearAbove(source: FloatWindow, width: number, height: number, threshold: number): Uint8Array {
  const out = new Uint8Array(width * height);
  forEachBilinear(source, width, height, (index, value) => {
    out[index] = value > threshold ? 1 : 0;
  });
  return out;
}

function forEachBilinear(
  source: FloatWindow,
  width: number,
  height: number,
  put: (index: number, value: number) => void,
): void {
  const { data, stride } = source;
  const columns = bilinearTaps(source.width, width);
  const rows = bilinearTaps(source.height, height);
  for (let y = 0, at = 0; y < height; y++) {
    const top = rows.low[y] * stride;
    const bottom = rows.high[y] * stride;
    const v = rows.weight[y];
    for (let x = 0; x < width; x++, at++) {
      const left = columns.low[x];
      const right = columns.high[x];
      const u = columns.weight[x];
      const upper = data[top + left] * (1 - u) + data[top + right] * u;
      const lower = data[bottom + left] * (1 - u) + data[bottom + right] * u;
      put(at, upper * (1 - v) + lower * v);
    }
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
