import { SamlabError } from "../../core/errors.js";

/** The `code` of a Node system error (`ENOENT`, `ENOSPC`), or `undefined`. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** Converts a failed open or read to a `SamlabError`. */
export function readError(error: unknown, file: string): SamlabError {
  const code = systemCode(error);
  const details = { file, value: code, cause: error };
  if (code === "ENOENT" || code === "ENOTDIR") {
    return new SamlabError("file-missing", `There is no file ${file === "" ? "with an empty path" : file}.`, {
      ...details,
      remedy: "Check the path; relative paths start at the working directory.",
    });
  }
  if (code === "EISDIR") return folderError(file);
  if (code === "EACCES" || code === "EPERM") {
    return new SamlabError("file-unreadable", `${file} may not be read by this user (${code}).`, {
      ...details,
      remedy: "Change its permissions.",
    });
  }
  return new SamlabError("file-unreadable", `${file} could not be read (${code ?? String(error)}).`, details);
}

/** The error for a path that is a folder. */
export function folderError(file: string): SamlabError {
  return new SamlabError("file-unreadable", `${file} is a folder.`, { file, remedy: "Give the path of one file." });
}

/** Converts a failed write to a `SamlabError`. */
export function writeError(error: unknown, file: string): SamlabError {
  const code = systemCode(error);
  const details = { file, value: code, cause: error };
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new SamlabError("disk-full", `${file} was not written: the disk is full (${code}).`, {
      ...details,
      remedy: "Free some space and save again; an older file of that name is untouched.",
    });
  }
  const remedies: Record<string, string> = {
    ENOENT: "Create its folder first.",
    ENOTDIR: "Create its folder first.",
    EEXIST: "A file of that name exists where a folder is needed: give another name.",
    EFBIG:
      "The disk, or your limit (ulimit -f), does not allow files this large: choose another place; an older file of that name is untouched.",
    EISDIR: "That name is a folder: give a file name.",
    EACCES: "Choose a folder you may write to.",
    EPERM: "Choose a folder you may write to.",
    EROFS: "Choose a folder on a disk that is not read-only.",
  };
  return new SamlabError("file-write-failed", `${file} could not be written (${code ?? String(error)}).`, {
    ...details,
    remedy: code === undefined ? undefined : remedies[code],
  });
}
