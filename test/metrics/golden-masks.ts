import { fileURLToPath } from "node:url";
import { loadMask } from "../../src/io/mask/mask-file.js";
import { MaskVolume } from "../../src/io/mask/mask-volume.js";
import type { MaskLike } from "../../src/metrics/mask-like.js";

type Numbers = readonly number[];

/** How to make a mask; the twins of these stand in test/golden/metrics/distances.py. */
export type MaskSpec =
  | readonly ["noise", seed: number, percent: number]
  | readonly ["blobs", seed: number, percent: number, radius: number]
  | readonly ["ellipsoids", items: readonly (readonly [center: Numbers, radii: Numbers])[]]
  | readonly ["cells", indices: Numbers]
  | readonly ["sample", file: string, index: number | null, shift: Numbers];

const cellCount = (size: Numbers) => size.reduce((product, n) => product * n, 1);

export function toMask(size: Numbers, data: Uint8Array): MaskLike {
  return size.length === 2 ? { width: size[0], height: size[1], data } : { size: [size[0], size[1], size[2]], data };
}

/** The cells of a described mask, x fastest. */
export async function buildMask(size: Numbers, spec: MaskSpec): Promise<MaskLike> {
  switch (spec[0]) {
    case "noise":
      return toMask(size, noise(size, spec[1], spec[2]));
    case "blobs":
      return toMask(size, blobs(size, spec[1], spec[2], spec[3]));
    case "ellipsoids":
      return toMask(size, ellipsoids(size, spec[1]));
    case "cells": {
      const data = new Uint8Array(cellCount(size));
      for (const index of spec[1]) data[index] = 1;
      return toMask(size, data);
    }
    case "sample":
      return toMask(size, await sample(size, spec[1], spec[2], spec[3]));
  }
}

function noise(size: Numbers, seed: number, percent: number): Uint8Array {
  let state = seed >>> 0;
  return new Uint8Array(cellCount(size)).map(() => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 16) % 100 < percent ? 1 : 0;
  });
}

function blobs(size: Numbers, seed: number, percent: number, radius: number): Uint8Array {
  let counts = Int32Array.from(noise(size, seed, percent));
  for (let axis = 0, stride = 1; axis < size.length; stride *= size[axis++]) {
    const length = size[axis];
    counts = counts.map((_, cell) => {
      const at = Math.floor(cell / stride) % length;
      let sum = 0;
      for (let n = Math.max(0, at - radius); n <= Math.min(length - 1, at + radius); n++) {
        sum += counts[cell + (n - at) * stride];
      }
      return sum;
    });
  }
  const box = (2 * radius + 1) ** size.length;
  return Uint8Array.from(counts, (count) => (count * 100 >= box * 45 ? 1 : 0));
}

function ellipsoids(size: Numbers, items: readonly (readonly [Numbers, Numbers])[]): Uint8Array {
  const weighted = items.map(([center, radii]) => {
    const product = cellCount(radii);
    return { center, weights: radii.map((radius) => (product / radius) ** 2), limit: product ** 2 };
  });
  return new Uint8Array(cellCount(size)).map((_, cell) => {
    let rest = cell;
    const at = size.map((n) => {
      const x = rest % n;
      rest = (rest - x) / n;
      return x;
    });
    const isInside = weighted.some(
      ({ center, weights, limit }) =>
        at.reduce((sum, x, axis) => sum + (x - center[axis]) ** 2 * weights[axis], 0) <= limit,
    );
    return isInside ? 1 : 0;
  });
}

const volumes = new Map<string, ReturnType<typeof loadMask>>();

/** A sample's truth, read once. */
function sampleTruth(file: string): ReturnType<typeof loadMask> {
  let mask = volumes.get(file);
  if (!mask) {
    mask = loadMask(fileURLToPath(new URL(`../../data-samples/${file}`, import.meta.url)));
    volumes.set(file, mask);
  }
  return mask;
}

async function sample(size: Numbers, file: string, index: number | null, shift: Numbers): Promise<Uint8Array> {
  const mask = await sampleTruth(file);
  if (!(mask instanceof MaskVolume)) throw new Error(`${file} is no volume`);
  const from = index === null ? 0 : index * size[0] * size[1];
  const out = new Uint8Array(cellCount(size));
  const [nx, ny, nz = 1] = size;
  const [dx, dy, dz = 0] = shift;
  for (let z = Math.max(0, dz); z < Math.min(nz, nz + dz); z++) {
    for (let y = Math.max(0, dy); y < Math.min(ny, ny + dy); y++) {
      for (let x = Math.max(0, dx); x < Math.min(nx, nx + dx); x++) {
        const source = ((z - dz) * ny + (y - dy)) * nx + (x - dx);
        out[(z * ny + y) * nx + x] = mask.data[from + source] > 0 ? 1 : 0;
      }
    }
  }
  return out;
}
