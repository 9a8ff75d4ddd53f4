import type { Bytes2d } from "./resize.js";

/** Pillow keeps filter weights as integers with this many fractional bits (Resize.c, PRECISION_BITS). */
const precisionBits = 22;

/** A filter of Pillow, over distances in pixels of the larger of the two grids. */
interface Filter {
  /** Beyond this distance its weight is 0. */
  readonly support: number;
  weight(distance: number): number;
}

const bilinear: Filter = { support: 1, weight: (distance) => Math.max(0, 1 - Math.abs(distance)) };

/** Keys' cubic convolution with the coefficient −0.5 (Resize.c, `bicubic_filter`). */
const bicubic: Filter = {
  support: 2,
  weight(distance) {
    const [a, x] = [-0.5, Math.abs(distance)];
    if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
  },
};

/**
 * Resizes as Pillow's `Image.resize(…, BILINEAR)` does for 8-bit pictures: a triangle filter, widened when shrinking
 * (antialiasing), along rows and along columns, rounded to 8 bits in between. This is what SAM's `ResizeLongestSide`
 * uses. Source: Pillow src/libImaging/Resize.c; like Pillow 13 it resizes columns first where they shrink more than
 * twice as much as the rows (found by testing 600 sizes); earlier versions always resize rows first.
 */
export function resizePillowBilinear(image: Bytes2d, width: number, height: number): Bytes2d {
  return resizePillow(image, width, height, bilinear);
}

/** As {@link resizePillowBilinear}, with `BICUBIC`, Pillow's default filter. */
export function resizePillowBicubic(image: Bytes2d, width: number, height: number): Bytes2d {
  return resizePillow(image, width, height, bicubic);
}

function resizePillow(image: Bytes2d, width: number, height: number, filter: Filter): Bytes2d {
  const rows = (picture: Bytes2d) => (picture.width === width ? picture : resizeRows(picture, width, filter));
  const columns = (picture: Bytes2d) => (picture.height === height ? picture : resizeColumns(picture, height, filter));
  const columnsFirst = height < image.height && image.height - height > 2 * (image.width - width);
  const resized = columnsFirst ? rows(columns(image)) : columns(rows(image));
  return resized === image ? { ...image, data: image.data.slice() } : resized;
}

/**
 * Resizes one channel as PyTorch's `F.interpolate(mode="bilinear", antialias=True)` does, and with it torchvision's
 * `Resize` of tensors: Pillow's triangle filter in single precision, rows first.
 * @param data row-major, `width` × `height`
 */
export function resizeAntialiased(
  { width, height, data }: { readonly width: number; readonly height: number; readonly data: Float32Array },
  toWidth: number,
  toHeight: number,
): Float32Array {
  const across = new Float32Array(toWidth * height);
  const columns = filterTaps(width, toWidth, bilinear);
  for (let y = 0, at = 0; y < height; y++) {
    for (const { start, weights } of columns) {
      let sum = 0;
      for (let n = 0, i = y * width + start; n < weights.length; n++, i++) sum += data[i] * weights[n];
      across[at++] = sum;
    }
  }
  const out = new Float32Array(toWidth * toHeight);
  filterTaps(height, toHeight, bilinear).forEach(({ start, weights }, y) => {
    for (let x = 0; x < toWidth; x++) {
      let sum = 0;
      for (let n = 0, i = start * toWidth + x; n < weights.length; n++, i += toWidth) sum += across[i] * weights[n];
      out[y * toWidth + x] = sum;
    }
  });
  return out;
}

interface Taps<T> {
  readonly start: number;
  readonly weights: T;
}

/** The pixels that each of `to` is made of, and their shares. */
function filterTaps(from: number, to: number, filter: Filter): Taps<number[]>[] {
  const scale = from / to;
  const widened = Math.max(scale, 1);
  const support = filter.support * widened;
  const inverse = 1 / widened;
  return Array.from({ length: to }, (_, target) => {
    const center = (target + 0.5) * scale;
    const start = Math.max(0, Math.trunc(center - support + 0.5));
    const end = Math.min(from, Math.trunc(center + support + 0.5));
    const raw = Array.from({ length: end - start }, (_, n) => filter.weight((n + start - center + 0.5) * inverse));
    const sum = raw.reduce((total, weight) => total + weight, 0);
    return { start, weights: raw.map((weight) => weight * (1 / sum)) };
  });
}

function integerTaps(from: number, to: number, filter: Filter): Taps<Int32Array>[] {
  return filterTaps(from, to, filter).map(({ start, weights }) => ({
    start,
    weights: Int32Array.from(weights, (weight) => Math.trunc((weight < 0 ? -0.5 : 0.5) + weight * 2 ** precisionBits)),
  }));
}

function clip8(sum: number): number {
  return Math.min(255, Math.max(0, sum >> precisionBits));
}

function resizeRows({ width: from, height, channels, data }: Bytes2d, width: number, filter: Filter): Bytes2d {
  const taps = integerTaps(from, width, filter);
  const out = new Uint8Array(width * height * channels);
  for (let y = 0, at = 0; y < height; y++) {
    for (const { start, weights } of taps) {
      for (let c = 0; c < channels; c++, at++) {
        let sum = 1 << (precisionBits - 1);
        for (let n = 0, i = (y * from + start) * channels + c; n < weights.length; n++, i += channels)
          sum += data[i] * weights[n];
        out[at] = clip8(sum);
      }
    }
  }
  return { width, height, channels, data: out };
}

function resizeColumns({ width, height: from, channels, data }: Bytes2d, height: number, filter: Filter): Bytes2d {
  const stride = width * channels;
  const out = new Uint8Array(stride * height);
  integerTaps(from, height, filter).forEach(({ start, weights }, y) => {
    for (let x = 0; x < stride; x++) {
      let sum = 1 << (precisionBits - 1);
      for (let n = 0, i = start * stride + x; n < weights.length; n++, i += stride) sum += data[i] * weights[n];
      out[y * stride + x] = clip8(sum);
    }
  });
  return { width, height, channels, data: out };
}
