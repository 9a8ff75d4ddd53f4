import { mkdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { readManifest } from "../../../src/datasets/manifest/read.js";
import { saveManifest } from "../../../src/datasets/manifest/write.js";
import { samples } from "../../../src/datasets/samples.js";
import { caseContent } from "../../../src/evaluate/plan.js";
import { failure, golden, scratchFolder } from "../../io/helpers.js";

const folder = scratchFolder();
const [{ manifest: good }] = golden<{ manifest: object }[]>("manifests.json");

it("what was written is read back as it was", async () => {
  const first = await readManifest(folder.put("first.json", JSON.stringify({ ...good, description: "Two." })));
  await saveManifest(folder.path("again.json"), first);
  const again = await readManifest(folder.path("again.json"));
  expect(again.description).toBe("Two.");
  expect(again.cases).toEqual(first.cases.map((entry) => ({ ...entry, manifest: folder.path("again.json") })));
});

it("non-finite voxels that are set to 0 stay so, and are part of what an evaluation ran on", async () => {
  const { cases, ...manifest } = await readManifest(folder.put("plain.json", JSON.stringify(good)));
  const zeroed = cases.map((entry) => ({ ...entry, image: { ...entry.image, nonFinite: "zero" as const } }));
  await saveManifest(folder.path("zeroed.json"), { ...manifest, cases: zeroed });
  const again = await readManifest(folder.path("zeroed.json"));
  expect(again.cases.map(({ image }) => image.nonFinite)).toEqual(cases.map(() => "zero"));
  expect(caseContent(again.cases[0]!)).not.toBe(caseContent(cases[0]!));
});

it("the series of a folder stays so, and is part of what an evaluation ran on", async () => {
  const { cases, ...manifest } = await readManifest(folder.put("plain.json", JSON.stringify(good)));
  const chosen = cases.map((entry) => ({ ...entry, image: { ...entry.image, series: "lung" } }));
  await saveManifest(folder.path("chosen.json"), { ...manifest, cases: chosen });
  const again = await readManifest(folder.path("chosen.json"));
  expect(again.cases.map(({ image }) => image.series)).toEqual(cases.map(() => "lung"));
  expect(caseContent(again.cases[0]!)).not.toBe(caseContent(cases[0]!));
});

it("paths follow the manifest into another folder", async () => {
  mkdirSync(folder.path("deep"));
  const cases = await samples();
  await saveManifest(folder.path("deep/samples.json"), { name: "samples", description: "", cases });
  const again = await readManifest(folder.path("deep/samples.json"));
  expect(again.cases.map(({ image, truth }) => [image.file, truth.file])).toEqual(
    cases.map(({ image, truth }) => [image.file, truth.file]),
  );
});

it("a bad entry is refused before anything is written", async () => {
  const [entry] = await samples();
  const cases = [entry, { ...entry, license: "" }];
  const path = folder.path("bad.json");
  const error = await failure(saveManifest(path, { name: "two", description: "", cases }), "manifest-invalid");
  expect(error.message).toContain('cases[1] "brain1": license must be text, and not blank (it is "")');
  await expect(readFile(path)).rejects.toThrow("ENOENT");
});
