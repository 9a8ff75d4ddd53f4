import type { NumericArray } from "../../core/dtype.js";
import { SamlabError } from "../../core/errors.js";
import { readHead } from "../files/read-file.js";
import type { VoxelReadOptions } from "../image/voxel-image.js";
import { colorOf } from "../mask/label-color.js";
import { distinctValues } from "../mask/labels.js";
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
 * value, segments are numbered in order from 1. Values that no segment lists are objects too.
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
  const unlisted: { readonly label: number; readonly voxels: Uint32Array }[] = [];
  let grid: Pick<SegmentSet, "size" | "affine"> | null = null;
  for (let layer = 0; layer < layers; layer++) {
    const image = await readItkVolume(path, "nrrd", { ...options, frame: layers > 1 ? layer : undefined });
    grid ??= { size: image.size, affine: image.affine };
    for (const [n, { name, color, label, layer: own }] of entries.entries()) {
      if (own !== layer) continue;
      segments.push({ number: isUnique ? label : n + 1, name, color, voxels: voxelsOf(image.data, label) });
    }
    const listed = entries.flatMap((entry) => (entry.layer === layer ? [entry.label] : []));
    for (const label of distinctValues(image.data)) {
      if (label === 0 || listed.includes(label)) continue;
      unlisted.push({ label, voxels: voxelsOf(image.data, label) });
    }
  }
  for (const { label, voxels } of unlisted) {
    const numbers = segments.map((segment) => segment.number);
    const number = isUnique && label > 0 && !numbers.includes(label) ? label : 1 + Math.max(...numbers);
    segments.push({ number, name: `value ${label}`, voxels });
    notes.push(`The header lists no segment of the value ${label}; its voxels are the object ${number}.`);
  }
  if (!grid)
    throw new SamlabError("image-empty", `${name} lists no segments.`, {
      file: name,
      remedy: "Save the segmentation again with at least one segment.",
    });
  return { ...grid, segments: segments.sort((a, b) => a.number - b.number), source: name, notes };
}

function voxelsOf(data: NumericArray, label: number): Uint32Array {
  const voxels: number[] = [];
  for (let at = 0; at < data.length; at++) if (data[at] === label) voxels.push(at);
  return Uint32Array.from(voxels);
}
