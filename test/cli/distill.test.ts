import { join } from "node:path";
import { expect, it } from "vitest";
import { Adapter } from "../../src/models/adapter.js";
import { pictureCase, volumeCase, writeManifest } from "../evaluate/support/data-set.js";
import { cli } from "../support/cli.js";
import { goldenPath } from "../support/golden.js";
import { temporaryFolders } from "../support/temporary.js";

const folder = temporaryFolders();

it("learns from volumes and pictures, and writes an adapter that says how", async () => {
  const here = await folder();
  await volumeCase(here, "scan");
  await pictureCase(here, "picture");
  const out = join(here, "clicks.safetensors");
  const images = [join(here, "scan.nii"), join(here, "picture.png")];
  const settings = [
    "--slices",
    "2",
    "--synthetic",
    "2",
    "--steps",
    "2",
    "--seed",
    "4",
    "--device",
    "cpu",
    "--out",
    out,
  ];
  const ran = await cli("distill", ...images, "--model", goldenPath("tiny-sam.pth"), ...settings);
  expect(ran).toMatchObject({ code: 0 });
  expect(ran.err).toContain("looking for objects: image");
  expect(ran.err).toContain(`wrote ${out}`);
  const { metadata } = await Adapter.open(out);
  expect(metadata).toMatchObject({ recipe: "clicks", steps: "2", seed: "4", images: "3 and 2 synthetic" });
}, 60_000);

it("learns the objects of labeled training cases", async () => {
  const here = await folder();
  const train = { split: "train" };
  const manifest = await writeManifest(here, [
    await volumeCase(here, "scan", undefined, train),
    await pictureCase(here, "picture", train),
    await volumeCase(here, "other"),
  ]);
  const out = join(here, "clicks.safetensors");
  const ran = await cli(
    "distill",
    "--labeled",
    manifest,
    "--model",
    goldenPath("tiny-sam.pth"),
    "--slices",
    "2",
    "--synthetic",
    "1",
    "--steps",
    "1",
    "--device",
    "cpu",
    "--out",
    out,
  );
  expect(ran).toMatchObject({ code: 0 });
  const { metadata } = await Adapter.open(out);
  expect(metadata.images).toBe("4 labeled, 0 and 1 synthetic");
  expect(metadata.recipeSummary).toContain("true masks");
}, 60_000);

it("continues without a label that a case lacks", async () => {
  const here = await folder();
  const train = { split: "train", labels: { "1": "disc", "9": "nowhere" } };
  const manifest = await writeManifest(here, [await volumeCase(here, "scan", undefined, train)]);
  const settings = ["--model", goldenPath("tiny-sam.pth"), "--steps", "1", "--synthetic", "0", "--device", "cpu"];
  const out = join(here, "clicks.safetensors");
  const ran = await cli("distill", "--labeled", manifest, ...settings, "--out", out);
  expect(ran).toMatchObject({ code: 0 });
  expect(ran.err).toContain("scan is used without nowhere: no slice has 20 pixels of it.");
}, 60_000);

it("says what is missing", async () => {
  const here = await folder();
  const test = await writeManifest(here, [await volumeCase(here, "scan")]);
  const none = await cli("distill", "--labeled", test, "--out", join(here, "x.safetensors"));
  expect(none.err).toContain("no case to train on has a labeled object");
  expect(none.err).toContain('"split": "train"');
  for (const slices of ["0", "1.5"]) {
    const ran = await cli("distill", "scan.nii.gz", "--slices", slices, "--out", join(here, "x.safetensors"));
    expect(ran.err).toContain(`--slices takes a whole number from 1, not ${slices}.`);
  }
  expect((await cli("distill", "--out", "x.safetensors")).err).toContain("samlab distill scans/*.nii.gz");
  expect((await cli("distill", "scan.nii.gz", "--out", "x.pth")).err).toContain("a .safetensors file");
  const ran = await cli("distill", "nowhere.nii.gz", "--out", "x.safetensors");
  expect(ran.code).toBe(1);
  expect(ran.err).toContain("There is no file nowhere.nii.gz");
});
