import { copyFile, cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { pictureCase, volumeCase, writeManifest } from "../evaluate/support/data-set.js";
import { cli } from "../support/cli.js";
import { goldenPath } from "../support/golden.js";
import { temporaryFolders } from "../support/temporary.js";

const folder = temporaryFolders();

/** A data set, and a copy of a model beside it. */
async function work() {
  const here = await folder();
  const cases = [await volumeCase(here, "ct"), await pictureCase(here, "cells")];
  await writeManifest(here, cases);
  await copyFile(goldenPath("tiny-sam.pth"), join(here, "model.safetensors"));
  await mkdir(join(here, "hugging-face"));
  await copyFile(goldenPath("tiny-sam.pth"), join(here, "hugging-face", "model.safetensors"));
  await mkdir(join(here, "nnunet"));
  await writeFile(join(here, "nnunet", "dataset.json"), "{}");
  await writeFile(join(here, "part.ndjson"), "rows");
  await symlink(join(here, "ct.nii"), join(here, "link.nii"));
  const series = fileURLToPath(new URL("../golden/formats/files/series", import.meta.url));
  await cp(series, join(here, "series"), { recursive: true });
  await mkdir(join(here, "sub"));
  return here;
}

const box = ["--slice", "2", "--box", "4,5,11,12"];

it.each([
  [["segment", "HERE/ct.nii", ...box, "--out", "HERE/ct.nii"], "ct.nii"],
  [["segment", "HERE/ct.nii", ...box, "--out", "HERE/sub/../ct.nii"], "ct.nii"],
  [["segment", "HERE/link.nii", ...box, "--out", "HERE/ct.nii"], "ct.nii"],
  [["segment", "HERE/cells.png", "--box", "4,5,11,12", "--out", "HERE/cells.png"], "cells.png"],
  [["segment", "HERE/series", "--slice", "2", "--box", "0,0,3,3", "--out", "HERE/series/0.dcm"], "series/0.dcm"],
  [["evaluate", "HERE/manifest.json", "--out", "HERE/manifest.json"], "manifest.json"],
  [["evaluate", "HERE/manifest.json", "--json", "HERE/manifest.json"], "manifest.json"],
  [
    ["evaluate", "HERE/manifest.json", "--model", "HERE/model.safetensors", "--json", "HERE/model.safetensors"],
    "model.safetensors",
  ],
  [
    ["evaluate", "HERE/manifest.json", "--adapter", "HERE/model.safetensors", "--json", "HERE/model.safetensors"],
    "model.safetensors",
  ],
  [
    ["finetune", "HERE/manifest.json", "--model", "HERE/model.safetensors", "--out", "HERE/model.safetensors"],
    "model.safetensors",
  ],
  [
    ["finetune", "HERE/manifest.json", "--base", "HERE/model.safetensors", "--out", "HERE/model.safetensors"],
    "model.safetensors",
  ],
  [
    ["distill", "HERE/ct.nii", "--model", "HERE/model.safetensors", "--out", "HERE/model.safetensors"],
    "model.safetensors",
  ],
  [["export", "HERE/model.safetensors", "--to", "safetensors", "--out", "HERE/model.safetensors"], "model.safetensors"],
  [
    ["export", "--adapter", "HERE/model.safetensors", "--to", "safetensors", "--out", "HERE/model.safetensors"],
    "model.safetensors",
  ],
  [
    ["export", "HERE/hugging-face", "--to", "safetensors", "--out", "HERE/hugging-face/model.safetensors"],
    "hugging-face/model.safetensors",
  ],
  [["import", "nnunet", "HERE/nnunet", "--out", "HERE/nnunet/dataset.json"], "nnunet/dataset.json"],
  [["merge", "HERE/part.ndjson", "--out", "HERE/part.ndjson"], "part.ndjson"],
])("replaces no file that it reads: %j", async (argv, name) => {
  const here = await work();
  const file = join(here, name);
  const before = await readFile(file);
  const tiny = argv[0] === "segment" ? ["--model", goldenPath("tiny-sam.pth"), "--device", "cpu"] : [];
  const given = argv.map((text) => text.replace("HERE", here));
  const { code, err, out } = await cli(...given, ...tiny);
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toMatch(
    /samlab: --(out|json) \S+ would replace a file that is needed: this command reads it\. Give another name\.\n$/,
  );
  expect((await readFile(file)).equals(before)).toBe(true);
});

it("does not take - for a file", async () => {
  const here = await work();
  const { code, err } = await cli("evaluate", join(here, "manifest.json"), "--json", "-");
  expect(code).toBe(1);
  expect(err).toContain("--json is the name of a file");
});

it("writes no two outputs to one file", async () => {
  const here = await work();
  const manifest = join(here, "manifest.json");
  const [json, rows] = [join(here, "rows.json"), join(here, "rows.ndjson")];
  const both = await cli("evaluate", manifest, "--out", json, "--json", join(here, "sub", "..", "rows.json"));
  expect(both).toMatchObject({ code: 1, err: expect.stringContaining("--out names the same file") });
  const store = await cli("evaluate", manifest, "--out", rows, "--store", rows);
  expect(store).toMatchObject({ code: 1, err: expect.stringContaining("--out names the same file") });
});
