import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { expect, it } from "vitest";
import { sha256OfFile, sha256OfPath } from "../../../src/io/files/hash-file.js";
import { failure, scratchFolder } from "../helpers.js";

const folder = scratchFolder();
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

it("hashes a file by its bytes, and a folder as sha256sum does", async () => {
  mkdirSync(folder.path("series/inner"), { recursive: true });
  const file = folder.put("series/10.dcm", "ten");
  folder.put("series/2.dcm", "two");
  folder.put("series/.hidden", "not counted");
  folder.put("series/inner/3.dcm", "not counted");
  expect(await sha256OfPath(file)).toBe(sha256("ten"));
  const listing = `${sha256("ten")}  10.dcm\n${sha256("two")}  2.dcm\n`;
  expect(await sha256OfPath(folder.path("series"))).toBe(sha256(listing));
});

it("hashes no folder where a file is meant, and nothing that is not there", async () => {
  await failure(sha256OfFile(folder.path(".")), "file-unreadable");
  await failure(sha256OfPath(folder.path("none")), "file-missing");
});
