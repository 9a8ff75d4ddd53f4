import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { namedCases, sampleCase, sampleImage, samples, sampleVolume } from "../../src/datasets/samples.js";
import { ibsiSplit } from "../bench/volume-split.js";
import { failure } from "../io/helpers.js";

const folder = new URL("../../data-samples/", import.meta.url);
const readme = readFileSync(new URL("README.md", folder), "utf8");
const cases = await samples();
const files = readdirSync(folder).filter((name) => /\.(nii\.(gz|bz2)|png)$/.test(name));

it("are the manifest's files and no others", () => {
  expect(cases.flatMap(({ image, truth }) => [image.path, truth.path]).sort()).toEqual(files.sort());
});

it("and the sarcoma patients make one data set of four modalities", async () => {
  const all = [...cases, ...(await samples("sarcoma"))];
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  expect(new Set(all.map(({ modality }) => modality))).toEqual(new Set(["MR", "CT", "PET", "Microscopy"]));
});

it("a mistyped name is told apart from a file that is missing", async () => {
  const { message } = await failure(namedCases("sampels"), "file-missing");
  expect(message).toMatch(/^There is no set of samples and no file "sampels"\. Did you mean samples\?/);
  expect((await failure(namedCases("sampels.json"), "file-missing")).message).not.toContain("set of samples");
  expect((await failure(sampleCase("brian1"), "argument-invalid")).message).toContain("Did you mean brain1?");
});

describe("the README", () => {
  it.each(files)("states the sha256 of %s", (name) => {
    const sha256 = createHash("sha256")
      .update(readFileSync(new URL(name, folder)))
      .digest("hex");
    expect(readme).toContain(`| \`${name}\` | \`${sha256}\` |`);
    expect(statSync(new URL(name, folder)).size).toBeLessThanOrEqual(3e6);
  });

  it.each(cases)("states license and source of $id", ({ id, license, source }) => {
    const section = readme.split(/^## /m).find((part) => part.startsWith(`${id}:`));
    expect(section).toContain(license);
    expect(section).toContain(source.split(" (")[0]);
  });
});

describe("volumes", () => {
  // Voxels inside the truth, as numpy counts them in the packages' own files.
  it.each([
    ["brain1", [256, 256, 25], { 1: 4137 }],
    ["brain2", [256, 256, 23], { 1: 453 }],
    ["breast1", [45, 120, 21], { 1: 143 }],
    ["lung1", [512, 352, 12], { 1: 837 }],
    ["lung2", [448, 416, 13], { 1: 24644 }],
    ["mni152", [197, 233, 189], { 1: 1079599, 2: 632004 }],
  ])("%s loads with its truth", async (id, size, voxels) => {
    const loaded = await sampleCase(id);
    if (loaded.kind !== "volume") throw new Error(loaded.kind);
    expect(loaded.volume.size).toEqual(size);
    expect(loaded.volume.notes).toEqual([]);
    const found = loaded.truth.labels.map((label) => [label, loaded.truth.only(label).voxels]);
    expect(Object.fromEntries(found)).toEqual(voxels);
    expect([...loaded.names.keys()]).toEqual(loaded.truth.labels);
  });

  it("show a person the right way up: the brain's lesion is on the patient's left, right of the middle of the screen", async () => {
    const loaded = await sampleCase("brain1");
    if (loaded.kind !== "volume") throw new Error(loaded.kind);
    const { width, letters } = loaded.truth.view();
    expect(letters).toEqual({ left: "R", right: "L", top: "A", bottom: "P" });
    const mask = loaded.truth.slice(14);
    const columns = [...mask.data.keys()].filter((n) => mask.data[n]).map((n) => n % width);
    expect(Math.min(...columns)).toBeGreaterThan(width / 2);
  });
});

it("holds nuclei as one number each", async () => {
  const loaded = await sampleCase("nuclei");
  if (loaded.kind !== "image") throw new Error(loaded.kind);
  expect([loaded.image.width, loaded.image.height, loaded.truth.labels.length]).toEqual([512, 512, 125]);
  expect(loaded.names.get(1)).toBe("nucleus");
});

describe("sarcoma", async () => {
  const sarcoma = await samples("sarcoma");
  const own = new URL("sarcoma/", folder);

  it("is the manifest's files and no others, of six megabytes at most", () => {
    const there = readdirSync(own).filter((name) => /\.nii\.(gz|bz2)$/.test(name));
    expect(sarcoma.flatMap(({ image, truth }) => [image.path, truth.path]).sort()).toEqual(there.sort());
    expect(there.reduce((sum, name) => sum + statSync(new URL(name, own)).size, 0)).toBeLessThanOrEqual(6e6);
  });

  it("is twelve patients in CT, MR and PET, split by patient, as its README says", () => {
    const text = readFileSync(new URL("README.md", own), "utf8");
    const splits = new Map(sarcoma.map(({ subject, split }) => [subject, split]));
    expect(splits.size).toBe(12);
    for (const [patient, split] of splits) {
      const cases = sarcoma.filter(({ subject }) => subject === patient);
      expect(cases.map(({ id }) => id)).toEqual(["CT", "MR", "PET"].map((modality) => `${patient}-${modality}`));
      expect(new Set(cases.map((one) => one.split))).toEqual(new Set([split]));
      expect(text).toMatch(new RegExp(`^\\| ${split} .*${patient}`, "m"));
    }
  });

  it("tests on the patients of whom nothing made the shipped model, and takes none that rules of propagation are judged on", () => {
    const of = (wanted: string) => sarcoma.filter(({ split }) => split === wanted).map(({ subject }) => subject);
    expect([...new Set(of("test"))]).toEqual(["STS_002", "STS_003"]);
    const kept = sarcoma.filter(
      ({ subject }) => (ibsiSplit.judge as readonly string[]).includes(subject) || subject >= "STS_040",
    );
    expect(kept).toEqual([]);
  });

  it("loads, hashes checked: five slices at one distance with the tumor on each", { timeout: 30_000 }, async () => {
    for (const { id, modality } of sarcoma) {
      const { volume, truth, names, notes } = await sampleVolume(id);
      expect([volume.view().count, [...names], notes], id).toEqual([5, [[1, "tumor"]], []]);
      for (let slice = 0; slice < 5; slice++) expect(truth.slice(slice).data, `${id} ${slice}`).toContain(1);
      // CT and MR slices were 3.27 mm apart.
      const steps = volume.view().spacing[2] / 3.27;
      expect(Math.abs(steps - Math.round(steps)), `${id} ${modality}`).toBeLessThan(1e-3);
    }
  });
});

it("has whole scans for propagation, whose reference says who made it", async () => {
  const whole = await samples("volumes");
  const there = readdirSync(new URL("volumes/", folder)).filter((name) => !/\.(md|py|json)$|^__/.test(name));
  expect(whole.flatMap(({ image, truth }) => [image.path, truth.path]).sort()).toEqual(there.sort());
  expect(whole.map(({ id, truth }) => [id, truth.made])).toEqual([
    ["abdomen-ct", "automatic"],
    ["sarcoma-ct", "manual"],
    ["sarcoma-pet", "manual"],
  ]);
  const [ct, pet] = [await sampleVolume("sarcoma-ct"), await sampleVolume("sarcoma-pet")];
  expect([ct.volume.size, pet.volume.size]).toEqual([
    [154, 158, 28],
    [29, 30, 28],
  ]);
  // Of the int16 voxels of the NIfTI file that the same series was published as.
  expect(createHash("sha256").update(Int16Array.from(ct.volume.data)).digest("hex")).toBe(
    "7f8cc0a6071f013e6d8c119386cf96072f9f768aa0802b157eaf5409778067d5",
  );
  expect([ct.volume.series.length, ct.volume.units, ct.notes]).toEqual([28, "HU", []]);
  // The slices of the two lie at the same heights, and hold the tumor on the same twenty.
  expect(pet.volume.affine[11]).toBeCloseTo(ct.volume.affine[11], 1);
  for (let slice = 0; slice < 28; slice++) {
    const isHeld = slice >= 4 && slice < 24;
    for (const { truth } of [ct, pet]) expect(truth.slice(slice).data.includes(1), `${slice}`).toBe(isHeld);
  }
  const abdomen = await sampleVolume("abdomen-ct");
  expect([...abdomen.names.values()]).toEqual(["spleen", "right kidney", "left kidney", "liver", "stomach"]);
});

it("rejects others", async () => {
  expect((await failure(sampleCase("brain3"), "argument-invalid")).message).toContain("Use one of brain1, brain2");
});

describe("sampleVolume and sampleImage", () => {
  it("give the kind that they promise, and refuse the other with the right name", async () => {
    expect((await sampleVolume("breast1")).volume.size).toEqual([45, 120, 21]);
    expect((await sampleImage("nuclei")).image.channels).toBe(1);
    await failure(sampleVolume("nuclei"), "argument-invalid").then((error) =>
      expect(error.message).toMatch(/Use sampleImage/),
    );
    await failure(sampleImage("breast1"), "argument-invalid").then((error) =>
      expect(error.message).toMatch(/Use sampleVolume/),
    );
  });
});
