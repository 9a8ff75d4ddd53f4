import { channelsOf, colorOf } from "../mask/label-color.js";

type Triple = readonly [number, number, number];

/** sRGB to XYZ and back, both with the white D65: IEC 61966-2-1. */
const toXyz: readonly Triple[] = [
  [0.4124564, 0.3575761, 0.1804375],
  [0.2126729, 0.7151522, 0.072175],
  [0.0193339, 0.119192, 0.9503041],
];
const fromXyz: readonly Triple[] = [
  [3.2404542, -1.5371385, -0.4985314],
  [-0.969266, 1.8760108, 0.041556],
  [0.0556434, -0.2040259, 1.0572252],
];
const white: Triple = [0.95047, 1, 1.08883];
const delta = 6 / 29;

const times = (rows: readonly Triple[], [x, y, z]: Triple): Triple =>
  rows.map(([a, b, c]) => a * x + b * y + c * z) as unknown as Triple;

/**
 * A color as DICOM's CIELab value (PS3.3 C.10.7.1.1): 16 bits for L (0 to 100), a and b (−128 to 127). The white point
 * is D65, as in dcmqi (3D Slicer), dcmjs (OHIF), and highdicom.
 */
export function cielabOf(color: string): [number, number, number] {
  const linear = channelsOf(color).map((value) =>
    value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4,
  );
  const [x, y, z] = times(toXyz, linear as unknown as Triple).map((value, n) => {
    const ratio = value / white[n]!;
    return ratio > delta ** 3 ? Math.cbrt(ratio) : ratio / (3 * delta ** 2) + 4 / 29;
  }) as [number, number, number];
  const stored = (value: number) => Math.min(65535, Math.max(0, Math.round(value)));
  const [l, a, b] = [116 * y - 16, 500 * (x - y), 200 * (y - z)];
  return [stored((l / 100) * 65535), stored(((a + 128) / 255) * 65535), stored(((b + 128) / 255) * 65535)];
}

/** The inverse of {@link cielabOf}; null unless there are three numbers. */
export function colorOfCielab(values: readonly number[] | null): string | null {
  if (values?.length !== 3 || !values.every(Number.isFinite)) return null;
  const [l, a, b] = [(values[0]! / 65535) * 100, (values[1]! / 65535) * 255 - 128, (values[2]! / 65535) * 255 - 128];
  const y = (l + 16) / 116;
  const xyz = [y + a / 500, y, y - b / 200].map((value, n) => {
    return white[n]! * (value > delta ? value ** 3 : 3 * delta ** 2 * (value - 4 / 29));
  });
  const channels = times(fromXyz, xyz as unknown as Triple).map((value) => {
    return value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055;
  });
  return colorOf(channels as unknown as Triple);
}
