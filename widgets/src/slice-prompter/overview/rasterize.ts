import type { Mesh } from "./surface-nets.js";

/** From where a scene is seen: angles in radians. */
export interface Viewpoint {
  /** Turn around the axis from feet to head. */
  readonly yaw: number;
  /** Seen from above if positive. */
  readonly pitch: number;
  /** Pixels per mm. */
  readonly scale: number;
  /** The point in the middle of the picture, mm. */
  readonly center: readonly [number, number, number];
}

/**
 * Turns a point in mm (towards the patient's left, back, and head) to pixels right of and below the middle, and mm away
 * from the eye.
 */
export function projector({
  yaw,
  pitch,
  scale,
  center,
}: Viewpoint): (x: number, y: number, z: number) => [number, number, number] {
  const [cy, sy, cp, sp] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
  const [x0, y0, z0] = center;
  return (px, py, pz) => {
    const [x, y, z] = [px - x0, py - y0, pz - z0];
    const [across, away] = [x * cy - y * sy, x * sy + y * cy];
    return [across * scale, -(z * cp + away * sp) * scale, away * cp - z * sp];
  };
}

export interface Solid {
  readonly mesh: Mesh;
  readonly color: readonly [red: number, green: number, blue: number];
}

/** Where the light is, as seen: from the upper left, behind the eye. */
const light = [-0.4, -0.55, -0.73] as const;

/** The part of `ImageData` that is used here. */
interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

/** Paints solids into an image, the nearest on top; pixels without one stay as they are. */
export function rasterize(image: Picture, solids: readonly Solid[], viewpoint: Viewpoint): void {
  const { width, height } = image;
  const pixels = new Uint32Array(image.data.buffer, image.data.byteOffset, width * height);
  const depth = new Float32Array(width * height).fill(Number.POSITIVE_INFINITY);
  const turned = projector({ ...viewpoint, scale: 1, center: [0, 0, 0] });
  const project = projector(viewpoint);
  for (const { mesh, color } of solids) {
    const { positions, normals, triangles } = mesh;
    const count = positions.length / 3;
    const [xs, ys, zs, shades] = [0, 1, 2, 3].map(() => new Float32Array(count)) as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    for (let n = 0; n < count; n++) {
      const at = 3 * n;
      const [x, y, z] = project(positions[at]!, positions[at + 1]!, positions[at + 2]!);
      [xs[n], ys[n], zs[n]] = [x + width / 2, y + height / 2, z];
      const [nx, ny, nz] = turned(normals[at]!, normals[at + 1]!, normals[at + 2]!);
      const facing = Math.max(0, nx * light[0] + ny * light[1] + nz * light[2]);
      shades[n] = 0.3 + 0.65 * facing + 0.3 * facing ** 24;
    }
    for (let n = 0; n < triangles.length; n += 3) {
      const [a, b, c] = [triangles[n]!, triangles[n + 1]!, triangles[n + 2]!];
      const [ax, ay, bx, by, cx, cy] = [xs[a]!, ys[a]!, xs[b]!, ys[b]!, xs[c]!, ys[c]!];
      const area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
      // Seen from behind; the surface is closed.
      if (area >= 0) continue;
      const [left, right] = [
        Math.max(0, Math.ceil(Math.min(ax, bx, cx) - 0.5)),
        Math.min(width - 1, Math.max(ax, bx, cx)),
      ];
      const [top, bottom] = [
        Math.max(0, Math.ceil(Math.min(ay, by, cy) - 0.5)),
        Math.min(height - 1, Math.max(ay, by, cy)),
      ];
      for (let y = top; y <= bottom; y++) {
        for (let x = left; x <= right; x++) {
          const [px, py] = [x + 0.5, y + 0.5];
          const u = ((bx - px) * (cy - py) - (by - py) * (cx - px)) / area;
          const v = ((cx - px) * (ay - py) - (cy - py) * (ax - px)) / area;
          const w = 1 - u - v;
          if (u < 0 || v < 0 || w < 0) continue;
          const z = u * zs[a]! + v * zs[b]! + w * zs[c]!;
          const at = y * width + x;
          if (z >= depth[at]!) continue;
          depth[at] = z;
          const shade = u * shades[a]! + v * shades[b]! + w * shades[c]!;
          const [red, green, blue] = color;
          pixels[at] = 0xff000000 | (lit(blue, shade) << 16) | (lit(green, shade) << 8) | lit(red, shade);
        }
      }
    }
  }
}

/** A channel at a brightness; above 1 it goes towards white. */
function lit(channel: number, shade: number): number {
  return shade <= 1
    ? Math.round(channel * shade)
    : Math.round(Math.min(255, channel + (255 - channel) * (shade - 1) * 2));
}
