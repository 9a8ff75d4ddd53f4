import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { sha256OfImage } from "../../../src/io/image/image-hash.js";
import { niftiBytes, scratchFolder } from "../helpers.js";

const folder = scratchFolder();
const put = (name: string, content: string | Uint8Array) => {
  writeFileSync(folder.path(name), content);
  return name;
};
/** What the shell prints in the folder. */
const told = (command: string) =>
  execFileSync("sh", ["-c", command], { cwd: folder.path("."), encoding: "utf8" }).slice(0, 64);
const of = (name: string) => sha256OfImage(folder.path(name));

const mhd = (data: string) => `NDims = 3\nDimSize = 2 1 1\nElementType = MET_UCHAR\nElementDataFile = ${data}\n`;
const nrrd = (data: string) => `NRRD0004\ntype: uchar\ndimension: 3\nsizes: 2 1 2\nencoding: raw\ndata file: ${data}\n`;

it.each([
  ["a.mhd", mhd("a.raw"), ["a.raw"]],
  ["b.nhdr", nrrd("b.raw"), ["b.raw"]],
  ["c.nhdr", nrrd("c%02d.raw 1 3 2"), ["c01.raw", "c03.raw"]],
  ["d.nhdr", nrrd("LIST\nd1.raw\nd2.raw"), ["d1.raw", "d2.raw"]],
])("of %s counts its voxels in other files", async (name, header, data) => {
  put(name, header);
  for (const [n, file] of data.entries()) put(file, Uint8Array.of(n, 1));
  const before = await of(name);
  expect(before).toBe(told(`sha256sum ${[name, ...data].join(" ")} | sha256sum`));
  put(data.at(-1)!, Uint8Array.of(9, 9));
  expect(await of(name)).not.toBe(before);
});

it("of a NIfTI pair counts both files, whichever is named", async () => {
  const bytes = niftiBytes({ dims: [2, 1, 1], datatype: 2, bitpix: 8, voxels: Uint8Array.of(1, 2) });
  const header = bytes.slice(0, 348);
  header.set([0x6e, 0x69, 0x31, 0], 344);
  put("e.hdr", header);
  put("e.img", bytes.slice(352));
  expect([await of("e.hdr"), await of("e.img")]).toEqual(Array(2).fill(told("sha256sum e.hdr e.img | sha256sum")));
});

it("of one file is that of its bytes", async () => {
  put("f.mha", `${mhd("LOCAL")}ab`);
  put("g.nii", niftiBytes({ dims: [2, 1, 1], datatype: 2, bitpix: 8, voxels: Uint8Array.of(1, 2) }));
  for (const name of ["f.mha", "g.nii"]) expect(await of(name)).toBe(told(`sha256sum ${name}`));
});
