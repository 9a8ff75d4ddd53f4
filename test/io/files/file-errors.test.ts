import { describe, expect, it } from "vitest";
import { readError, writeError } from "../../../src/io/files/file-errors.js";

const systemError = (code: string) => Object.assign(new Error("it failed"), { code });

describe("a failed read", () => {
  it.each([
    [
      "ENOENT",
      "file-missing",
      "There is no file ct.nii. Check the path; relative paths start at the working directory.",
    ],
    [
      "ENOTDIR",
      "file-missing",
      "There is no file ct.nii. Check the path; relative paths start at the working directory.",
    ],
    ["EISDIR", "file-unreadable", "ct.nii is a folder. Give the path of one file."],
    ["EACCES", "file-unreadable", "ct.nii may not be read by this user (EACCES). Change its permissions."],
    ["EIO", "file-unreadable", "ct.nii could not be read (EIO)."],
  ])("with %s", (code, kind, message) => {
    const cause = systemError(code);
    const error = readError(cause, "ct.nii");
    expect([error.code, error.message, error.file]).toEqual([kind, message, "ct.nii"]);
  });
});

it("keeps the cause", () => {
  const cause = systemError("EROFS");
  expect(writeError(cause, "mask.nii")).toMatchObject({
    code: "file-write-failed",
    file: "mask.nii",
    value: "EROFS",
    cause,
  });
});
