import { describe, expect, it } from "vitest";
import { rasterize } from "../../../../widgets/src/slice-prompter/overview/rasterize.js";
import { type Mesh, surfaceOf } from "../../../../widgets/src/slice-prompter/overview/surface-nets.js";

const size = [24, 20, 16] as const;
const spacing = [1, 1, 2] as const;

function cells(isInside: (x: number, y: number, z: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: size[0] * size[1] * size[2] }, (_, n) => {
    return Number(isInside(n % size[0], Math.floor(n / size[0]) % size[1], Math.floor(n / size[0] / size[1])));
  });
}

const ball = (radius: number, [cx, cy, cz] = [11.5, 9.5, 7.5]) =>
  cells((x, y, z) => Math.hypot(x - cx, y - cy, 2 * (z - cz)) <= radius);

function corners({ positions, triangles }: Mesh, n: number) {
  return [0, 1, 2].map((k) => [...positions.subarray(3 * triangles[n + k]!, 3 * triangles[n + k]! + 3)]);
}

/** Volume inside a closed surface: positive if its triangles face outwards. */
function enclosed(mesh: Mesh): number {
  let sum = 0;
  for (let n = 0; n < mesh.triangles.length; n += 3) {
    const [[ax, ay, az], [bx, by, bz], [cx, cy, cz]] = corners(mesh, n) as [number[], number[], number[]] as number[][];
    sum += ax! * (by! * cz! - bz! * cy!) + ay! * (bz! * cx! - bx! * cz!) + az! * (bx! * cy! - by! * cx!);
  }
  return sum / 6;
}

describe("the surface of a mask", () => {
  it("is closed, faces outwards, and holds the mask's volume", () => {
    const inside = ball(7);
    const mesh = surfaceOf(inside, size, spacing);
    const edges = new Map<string, number>();
    for (let n = 0; n < mesh.triangles.length; n += 3) {
      for (let k = 0; k < 3; k++) {
        const [a, b] = [mesh.triangles[n + k]!, mesh.triangles[n + ((k + 1) % 3)]!];
        edges.set(`${a} ${b}`, (edges.get(`${a} ${b}`) ?? 0) + 1);
      }
    }
    for (const [edge, count] of edges) {
      expect([count, edges.get(edge.split(" ").reverse().join(" "))]).toEqual([1, 1]);
    }
    const volume = inside.reduce((sum, value) => sum + value, 0) * 2;
    expect(enclosed(mesh) / volume).toBeGreaterThan(0.95);
    expect(enclosed(mesh) / volume).toBeLessThan(1.25);
    for (let n = 0; n < mesh.positions.length; n += 3) {
      const [x, y, z] = mesh.positions.subarray(n, n + 3);
      const [nx, ny, nz] = mesh.normals.subarray(n, n + 3);
      expect(x! * nx! + y! * ny! + z! * nz!).toBeGreaterThan(0);
    }
  });

  it("is there for a mask of one slice, for one at the edge of the grid, and for none", () => {
    expect(
      enclosed(
        surfaceOf(
          cells((x, y, z) => z === 7 && x > 5 && x < 15 && y > 5 && y < 15),
          size,
          spacing,
        ),
      ),
    ).toBeGreaterThan(80);
    expect(
      enclosed(
        surfaceOf(
          cells(() => true),
          size,
          spacing,
        ),
      ) /
        (24 * 20 * 32),
    ).toBeCloseTo(1, 1);
    expect(
      surfaceOf(
        cells(() => false),
        size,
        spacing,
      ).triangles,
    ).toHaveLength(0);
  });
});

describe("its picture", () => {
  const [width, height] = [80, 60];
  const seen = (yaw: number, pitch: number, ...solids: { inside: Uint8Array; color: [number, number, number] }[]) => {
    const image = { width, height, data: new Uint8ClampedArray(4 * width * height) };
    const meshes = solids.map(({ inside, color }) => ({ mesh: surfaceOf(inside, size, spacing), color }));
    rasterize(image, meshes, { yaw, pitch, scale: 2, center: [0, 0, 0] });
    return (x: number, y: number) => [...image.data.subarray(4 * (y * width + x), 4 * (y * width + x) + 4)];
  };

  it("shows the near one of two, from the front and from behind", () => {
    const front = { inside: ball(4, [11.5, 4, 7.5]), color: [200, 0, 0] as [number, number, number] };
    const back = { inside: ball(4, [11.5, 15, 7.5]), color: [0, 0, 200] as [number, number, number] };
    const [red, , blue] = seen(0, 0, back, front)(40, 30);
    expect(red).toBeGreaterThan(100);
    expect(red).toBeGreaterThan(2 * blue!);
    const behind = seen(Math.PI, 0, back, front)(40, 30);
    expect(behind[2]).toBeGreaterThan(2 * behind[0]!);
    expect(seen(0, 0, back, front)(2, 2)).toEqual([0, 0, 0, 0]);
  });

  it("has the patient's left at the right, seen from the front, and the head above", () => {
    const color: [number, number, number] = [0, 200, 0];
    const left = seen(0, 0, { inside: ball(3, [19, 9.5, 7.5]), color });
    expect([left(55, 30)[3], left(25, 30)[3]]).toEqual([255, 0]);
    const head = seen(0, 0, { inside: ball(3, [11.5, 9.5, 12]), color });
    expect([head(40, 12)[3], head(40, 48)[3]]).toEqual([255, 0]);
    // From above, what lies in front is below.
    const above = seen(0, Math.PI / 2, { inside: ball(3, [11.5, 2, 7.5]), color });
    expect([above(40, 45)[3], above(40, 15)[3]]).toEqual([255, 0]);
  });
});
