import { SamlabError } from "../../core/errors.js";

/** The error for a file with fewer bytes than its header implies; `what` names the voxels of the header. */
export function tooShort(name: string, got: number, needed: number, what: string): SamlabError {
  return new SamlabError("file-truncated", `${name} is cut off: ${got} bytes where its ${what} need ${needed}.`, {
    file: name,
    field: "length",
    value: got,
    remedy: "Copy or download it again.",
  });
}

/** The error for a file with at least one slice more than its header says; `field` holds the sizes of the header. */
export function tooLong(
  name: string,
  extra: number,
  what: string,
  field: string,
  sizes: readonly number[],
): SamlabError {
  return new SamlabError("format-invalid", `${name} holds ${extra} bytes more than its header's ${what}.`, {
    file: name,
    field,
    value: sizes,
    remedy: "The header or the data is of another image; write the file again.",
  });
}

/** The note on less than a slice of bytes after the last voxel. */
export const ignoredBytes = (extra: number): string => `${extra} bytes after the last voxel were ignored.`;
