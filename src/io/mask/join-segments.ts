import { type Segment, type SegmentSet, takeMarked } from "./segments.js";

/** The objects with those of each group as one, under the smallest of their numbers. They may overlap within it. */
export function joinSegments(segmentation: SegmentSet, groups: readonly (readonly number[])[]): SegmentSet {
  const { segments, size } = segmentation;
  const joined = groups.flatMap((group) => {
    const parts = segments.filter(({ number }) => group.includes(number));
    return parts.length > 1 ? [{ parts, number: Math.min(...group) }] : [];
  });
  const others = segments.filter((segment) => !joined.some(({ parts }) => parts.includes(segment)));
  const marks = joined.length > 0 ? new Uint8Array(size[0] * size[1] * size[2]) : null;
  const whole = joined.map(({ parts, number }): Segment => {
    for (const { voxels } of parts) for (const voxel of voxels) marks![voxel] = 1;
    const name = parts.map((part) => part.name).join(" + ");
    return { ...parts[0]!, number, name, voxels: takeMarked(marks!) };
  });
  return { ...segmentation, segments: [...others, ...whole].sort((a, b) => a.number - b.number) };
}
