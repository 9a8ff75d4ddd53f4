import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { bytesView } from "../../core/dtype.js";
import { writeFileAtomic } from "../files/write-file.js";
import { channelsOf } from "../mask/label-color.js";
import type { MaskVolume } from "../mask/mask-volume.js";
import type { LabelTable } from "../nifti/label-table.js";

/**
 * Writes a mask as .nrrd (gzip), or, if the name ends in .seg.nrrd, with 3D Slicer's segment fields.
 * @throws {SamlabError} `disk-full`, `file-write-failed`, `canceled`
 */
export async function saveNrrd(path: string, mask: MaskVolume, table: LabelTable, signal?: AbortSignal): Promise<void> {
  const { data, size, affine } = mask;
  const vector = (...column: number[]) => `(${column.join(",")})`;
  const lines = [
    "NRRD0004",
    `type: ${data instanceof Uint16Array ? "unsigned short" : "unsigned char"}`,
    "dimension: 3",
    "space: right-anterior-superior",
    `sizes: ${size.join(" ")}`,
    `space directions: ${[0, 1, 2].map((c) => vector(affine[c], affine[4 + c], affine[8 + c])).join(" ")}`,
    "kinds: domain domain domain",
    ...(data instanceof Uint16Array ? ["endian: little"] : []),
    "encoding: gzip",
    `space origin: ${vector(affine[3], affine[7], affine[11])}`,
    ...(/\.seg\.nrrd$/i.test(path) ? segmentLines(mask, table) : []),
  ];
  const header = new TextEncoder().encode(`${lines.join("\n")}\n\n`);
  await writeFileAtomic(path, [header, await promisify(gzip)(littleEndian(data))], signal);
}

function segmentLines(mask: MaskVolume, { names, colors }: LabelTable): string[] {
  const colorLines = (label: number, n: number) => {
    const color = colors.get(label);
    return color
      ? [
          `Segment${n}_Color:=${channelsOf(color)
            .map((value) => value.toFixed(6))
            .join(" ")}`,
        ]
      : [];
  };
  return mask.labels.flatMap((label, n) => [
    `Segment${n}_ID:=Segment_${label}`,
    `Segment${n}_LabelValue:=${label}`,
    `Segment${n}_Layer:=0`,
    `Segment${n}_Name:=${(names.get(label) ?? `object ${label}`).replace(/\s+/g, " ")}`,
    ...colorLines(label, n),
  ]);
}

function littleEndian(data: Uint8Array | Uint16Array): Uint8Array {
  const isLittle = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
  if (data instanceof Uint8Array || isLittle) return bytesView(data);
  return Buffer.from(bytesView(data)).swap16();
}
