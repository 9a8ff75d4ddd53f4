import { SamlabError } from "../../core/errors.js";
import type { Affine } from "../../core/geometry.js";
import { ByteStream } from "../files/byte-stream.js";
import { readHead } from "../files/read-file.js";

/**
 * Checks that a FreeSurfer file is complete and its gzip stream intact. ITK returns partial data without an error.
 * @returns how the volume lies where the file does not say; else `null`
 * @throws {SamlabError} `file-truncated`, `format-invalid`, `format-unsupported`, `canceled`
 */
export async function checkMgh(path: string, name: string, signal?: AbortSignal): Promise<Affine | null> {
  const start = await readHead(path, 2, name);
  const stream = new ByteStream(path, {
    compression: start[0] === 0x1f && start[1] === 0x8b ? "gzip" : null,
    name,
    signal,
  });
  try {
    const head = Buffer.alloc(30);
    await stream.read(head);
    const sizes = [4, 8, 12, 16].map((at) => head.readInt32BE(at));
    const type = head.readInt32BE(20);
    const each = { 0: 1, 1: 4, 3: 4, 4: 2 }[type];
    if (each === undefined) {
      throw new SamlabError(
        "format-unsupported",
        `${name} holds numbers of the type ${type}; 0, 1, 3, and 4 are read.`,
        {
          file: name,
          field: "type",
          value: type,
          remedy: "Save it as floats: mri_convert -odt float.",
        },
      );
    }
    const needed = 284 + sizes.reduce((product, size) => product * size, each);
    await stream.skip(Number.POSITIVE_INFINITY);
    if (needed > stream.position) {
      throw impossible(name, "sizes", sizes, `${stream.position} bytes do not hold ${needed}.`);
    }
    return head.readInt16BE(28) === 0 ? coronalAffine(sizes) : null;
  } finally {
    stream.close();
  }
}

/** What FreeSurfer assumes: voxels of 1 mm that run left, inferior, and anterior, around the origin. */
const coronalAffine = ([nx, ny, nz]: readonly number[]): Affine => [
  ...[-1, 0, 0, nx / 2],
  ...[0, 0, 1, -nz / 2],
  ...[0, -1, 0, ny / 2],
  ...[0, 0, 0, 1],
];

/** ITK is compiled to WebAssembly, where one array of voxels has up to this many bytes. */
const mostBytes = 2 ** 31 - 1;

/**
 * Checks that ITK can hold the voxels of a file; it fails without a reason.
 * @param bytes of the voxels, unzipped
 * @throws {SamlabError} `format-unsupported`
 */
export function checkItkSize(name: string, bytes: number): void {
  if (bytes <= mostBytes) return;
  const size = `${(bytes / 1e9).toFixed(2)} GB`;
  throw new SamlabError("format-unsupported", `${name} holds ${size}; files of its format are read up to 2.1 GB.`, {
    file: name,
    field: "size",
    value: bytes,
    remedy: "Save it as NIfTI (.nii), e.g. with SimpleITK, or cut it.",
  });
}

/** The error for an invalid header. */
export function impossible(name: string, field: string, value: unknown, why: string): SamlabError {
  return new SamlabError("format-invalid", `${name} has an invalid header: its ${field} are ${String(value)}. ${why}`, {
    file: name,
    field,
    value,
    remedy: "Write the file again with the program that made it.",
  });
}
