import { SamlabError } from "../../core/errors.js";
import { readHead } from "../files/read-file.js";
import type { VoxelReadOptions } from "../image/voxel-image.js";
import { colorOf } from "../mask/label-color.js";
import type { Segment, SegmentSet } from "../mask/segments.js";
import { readItkVolume } from "./itk-volume.js";
import { type HeaderFields, headerFields } from "./text-header.js";

interface SegmentEntry {
  readonly name: string;
  readonly label: number;
  readonly layer: number;
  readonly color: string | undefined;
}

/** The segments that 3D Slicer lists in an NRRD header (`Segment0_Name` and so on); empty for a plain NRRD. */
export async function segmentEntries(path: string, name: string): Promise<SegmentEntry[]> {
  const fields = headerFields(await readHead(path, 1 << 18, name));
  const entries: SegmentEntry[] = [];
  for (let n = 0; fields.has(`Segment${n}_ID`) || fields.has(`Segment${n}_Name`); n++) {
    const label = wholeIn(fields, `Segment${n}_LabelValue`, 1, name);
    const layer = wholeIn(fields, `Segment${n}_Layer`, 0, name);
    entries.push({
      name: fields.get(`Segment${n}_Name`) ?? `segment ${n + 1}`,
      label,
      layer,
      color: colorIn(fields, n),
    });
  }
  return entries;
}

/** Three numbers from 0 to 1; undefined if there are none. */
function colorIn(fields: HeaderFields, n: number): string | undefined {
  const [red, green, blue] = (fields.get(`Segment${n}_Color`) ?? "").trim().split(/\s+/).map(Number);
  return [red, green, blue].every(Number.isFinite) ? colorOf([red, green, blue]) : undefined;
}

function wholeIn(fields: HeaderFields, field: string, otherwise: number, name: string): number {
  const value = Number(fields.get(field) ?? otherwise);
  if (Number.isInteger(value) && value >= 0 && value <= 65535) return value;
  throw new SamlabError("format-invalid", `${name}: ${field} is ${fields.get(field)}, which is not a whole number.`, {
    file: name,
    field,
    value: fields.get(field),
    remedy: "Save the segmentation again with 3D Slicer.",
  });
}

/**
 * The segments of a .seg.nrrd of 3D Slicer. They keep their label values if these are unique; if several layers share a
 * value, segments are numbered in order from 1.
 * @throws {SamlabError} as `readItkVolume`
 */
export async function readSegNrrd(
  path: string,
  entries: readonly SegmentEntry[],
  options: VoxelReadOptions,
): Promise<SegmentSet> {
  const { name = path } = options;
  const layers = Math.max(...entries.map(({ layer }) => layer)) + 1;
  const isUnique = new Set(entries.map(({ label }) => label)).size === entries.length;
  const notes: string[] = [];
  if (!isUnique) notes.push("Several layers use one label value; the segments are numbered in their order.");
  const segments: Segment[] = [];
  let grid: Pick<SegmentSet, "size" | "affine"> | null = null;
  for (let layer = 0; layer < layers; layer++) {
    const image = await readItkVolume(path, "nrrd", { ...options, frame: layers > 1 ? layer : undefined });
    grid ??= { size: image.size, affine: image.affine };
    for (const [n, entry] of entries.entries()) {
      if (entry.layer !== layer) continue;
      const voxels: number[] = [];
      for (let at = 0; at < image.data.length; at++) if (image.data[at] === entry.label) voxels.push(at);
      segments.push({
        number: isUnique ? entry.label : n + 1,
        name: entry.name,
        color: entry.color,
        voxels: Uint32Array.from(voxels),
      });
    }
  }
  if (!grid)
    throw new SamlabError("image-empty", `${name} lists no segments.`, {
      file: name,
      remedy: "Save the segmentation again with at least one segment.",
    });
  return { ...grid, segments: segments.sort((a, b) => a.number - b.number), source: name, notes };
}
