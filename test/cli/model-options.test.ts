import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readArguments } from "../../src/cli/arguments.js";
import {
  adaptedModel,
  adapterOptionsOf,
  modelOptions,
  modelOptionsOf,
  modelsToLoad,
} from "../../src/cli/model-options.js";
import { runCli } from "../../src/cli/run.js";
import { readRows } from "../../src/evaluate/result/read-rows.js";
import { block, volumeCase, writeManifest } from "../evaluate/support/data-set.js";
import { cli } from "../support/cli.js";
import { drawnDeSam } from "../support/de-sam-file.js";
import { temporaryFolders } from "../support/temporary.js";
import { tinySam, tinyTuned } from "../support/tiny-tuned.js";

const folder = temporaryFolders();

it("reads FILE and BASE=FILE", async () => {
  expect(adaptedModel("a.safetensors")).toEqual({ adapter: "a.safetensors" });
  expect(adaptedModel("sam.pth=a.safetensors")).toEqual({ model: "sam.pth", adapter: "a.safetensors" });
  const path = join(await folder(), "rank=4.safetensors");
  await writeFile(path, "");
  expect(adaptedModel(path)).toEqual({ adapter: path });
});

it("applies --hq-token-only to HQ-SAM, by name and by path, and refuses it without one", () => {
  const read = (...names: string[]) => {
    const given = readArguments(["--hq-token-only", ...names.flatMap((name) => ["--model", name])], {
      ...modelOptions,
      model: { value: "NAME", help: "", multiple: true },
    });
    expect(modelOptionsOf(given)).toEqual({ hqTokenOnly: true });
    return modelsToLoad(names, given);
  };
  expect(read("hq-sam-vit-b", "sam-vit-b", "own.pth")).toEqual([
    { model: "hq-sam-vit-b", hqTokenOnly: true },
    "sam-vit-b",
    { model: "own.pth", hqTokenOnly: true },
  ]);
  expect(() => read("sam-vit-b")).toThrow(
    expect.objectContaining({
      code: "argument-invalid",
      field: "--hq-token-only",
      message: expect.stringContaining("HQ-SAM"),
    }),
  );
});

it("applies --desam-mode to DeSAM, by name and by path, and to adapters, and refuses it without one", () => {
  const given = (mode: string) => readArguments(["--desam-mode", mode], modelOptions);
  expect(modelOptionsOf(given("grid"))).toEqual({ deSamMode: "grid" });
  expect(adapterOptionsOf(given("grid"))).toEqual({ deSamMode: "grid" });
  expect(modelsToLoad(["lite-medsam", "own.pth", "de-sam"], given("grid"))).toEqual([
    "lite-medsam",
    { model: "own.pth", deSamMode: "grid" },
    { model: "de-sam", deSamMode: "grid" },
  ]);
  expect(modelsToLoad(["de-sam"], given("grid"))).toHaveLength(1);
  expect(modelsToLoad([], given("grid"), 1)).toEqual([]);
  const alone = expect.objectContaining({ code: "argument-invalid", field: "--desam-mode" });
  expect(() => modelsToLoad(["lite-medsam"], given("grid"))).toThrow(alone);
  expect(() => modelOptionsOf(given("points"))).toThrow(/whole-box/);
});

it("applies --image-size to SAM 2 and MedSAM2, by name and by path, and refuses it without one", () => {
  const given = readArguments(["--image-size", "512"], modelOptions);
  expect(modelsToLoad(["sam2.1-tiny", "medsam2", "sam-vit-b", "own.pth"], given)).toEqual([
    { model: "sam2.1-tiny", imageSize: 512 },
    { model: "medsam2", imageSize: 512 },
    "sam-vit-b",
    { model: "own.pth", imageSize: 512 },
  ]);
  expect(modelsToLoad(["sam2.1-tiny"], given)).toHaveLength(1);
  const alone = expect.objectContaining({ code: "argument-invalid", field: "--image-size" });
  expect(() => modelsToLoad(["sam-vit-b"], given)).toThrow(alone);
});

it("segments and evaluates with DeSAM in grid mode, and names the mode in both", async () => {
  const here = await folder();
  const named = { labels: { "1": "class 1" } };
  const manifest = await writeManifest(here, [await volumeCase(here, "volume", [block], named)]);
  const model = ["--model", await drawnDeSam(here), "--device", "cpu"];
  const [rows, mask] = [join(here, "rows.csv"), join(here, "mask.nii.gz")];
  const picture = ["segment", join(here, "volume.nii"), "--slice", "2", "--out", mask, ...model];
  const refused = await cli(...picture, "--points-per-side", "2");
  expect(refused).toMatchObject({ code: 1, err: expect.stringContaining("asks with the whole picture") });
  expect((await cli(...picture)).out).toMatch(/, whole-box, on CPU\n$/);
  const settings = ["--points-per-side", "2", "--pred-iou-thresh", "0", "--min-mask-region-area", "0"];
  const segmented = await cli(...picture, "--desam-mode", "grid", ...settings);
  expect(segmented.code, segmented.err).toBe(0);
  expect(segmented.out).toMatch(/ \(grid\) fed as DeSAM, grid, on CPU\n$/);
  const ran = await cli("evaluate", manifest, ...model, "--desam-mode", "grid", "--prompt", "none", "--out", rows);
  expect(ran.code, ran.err).toBe(0);
  const found = await readRows(rows);
  expect(found.map(({ model: name }) => name)).toEqual(found.map(() => expect.stringMatching(/ \(grid\)$/)));
  expect(found.map(({ failure }) => failure)).toEqual(["", "", ""]);
});

it("evaluates a fine-tuned model beside its base from the command line, and alone without --model", async () => {
  const here = await folder();
  const manifest = await writeManifest(here, [await volumeCase(here, "volume")]);
  const [adapter, out] = [join(here, "adapter.safetensors"), join(here, "rows.csv")];
  const tuned = await tinyTuned();
  await tuned.adapter.save(adapter);
  await tuned.sam.dispose();
  const evaluated = async (...models: string[]) => {
    let errors = "";
    const code = await runCli(["evaluate", manifest, ...models, "--device", "cpu", "--out", out, "--quiet"], {
      out: () => undefined,
      err: (text) => {
        errors += text;
      },
      isTerminal: false,
      signal: new AbortController().signal,
    });
    expect(code, errors).toBe(0);
    return [...new Set((await readRows(out)).map((row) => `${row.model} ${row.adapterHash}`))];
  };
  const { hash } = tuned.adapter;
  expect(await evaluated("--model", tinySam, "--adapter", `${tinySam}=${adapter}`)).toEqual([
    `${tinySam} `,
    `${tuned.sam.name} ${hash}`,
  ]);
  expect(await evaluated("--adapter", adapter)).toEqual([`${tuned.sam.name} ${hash}`]);
});
