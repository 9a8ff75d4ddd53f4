import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { manifestProblems } from "../../../src/datasets/manifest/check.js";
import { readManifest } from "../../../src/datasets/manifest/read.js";
import { windowPresets } from "../../../src/io/image/window.js";
import { failure, golden, scratchFolder } from "../../io/helpers.js";

type Fields = Record<string, unknown>;

interface ManifestCases {
  edit: string;
  valid: boolean;
  manifest: Fields;
}

const folder = scratchFolder();
const manifests = golden<ManifestCases[]>("manifests.json");
const [{ manifest: good }] = manifests;
const save = (json: unknown) => folder.put("manifest.json", JSON.stringify(json));

/** The good manifest with one value replaced, or taken away with `undefined`. */
function edited(...edits: [path: string, value: unknown][]): unknown {
  const copy = structuredClone(good);
  for (const [path, value] of edits) {
    const steps = path.split(".");
    const last = steps.pop()!;
    const target = steps.reduce<Fields>((inner, step) => inner[step] as Fields, copy);
    target[last] = value;
  }
  return copy;
}

describe("valid and invalid as the published JSON Schema has it", () => {
  it.each(manifests)("$edit", async ({ valid, manifest }) => {
    const problems = await manifestProblems(manifest);
    expect(problems.length === 0, JSON.stringify(problems)).toBe(valid);
  });

  it("by code and types that were made of it", () => {
    const script = fileURLToPath(new URL("../../../src/datasets/manifest/generate.mjs", import.meta.url));
    const { status, stderr } = spawnSync(process.execPath, [script, "--check"], { encoding: "utf8" });
    expect(stderr).toBe("");
    expect(status).toBe(0);
  }, 60_000);

  it("knows every preset of a window", async () => {
    for (const window of ["auto", ...Object.keys(windowPresets)]) {
      expect(await manifestProblems(edited(["cases.0.image.window", window]))).toEqual([]);
    }
  });
});

describe("an error names the entry and the field", () => {
  it.each([
    [edited(["cases.1.modality", "ct"]), 'cases[1] "b.2": modality must be one of CT, MR'],
    [edited(["cases.0.truth", undefined]), 'cases[0] "a": truth is missing'],
    [
      edited(["cases.1.slicing", { plane: "axal" }]),
      'cases[1] "b.2": slicing.plane must be one of axial, coronal, sagittal (it is "axal")',
    ],
    [edited(["cases.1.id", "a"]), 'cases[1] "a": id is that of cases[0] already (it is "a")'],
    [edited(["cases.0.truht", {}]), 'cases[0] "a": truht is not a known field; the fields are id, title'],
    [edited(["format", "samlab-manifest/2"]), 'format must be "samlab-manifest/1" (it is "samlab-manifest/2").'],
    [edited(["name", " "]), 'name must be text, and not blank (it is " ").'],
    [edited(["cases", []]), "cases must be a list of at least one case (it is [])."],
    [edited(["cases.0", "a.png"]), 'cases[0]: entry must be an object (it is "a.png").'],
    [edited(["cases.0.image.sha256", "abc"]), 'image.sha256 must be 64 lower-case hex digits (it is "abc").'],
    [edited(["cases.0.image.frame", 1.5]), "image.frame must be a whole number from 0 (it is 1.5)."],
    [edited(["cases.0.truth.instances", "yes"]), 'truth.instances must be true or false (it is "yes").'],
    [edited(["cases.0.labels", {}]), 'labels must be an object such as { "1": "tumor" } (it is {}).'],
    [
      edited(["cases.0.labels.0", "background"]),
      "labels.0 has a wrong name: it must be a whole number from 1 (`1`), several together (`1+2`) or a threshold (`>=128`).",
    ],
    [edited(["cases.0.labels.1", 3]), 'cases[0] "a": labels.1 must be text, and not blank (it is 3).'],
    [
      edited(["cases.0.slicing", { slices: "some" }]),
      'slicing.slices must be truth, largest, all or a list of different slice numbers (it is "some").',
    ],
    [edited(["cases.0.slicing", { slices: [1, 1] }]), "slicing.slices must list different whole numbers from 0 (it is"],
    [edited(["cases.0.slicing", { slices: [3, -1] }]), "slicing.slices[1] must be a whole number from 0 (it is -1)."],
    [
      edited(["cases.0.image.window", "lungs"]),
      "image.window must be auto, abdomen, liver, mediastinum, lung, bone, brain, subdural, spine, { low, high }, " +
        '{ width, level } or { percentiles: [low, high] } (it is "lungs").',
    ],
    [edited(["cases.0.image.window", { low: 0 }]), 'cases[0] "a": image.window.high is missing.'],
    [
      edited(["cases.0.image.window", { width: 0, level: 0 }]),
      "image.window.width must be a number above 0 (it is 0).",
    ],
    [
      edited(["cases.0.image.window", { width: 1, level: 0, low: 1 }]),
      "image.window.low is not a known field; the fields are width, level (it is 1).",
    ],
    [
      edited(["cases.0.image.window", { percentiles: [1, 101] }]),
      "image.window.percentiles[1] must be a number from 0 to 100 (it is 101).",
    ],
    [
      edited(["cases.0.image.window", { percentiles: [null, 99] }]),
      "image.window.percentiles[0] must be a number from 0 to 100 (it is null).",
    ],
    [
      edited(["cases.0.image.window", { percentiles: [1] }]),
      "image.window.percentiles must be two numbers from 0 to 100 (it is [1]).",
    ],
    [edited(["defaults", {}]), 'cases[0] "a": modality is missing (and 4 more)'],
    [
      edited(["cases.0.labels", { "1": "liver", ">=2": "x" }]),
      "labels may hold whole numbers or one threshold, not both",
    ],
    [edited(["cases.0.labels", { "1": "liver", "2+1": "x" }]), "labels may name the number 1 once"],
    [edited(["cases.0.labels", { "65536": "x" }]), "labels may hold numbers up to 65535, not 65536"],
    [edited(["cases.1.otherLabels", "ignore"]), "otherLabels must be one of fail, background"],
    [edited(["cases.0.truth.instances", true]), 'labels must be { ">=1": name } where truth.instances is true'],
    [edited(["cases.0.image.window", { low: 2, high: 1 }]), "image.window must have low below high"],
    [edited(["cases.0.image.window", { percentiles: [9, 1] }]), "image.window.percentiles must ascend"],
    [
      edited(["cases.1.image.path", "./img/../a.nii"], ["cases.0.image.path", "a.nii"], ["cases.1.split", "train"]),
      'cases[1] "b.2": image.path is in the split "test" already, so it cannot be in "train"',
    ],
    [
      edited(
        ["cases.0.image.sha256", "ab".repeat(32)],
        ["cases.1.image.sha256", "ab".repeat(32)],
        ["cases.1.split", "train"],
      ),
      'cases[1] "b.2": image.sha256 is in the split "test" already, so it cannot be in "train"',
    ],
    [
      edited(["cases.0.subject", "p7"], ["cases.1.split", "train"]),
      'cases[1] "b.2": subject is in the split "test" already, so it cannot be in "train"',
    ],
  ])("%#", async (manifest, message) => {
    const error = await failure(readManifest(save(manifest)), "manifest-invalid");
    expect(error.message).toContain(message);
    expect(error.file).toBe(folder.path("manifest.json"));
  });

  it("in the order of the file, with all that is wrong", async () => {
    const manifest = edited(
      ["name", undefined],
      ["cases.0.id", "b.2"],
      ["cases.0.truth.made", "model"],
      ["cases.1.labels", { "1": "a", "1+2": "b" }],
    );
    expect((await manifestProblems(manifest)).map(({ where }) => where)).toEqual([
      "name",
      'cases[0] "b.2": truth.made',
      'cases[1] "b.2": id',
      'cases[1] "b.2": labels',
    ]);
  });

  it("and when the file is not JSON", async () => {
    await failure(readManifest(folder.put("broken.json", '{ "format": ')), "manifest-invalid");
    await failure(readManifest(folder.put("list.json", "[]")), "manifest-invalid");
    await failure(readManifest(folder.path("none.json")), "file-missing");
  });
});

it("fills in the defaults", async () => {
  const path = save(good);
  const { name, cases } = await readManifest(path);
  const at = (file: string) => join(dirname(path), file);
  expect(name).toBe("two cases");
  expect(cases).toEqual([
    {
      id: "a",
      title: "a",
      subject: "a",
      modality: "CT",
      image: {
        path: "a.nii.gz",
        file: at("a.nii.gz"),
        sha256: "0".repeat(64),
        frame: null,
        series: null,
        window: "auto",
        nonFinite: "reject",
        orientation: null,
      },
      truth: {
        path: "am.nii.gz",
        file: at("am.nii.gz"),
        sha256: null,
        frame: null,
        made: "manual",
        note: "",
        instances: false,
      },
      labels: { "1": "liver", "2": "spleen" },
      otherLabels: "fail",
      slicing: { plane: "axial", slices: "truth", minPixels: 1 },
      license: "CC0-1.0",
      source: "",
      split: "test",
      notes: "",
      manifest: path,
    },
    {
      id: "b.2",
      title: "B",
      subject: "p7",
      modality: "MR",
      image: {
        path: "b.nii",
        file: at("b.nii"),
        sha256: null,
        frame: 2,
        series: null,
        window: { percentiles: [1, 99] },
        nonFinite: "reject",
        orientation: null,
      },
      truth: {
        path: "bm.png",
        file: at("bm.png"),
        sha256: null,
        frame: null,
        made: "atlas",
        note: "",
        instances: false,
      },
      labels: { ">=0.5": "gray matter" },
      otherLabels: "background",
      slicing: { plane: "coronal", slices: [0, 4], minPixels: 50 },
      license: "CC0-1.0",
      source: "somewhere",
      split: "test",
      notes: "",
      manifest: path,
    },
  ]);
});

it("takes the older spelling of license, in the defaults and in a case", async () => {
  const { license, ...defaults } = good.defaults as Fields;
  const [first, ...others] = good.cases as Fields[];
  const older = {
    ...good,
    defaults: { ...defaults, licence: license },
    cases: [{ ...first, licence: "MIT" }, ...others],
  };
  const { cases } = await readManifest(save(older));
  expect(cases.map((entry) => entry.license)).toEqual(["MIT", "CC0-1.0"]);
  const both = save(edited(["defaults.licence", "MIT"]));
  await expect(readManifest(both)).rejects.toMatchObject({ code: "manifest-invalid" });
});
