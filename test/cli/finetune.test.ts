import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { encodePng } from "../../src/io/formats/raster.js";
import { Adapter } from "../../src/models/adapter.js";
import { block, pictureCase, volumeCase, writeManifest } from "../evaluate/support/data-set.js";
import { cli } from "../support/cli.js";
import { goldenPath } from "../support/golden.js";
import { temporaryFolders } from "../support/temporary.js";

const folder = temporaryFolders();
const model = ["--model", goldenPath("tiny-sam.pth"), "--preprocessing", "sam", "--device", "cpu"];
const tiny = [...model, "--recipe", "promptEncoder"];

async function dataSet() {
  const here = await folder();
  const cases = [await volumeCase(here, "first"), await volumeCase(here, "second"), await pictureCase(here, "picture")];
  return { here, manifest: await writeManifest(here, cases) };
}

describe("samlab finetune", () => {
  it("trains on the cases that are named and writes an adapter that says how", async () => {
    const { here, manifest } = await dataSet();
    const out = join(here, "adapter.safetensors");
    const settings = ["--label", "tumor", "--min-pixels", "1", "--steps", "3", "--lr", "1e-4", "--seed", "5"];
    const schedule = ["--schedule", "cosine", "--warmup", "1"];
    const cases = ["--case", "first", "--validation-case", "second"];
    const ran = await cli("finetune", manifest, ...tiny, ...cases, ...settings, ...schedule, "--out", out);
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.out).toMatch(/^3 slices, 3 steps, those of step 3 kept, validation Dice [01]\.\d{3}\n$/);
    expect(ran.err).toContain(`wrote ${out}`);
    const { metadata } = await Adapter.open(out);
    expect(metadata).toMatchObject({ recipe: "promptEncoder", cases: "3", seed: "5", learningRate: "0.0001" });
  }, 120_000);

  it("takes volumes and pictures, single slices, and labels by number", async () => {
    const { here, manifest } = await dataSet();
    const out = join(here, "adapter.safetensors");
    const settings = ["--label", "1", "--steps", "1", "--quiet", "--out", out];
    const ran = await cli("finetune", manifest, ...tiny, "--case", "second", "--slice", "2", ...settings);
    expect(ran).toMatchObject({ code: 0, out: "1 slices, 1 steps, those of step 1 kept\n" });
    expect(ran.err).toBe(`No validation cases were given: the weights of the last step are kept.\nwrote ${out}\n`);
    const picture = await cli("finetune", manifest, ...tiny, "--case", "picture", "--min-pixels", "1", ...settings);
    expect(picture).toMatchObject({ code: 0, out: "1 slices, 1 steps, those of step 1 kept\n" });
    const instances = ["--case", "picture", "--label", "nucleus", "--min-pixels", "5", "--steps", "1", "--out", out];
    const each = await cli("finetune", manifest, ...tiny, ...instances);
    expect(each).toMatchObject({ code: 0, out: "1 slices with 2 objects, 1 steps, those of step 1 kept\n" });
    expect((await Adapter.open(out)).metadata).toMatchObject({ cases: "2" });
  }, 120_000);

  it("leaves slices out that a volume does not have, and volumes without any", async () => {
    const { here } = await dataSet();
    const out = join(here, "adapter.safetensors");
    const manifest = await writeManifest(here, [await volumeCase(here, "first"), await volumeCase(here, "second")]);
    const settings = ["--label", "1", "--steps", "1", "--quiet", "--out", out];
    const both = await cli("finetune", manifest, ...tiny, "--slice", "2", "--slice", "99", ...settings);
    expect(both).toMatchObject({ code: 0, out: "2 slices, 1 steps, those of step 1 kept\n" });
    expect(both.err).toMatch(/^first has no slice 99: its slices are 0 to \d+\.\nsecond has no slice 99/);
    const none = await cli("finetune", manifest, ...tiny, "--slice", "99", ...settings);
    expect(none.code).toBe(1);
    expect(none.err).toMatch(/^first is left out: it has no slice 99\.\nsecond is left out/);
    expect(none.err).toContain("There is no axial slice 99 in");
  }, 120_000);

  it("leaves cases without enough of the object out, and says so", async () => {
    const { here, manifest } = await dataSet();
    const out = join(here, "adapter.safetensors");
    const settings = ["--label", "tumor", "--steps", "1", "--quiet", "--out", out];
    const cases = ["--case", "first", "--case", "second"];
    const small = { ...block, to: [7, 7, 3] } as const;
    const mixed = await writeManifest(here, [
      await volumeCase(here, "first"),
      await volumeCase(here, "second", [small]),
    ]);
    const ran = await cli("finetune", mixed, ...tiny, ...cases, "--min-pixels", "60", ...settings);
    expect(ran).toMatchObject({ code: 0, out: "3 slices, 1 steps, those of step 1 kept\n" });
    expect(ran.err).toContain("second is left out: it nowhere shows 60 pixels of the object.\n");
    const none = await cli("finetune", manifest, ...tiny, ...cases, "--min-pixels", "900", ...settings);
    expect(none.code).toBe(1);
    expect(none.err).toMatch(/No slice of first, second has enough of the object\. Lower --min-pixels/);
    const zero = await cli("finetune", manifest, ...tiny, ...cases, "--min-pixels", "0", ...settings);
    expect(zero.err).toMatch(/--min-pixels takes a whole number from 1, not 0/);
  }, 120_000);

  it("leaves cases without the label out unless they are named, and says what labels there are if all are", async () => {
    const { here, manifest } = await dataSet();
    const out = join(here, "adapter.safetensors");
    const run = (data: string, ...more: string[]) =>
      cli("finetune", data, ...tiny, "--min-pixels", "1", "--steps", "1", "--quiet", "--out", out, ...more);
    const mixed = await run(manifest, "--label", "tumor");
    expect(mixed).toMatchObject({ code: 0, out: "6 slices, 1 steps, those of step 1 kept\n" });
    expect(mixed.err).toContain('picture is left out: it has no label "tumor".\n');
    const sliced = await run(manifest, "--slice", "2");
    expect(sliced).toMatchObject({ code: 0, out: "2 slices, 1 steps, those of step 1 kept\n" });
    expect(sliced.err).toContain("picture is left out: it is a picture, without slices.\n");
    const none = await run(manifest, "--label", "tumro");
    expect(none.code).toBe(1);
    expect(none.err).toMatch(/No case has the label "tumro"\. Did you mean tumor\? Use one of tumor, nucleus\./);
    const named = await run(manifest, "--label", "nucleus", "--case", "picture", "--case", "first");
    expect(named.err).toMatch(/first has no label "nucleus"\. Use one of 1 \(tumor\)/);
    await writeFile(join(here, "picture_truth.png"), await encodePng(16, 12, new Uint8Array(16 * 12)));
    const empty = await run(manifest);
    expect(empty).toMatchObject({ code: 0, out: "6 slices, 1 steps, those of step 1 kept\n" });
    expect(empty.err).toContain("picture is left out: it has no object.\n");
  }, 120_000);

  it("trains and validates as the manifest is split, and leaves what is for tests", async () => {
    const here = await folder();
    const cases = [
      await volumeCase(here, "first", [block], { split: "train" }),
      await volumeCase(here, "second", [{ ...block, to: [11, 12, 2] }], { split: "validation" }),
      await volumeCase(here, "third", [block], { split: "test" }),
    ];
    const out = join(here, "adapter.safetensors");
    const manifest = await writeManifest(here, cases);
    const ran = await cli("finetune", manifest, ...tiny, "--min-pixels", "1", "--steps", "1", "--out", out);
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.out).toMatch(/^3 slices, 1 steps, those of step 1 kept, validation Dice [01]\.\d{3}\n$/);
  }, 120_000);

  it("validates on a patient who is trained on only where that is said", async () => {
    const here = await folder();
    const cases = await Promise.all(
      [block, { ...block, to: [11, 12, 2] as const }].map((object, n) =>
        volumeCase(here, `scan${n}`, [object], { subject: "p" }),
      ),
    );
    const manifest = await writeManifest(here, cases);
    const settings = ["--case", "scan0", "--validation-case", "scan1", "--min-pixels", "1", "--steps", "1"];
    const ran = (...more: string[]) =>
      cli("finetune", manifest, ...tiny, ...settings, ...more, "--out", join(here, "adapter.safetensors"));
    const refused = await ran();
    expect(refused.code).toBe(1);
    expect(refused.err).toContain("or set --allow-same-patient");
    expect(await ran("--allow-same-patient")).toMatchObject({ code: 0 });
  }, 120_000);

  it.each([
    [[], /one manifest and --out/],
    [["M", "--out", "a.pth"], /a \.safetensors file, not "a\.pth"/],
    [["M", "--out", "O", "--case", "frist"], /no case frist\. Did you mean first\?/],
    [
      ["M", "--out", "O", "--case", "first", "--validation-case", "first"],
      /"first" is in both training and validation/,
    ],
    [["M", "--out", "O", "--case", "first", "--label", "tumro"], /first has no label "tumro"\. Use one of 1 \(tumor\)/],
    [["M", "--out", "O", "--case", "first", "--slice", "two"], /--slice needs a whole number/],
    [["M", "--out", "O", "--schedule", "cosin"], /--schedule cannot be "cosin"\. Use constant, cosine, poly/],
    [["M", "--out", "O", "--case", "first", "--min-pixels", "50000"], /No slice of first has enough of the object/],
  ])("says what is wrong: %j", async (argv, message) => {
    const { here, manifest } = await dataSet();
    const places: Record<string, string> = { M: manifest, O: join(here, "adapter.safetensors") };
    const { code, err } = await cli("finetune", ...tiny, ...argv.map((text) => places[text] ?? text));
    expect(code).toBe(1);
    expect(err).toMatch(message);
    expect(await readdir(here)).not.toContain("adapter.safetensors");
  });
});
