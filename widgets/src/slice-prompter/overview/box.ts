import type { SurfaceState } from "../../../../src/protocol/overview.js";
import type { Size } from "../../shared/slice-view/camera.js";
import { projector, type Solid, type Viewpoint } from "./rasterize.js";

type Triple = readonly [number, number, number];

/** A box along the axes of the grid, mm. */
export interface Box {
  readonly center: Triple;
  /** Half of its edges. */
  readonly half: Triple;
}

/** Free space around the surfaces, as a share of the longest edge. */
const margin = 0.06;

/** The box around all surfaces; around the volume if there are none. */
export function boxAround(solids: readonly Solid[], { size, spacing }: SurfaceState): Box {
  const [low, high] = [
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
    [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ];
  for (const { mesh } of solids) {
    for (let n = 0; n < mesh.positions.length; n++) {
      const value = mesh.positions[n]!;
      if (value < low[n % 3]!) low[n % 3] = value;
      if (value > high[n % 3]!) high[n % 3] = value;
    }
  }
  if (high[0] === Number.NEGATIVE_INFINITY) {
    return { center: [0, 0, 0], half: size.map((count, n) => (count * spacing[n]!) / 2) as unknown as Triple };
  }
  const edges = high.map((value, n) => value - low[n]!);
  const free = margin * Math.max(...edges);
  return {
    center: low.map((value, n) => value + edges[n]! / 2) as unknown as Triple,
    half: edges.map((edge) => edge / 2 + free) as unknown as Triple,
  };
}

export interface Scene {
  readonly size: Size;
  readonly viewpoint: Viewpoint;
  readonly box: Box;
  /** The slice that the main picture shows: an axis of the grid, and −1 to 1 along it. */
  readonly shown: { readonly axis: number; readonly share: number } | null;
  /** Letters at the two ends of each axis; null without an orientation. */
  readonly names: readonly string[] | null;
}

/**
 * The box, the displayed slice, and the letters. Parts behind the surfaces are drawn before them, the rest after them.
 */
export function paintBox(context: CanvasRenderingContext2D, scene: Scene, isBack: boolean): void {
  const { size, viewpoint, box, shown, names } = scene;
  const project = projector(viewpoint);
  const at = (corner: readonly number[]) => {
    const place = corner.map((side, n) => box.center[n]! + side * box.half[n]!) as unknown as Triple;
    const [x, y, depth] = project(...place);
    return { x: size.width / 2 + x, y: size.height / 2 + y, isAway: depth > 0 };
  };
  const line = (a: readonly number[], b: readonly number[]) => {
    const [from, to] = [at(a), at(b)];
    context.moveTo(from.x, from.y);
    context.lineTo(to.x, to.y);
  };
  context.lineWidth = 1;
  context.strokeStyle = `rgba(255, 255, 255, ${isBack ? 0.35 : 0.2})`;
  context.beginPath();
  for (const axis of [0, 1, 2]) {
    for (const ends of [
      [-1, -1],
      [-1, 1],
      [1, -1],
      [1, 1],
    ]) {
      if (at(ends.toSpliced(axis, 0, 0)).isAway === isBack)
        line(ends.toSpliced(axis, 0, -1), ends.toSpliced(axis, 0, 1));
    }
  }
  context.stroke();
  if (shown) {
    context.strokeStyle = `rgba(143, 208, 255, ${isBack ? 0.8 : 0.4})`;
    context.beginPath();
    const corners = [-1, 1, 1, -1].map((u, n) => [u, n < 2 ? -1 : 1].toSpliced(shown.axis, 0, shown.share));
    for (const [n, corner] of corners.entries()) line(corner, corners[(n + 1) % 4]!);
    context.stroke();
  }
  context.font = "600 11px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const [n, name] of (names ?? []).entries()) {
    const { x, y, isAway } = at([0, 0].toSpliced(n >> 1, 0, n % 2 === 0 ? -1.16 : 1.16));
    if (isAway !== isBack) continue;
    context.fillStyle = `rgba(255, 255, 255, ${isAway ? 0.45 : 0.95})`;
    context.fillText(name, x, y);
  }
}
