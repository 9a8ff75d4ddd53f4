import { SamlabError } from "../../core/errors.js";
import { frameGroup } from "./frames.js";
import { type DicomObject, tags } from "./object.js";
import type { Slice } from "./place.js";

/** The volumes of a series, each sorted by position, and the attribute that tells them apart. */
interface Apart {
  readonly volumes: readonly (readonly Slice[])[];
  /** `null` for one volume. */
  readonly by: string | null;
}

type Read = (from: DicomObject) => number | string | null;

/** An attribute of a file, with its equivalent in the frames of enhanced images. */
interface Attribute {
  readonly keyword: string;
  readonly read: Read;
  readonly ofFrame?: Read;
  /** The functional group that `ofFrame` reads. Default: the frame's content. */
  readonly group?: string;
}

/** Attributes that number the volumes of a series, the slowest first. */
const numbers: readonly Attribute[] = [
  {
    keyword: "TemporalPositionIdentifier",
    read: (from) => from.number(tags.temporalPosition),
    ofFrame: (from) => from.number(tags.temporalPositionIndex),
  },
  {
    keyword: "AcquisitionNumber",
    read: (from) => from.number(tags.acquisitionNumber),
    ofFrame: (from) => from.number(tags.frameAcquisitionNumber),
  },
  { keyword: "EchoNumbers", read: (from) => from.number(tags.echoNumbers) },
  {
    keyword: "EchoTime",
    read: (from) => from.number(tags.echoTime),
    ofFrame: (from) => from.number(tags.effectiveEchoTime),
    group: tags.mrEcho,
  },
  {
    keyword: "DiffusionBValue",
    read: (from) => from.number(tags.diffusionB),
    ofFrame: (from) => from.number(tags.diffusionB),
    group: tags.mrDiffusion,
  },
  // Magnitude and phase, or water and fat.
  { keyword: "ImageType", read: (from) => from.values(tags.imageType).join("\\") || null },
];

/** The dimensions of an enhanced image, in the order of the file. */
function dimensionsOf({ file, frame }: Slice): Attribute[] {
  const values = frameGroup(file, frame, tags.frameContent)?.numbers(tags.dimensionIndexValues) ?? [];
  return values.map((_, n) => ({
    keyword: "DimensionIndexValues",
    read: () => null,
    ofFrame: (from) => from.numbers(tags.dimensionIndexValues)?.[n] ?? null,
  }));
}

/** Times of acquisition, and of the making of the pixels. */
const times: readonly Attribute[] = [
  {
    keyword: "AcquisitionDateTime",
    read: (from) => from.text(tags.acquisitionDateTime),
    ofFrame: (from) => from.text(tags.frameAcquisitionDateTime),
  },
  { keyword: "AcquisitionTime", read: (from) => dated(from, tags.acquisitionDate, tags.acquisitionTime) },
  { keyword: "ContentTime", read: (from) => dated(from, tags.contentDate, tags.contentTime) },
];

function dated(from: DicomObject, date: string, time: string): string | null {
  const said = from.text(time);
  return said === null ? null : `${from.text(date) ?? ""}${said}`;
}

/**
 * Sorts the slices at each place into volumes: by the numbers that each place has alike, by the dimensions of an
 * enhanced image, by times when one volume was acquired after the other, else by the order of files and frames.
 * @param places the slices at each place, equally many
 * @throws {SamlabError} `geometry-mismatch` when nothing tells them apart
 */
export function tellApart(places: readonly (readonly Slice[])[], name: string): Apart {
  const count = places[0].length;
  if (count === 1) return { volumes: [places.map(([slice]) => slice)], by: null };
  const found =
    byNumbers(places, numbers) ?? byNumbers(places, dimensionsOf(places[0][0])) ?? byTimes(places) ?? byOrder(places);
  if (found) return found;
  const [{ file }, { file: other }] = sameOrder(places);
  throw new SamlabError(
    "geometry-mismatch",
    `${name} has ${count} slices at each place, and nothing tells their volumes apart: ${file.name} and ${other.name} have the same InstanceNumber, and no number or time of an acquisition sorts them.`,
    {
      file: other.name,
      field: "InstanceNumber",
      value: other.number(tags.instanceNumber),
      remedy: "Load the files of one volume at a time, as a list, or remove the duplicates.",
    },
  );
}

function readOf(
  { file, frame }: Slice,
  { read, ofFrame, group = tags.frameContent }: Attribute,
): number | string | null {
  const content = ofFrame && frameGroup(file, frame, group);
  return (content && ofFrame(content)) ?? read(file);
}

type Key = readonly (number | string | null)[];

const compare = (a: Key, b: Key): number => {
  for (const [n, value] of a.entries()) {
    const other = b[n];
    if (value !== other && value !== null && other !== null) return value < other ? -1 : 1;
  }
  return 0;
};

/** The slices at each place in the order of their keys; `null` unless each key occurs once at each place. */
function ranked(places: readonly (readonly Slice[])[], keyOf: (slice: Slice) => Key): Ranked[][] | null {
  const sorted = places.map((slices) =>
    slices.map((slice) => ({ slice, key: keyOf(slice) })).sort((a, b) => compare(a.key, b.key)),
  );
  const isDistinct = sorted.every((own) => own.slice(1).every(({ key }, n) => compare(own[n].key, key) !== 0));
  return isDistinct ? sorted : null;
}

interface Ranked {
  readonly slice: Slice;
  readonly key: Key;
}

const volumesOf = (sorted: readonly (readonly Ranked[])[]) =>
  sorted[0].map((_, volume) => sorted.map((own) => own[volume].slice));

function byNumbers(places: readonly (readonly Slice[])[], attributes: readonly Attribute[]): Apart | null {
  // A number that each slice has for itself does not number volumes.
  const alike = attributes.filter((attribute) => {
    const lists = places.map((slices) => slices.map((slice) => readOf(slice, attribute)).sort());
    return !lists[0].includes(null) && lists.every((list) => list.every((value, n) => value === lists[0][n]));
  });
  const several: Attribute[] = [];
  const countBy = (own: readonly Attribute[]) =>
    new Set(places[0].map((slice) => JSON.stringify(own.map((attribute) => readOf(slice, attribute))))).size;
  for (const attribute of alike) if (countBy([...several, attribute]) > countBy(several)) several.push(attribute);
  if (several.length === 0) return null;
  const sorted = ranked(places, (slice) => several.map((attribute) => readOf(slice, attribute)));
  if (!sorted?.every((own) => own.every(({ key }, n) => compare(key, sorted[0][n].key) === 0))) return null;
  return { volumes: volumesOf(sorted), by: [...new Set(several.map(({ keyword }) => keyword))].join(" and ") };
}

function byTimes(places: readonly (readonly Slice[])[]): Apart | null {
  for (const attribute of times) {
    const keys = places.flat().map((slice) => readOf(slice, attribute));
    if (keys.includes(null)) continue;
    const sorted = ranked(places, (slice) => [readOf(slice, attribute)]);
    if (!sorted) continue;
    const spans = sorted[0].map((_, volume) => sorted.map((own) => own[volume].key).sort(compare));
    const isOneByOne = spans.slice(1).every((span, n) => compare(spans[n][span.length - 1], span[0]) < 0);
    if (isOneByOne) return { volumes: volumesOf(sorted), by: attribute.keyword };
  }
  return null;
}

const orderOf = ({ file, frame }: Slice): Key => [file.number(tags.instanceNumber) ?? 0, frame];

function byOrder(places: readonly (readonly Slice[])[]): Apart | null {
  const sorted = ranked(places, orderOf);
  const [{ file }] = places[0];
  const isOneFile = places.every((slices) => slices.every((slice) => slice.file === file));
  return sorted && { volumes: volumesOf(sorted), by: isOneFile ? "the order of their frames" : "InstanceNumber" };
}

/** Two slices at one place that have the same order. */
function sameOrder(places: readonly (readonly Slice[])[]): readonly [Slice, Slice] {
  for (const slices of places) {
    for (const [n, slice] of slices.entries()) {
      const other = slices.slice(n + 1).find((next) => compare(orderOf(slice), orderOf(next)) === 0);
      if (other) return [slice, other];
    }
  }
  return [places[0][0], places[0][1]];
}
