import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { allCommands } from "../../kernel-ext/cli/commands.js";
import type { Command } from "../../src/cli/command.js";
import { runCli } from "../../src/cli/run.js";
import { SamlabError } from "../../src/core/errors.js";
import { readRows } from "../../src/evaluate/result/read-rows.js";
import { loadVolume } from "../../src/io/image/load.js";
import { loadMask } from "../../src/io/mask/mask-file.js";
import { saveMask } from "../../src/io/mask/mask-save.js";
import { emptyMask, MaskVolume } from "../../src/io/mask/mask-volume.js";
import { saveNifti } from "../../src/io/nifti/write.js";
import { block, pictureCase, volumeCase, writeManifest } from "../evaluate/support/data-set.js";
import { reported } from "../io/reported.js";
import { cli } from "../support/cli.js";
import { goldenPath } from "../support/golden.js";
import { temporaryFolders } from "../support/temporary.js";
import { tinyTuned } from "../support/tiny-tuned.js";

const folder = temporaryFolders();
const tiny = ["--model", goldenPath("tiny-sam.pth"), "--device", "cpu"];

describe("samlab", () => {
  it("has help for all and for each command", async () => {
    expect(await cli("--help")).toMatchObject({ code: 0, err: "" });
    for (const { name, options } of allCommands) {
      const { out, code } = await cli(name, "--help");
      expect(code).toBe(0);
      for (const option of Object.keys(options)) expect(out).toContain(`--${option}`);
    }
    expect((await cli()).code).toBe(1);
    expect(await cli("help", "evaluate")).toEqual(await cli("evaluate", "--help"));
    expect(await cli("help")).toEqual(await cli("--help"));
  });

  it.each([
    [["help", "evalute"], /no command evalute\. Did you mean evaluate\?/],
    [["evalute"], /no command evalute\. Did you mean evaluate\?/],
    [["evaluate", "m.json", "--modle", "x"], /no option --modle\. Did you mean --model\?/],
    [["evaluate", "m.json", "--xyzzyplugh"], /no option --xyzzyplugh\. --help lists them/],
    [["evaluate", "m.json", "--model"], /--model needs a value: --model NAME/],
    [["evaluate", "m.json", "--model", "--quiet"], /--model needs a value/],
    [["evaluate", "m.json", "--seed", "one"], /--seed needs a number, not "one"/],
    [["evaluate", "m.json", "--seed", "1", "--seed", "2"], /--seed was given twice/],
    [["evaluate", "m.json", "--quiet=yes"], /--quiet takes no value/],
    [["evaluate", "m.json", "--policy", "best"], /--policy cannot be "best"\. Use first, predicted-iou, oracle/],
    [["evaluate", "m.json", "--preset", "szu"], /--preset cannot be "szu"\. Use samSzu, mazurowski/],
    [["evaluate", "m.json", "--out", "rows.xlsx"], /rows\.xlsx.*\.csv/],
    [["evaluate", "m.json", "--shard", "1/2"], /--shard needs --store/],
    [["evaluate"], /one manifest, not 0/],
    [
      ["evaluate", "samples", "--prompt", "propagate:box"],
      /"propagate:box" goes through a volume.*--volume propagate:box/,
    ],
    [["evaluate", "samples", "--volume", "box"], /not a way to prompt a volume\. Did you mean propagate:box\?/],
    [["evaluate", "samples", "--volume", "propagate:clik"], /Did you mean propagate:click\?/],
    [["kernel"], /needs install, list or remove, not ""/],
    [["kernel", "instal"], /not "instal"/],
    [["kernel", "install", "--name", "a b"], /cannot be called "a b"/],
    [["kernel", "install", "--user", "--prefix", "/x"], /--user and --prefix cannot be combined/],
    [["evaluate", "missing.json"], /missing\.json/],
    [["merge"], /needs the stores/],
    [
      ["segment", "a.png", "--out", "b.png", "--model", "lite-medsam"],
      /There is no prompt, and lite-medsam takes no points/,
    ],
    [
      ["segment", "a.png", "--out", "b.png", "--box", "1,1,2,2", "--points-per-side", "4"],
      /--points-per-side is of the grid of points, but there is a prompt/,
    ],
    [
      ["segment", "a.png", "--out", "b.png", "--model", "samed", "--pred-iou-thresh", "0.5"],
      /--pred-iou-thresh is of the grid of points, but samed finds classes/,
    ],
    [["segment", "a.png", "--out", "b.png", "--stability-score-thresh", "2"], /--stability-score-thresh is 2\. Give/],
    [["segment", "README.md", "--out", "b.png", "--box", "1,1,2,2"], /README\.md is of an unknown format/],
    [["segment", "package.json", "--slice", "1", "--out", "b.nii", "--box", "1,1,2,2"], /of an unknown format/],
    [["models", "sam-vit"], /no model sam-vit\. Did you mean sam-vit-[blh]\? samlab models lists them/],
    [["evaluate", "m.json", "--out", "nowhere/rows.csv"], /no folder nowhere\. Create its folder first/],
    [["validate"], /one manifest, not 0\. For example: samlab validate/],
    [["segment", "a.png", "--out", "b.png", "--box", "1,2,3"], /--box wants 4 numbers/],
  ])("says what is wrong: %j", async (argv, message) => {
    const { code, err, out } = await cli(...argv);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(message);
  });

  it.each([
    ['Use { device: "auto" }; then go on.', "Use --device auto; then go on."],
    ['Say { images: "a b/*.png", imageSize: 512 }.', "Say --images 'a b/*.png' --image-size 512."],
    ["Leave { merge: true } out.", "Leave --merge out."],
    ["Give { device }.", "Give --device."],
    [
      'Load it with load(path, { device: "cpu" }), or { merge }.',
      'Load it with load(path, { device: "cpu" }), or --merge.',
    ],
    ["Give { device, point }.", "Give { device, point }."],
    ["Set imageSize, or maskSize.", "Set --image-size, or maskSize."],
    ["See /data/imageSize/a and imageSize.png.", "See /data/imageSize/a and imageSize.png."],
    ["Give clicks as { x: 10, y: 20 }.", "Give clicks as { x: 10, y: 20 }."],
  ])("names options as the command line has them: %s", async (remedy, told) => {
    const fails: Command = {
      name: "fails",
      summary: "",
      usage: "",
      options: {
        device: { value: "NAME", help: "" },
        images: { value: "GLOB", help: "" },
        "image-size": { value: "N", help: "" },
        merge: { help: "" },
      },
      run: () => Promise.reject(new SamlabError("environment", "No.", { remedy })),
    };
    let err = "";
    const signal = new AbortController().signal;
    const code = await runCli(["fails"], { out: () => {}, err: (text) => (err += text), isTerminal: false, signal }, [
      fails,
    ]);
    expect([code, err]).toEqual([1, `samlab: No. ${told}\n`]);
  });

  it("lists models and devices", async () => {
    expect((await cli("models")).out).toMatch(/lite-medsam-clicks \(default\)/);
    const { out, code } = await cli("devices");
    expect(code).toBe(0);
    expect(out).toMatch(
      /Node \d+.*\nONNX Runtime \d+\.\d+\.\d+\n.*CUDA.*\n.*WebGPU.*\n.*CPU +works.*\nprecision int8 (works|cannot)/,
    );
    expect(out).toMatch(/weights of the named models are there|weights missing: [^,\n]*lite_medsam\.pth; samlab setup/);
  });
});

describe("samlab validate", () => {
  it("names every wrong entry, and with --files the cases that cannot be loaded", async () => {
    const here = await folder();
    const good = await volumeCase(here, "good");
    const path = await writeManifest(here, [good, { ...good, id: "lost", image: { path: "lost.nii" } }]);
    expect(await cli("validate", path)).toEqual({ code: 0, out: `${path}: 2 cases, no errors.\n`, err: "" });
    expect(await cli("validate", "samples")).toEqual({ code: 0, out: "samples: 7 cases, no errors.\n", err: "" });
    const files = await cli("validate", path, "--files");
    expect(files.code).toBe(3);
    expect(files.err).toMatch(/^Case lost of .*lost\.nii/);
    await writeManifest(here, [good, { ...good, id: "two", modality: "XR" }, { ...good, id: "three", license: "" }]);
    const bad = await cli("validate", path);
    expect(bad.code).toBe(1);
    expect(bad.err).toMatch(
      /cases\[1\] "two": modality must be one of .*\(it is "XR"\)\.\n.*cases\[2\] "three": license/,
    );
  });
});

describe("samlab validate --files", () => {
  it("names the cases that cannot be scored completely", async () => {
    const here = await folder();
    const blocks = Array.from({ length: 7 }, (_, n) => ({ ...block, label: n + 1, to: [5 + n, 12, 3] as const }));
    const two = await volumeCase(here, "two", [block, { label: 2, from: [14, 5, 1], to: [16, 8, 3] }]);
    const many = await volumeCase(here, "many", blocks);
    const none = await volumeCase(here, "none", []);
    const path = await writeManifest(here, [await volumeCase(here, "good"), two, many, none]);
    const { code, out, err } = await cli("validate", path, "--files");
    expect(code).toBe(3);
    expect(out).toBe(`${path}: 4 cases, 3 cannot be scored completely.\n`);
    const [first, second, third] = err.trimEnd().split("\n");
    expect(first).toMatch(/^two: The truth holds values that labels does not name: 2\. Name them, set "otherLabels"/);
    expect(second).toMatch(/^many: .* name: 2, 3, 4, 5, 6 and 1 more\. .*">=128"/);
    expect(third).toBe("none: The truth holds none of the objects that labels names.");
  });

  it("refuses NaN voxels, which the manifest and segment can set to 0", async () => {
    const here = await folder();
    const entry = await volumeCase(here, "nan");
    const data = new Float32Array(24 * 20 * 6).map((_, n) => (n === 70 ? Number.NaN : n % 50));
    const affine = [-1, 0, 0, 0, 0, -2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1];
    await saveNifti(join(here, "nan.nii"), { data, size: [24, 20, 6], affine });
    const refused = await cli("validate", await writeManifest(here, [entry]), "--files");
    expect(refused).toMatchObject({ code: 3, out: expect.stringContaining("1 cannot be loaded") });
    expect(refused.err).toMatch(/"nonFinite": "zero" in a manifest, or use samlab segment --non-finite zero/);
    const zeroed = await writeManifest(here, [{ ...entry, image: { ...entry.image, nonFinite: "zero" } }]);
    const taken = await cli("validate", zeroed, "--files");
    expect(taken).toMatchObject({ code: 0, err: expect.stringMatching(/^nan: .* set to 0: 1 of 2880 voxels/) });
    const segment = ["segment", join(here, "nan.nii"), ...tiny, "--slice", "2", "--box", "4,5,11,12"];
    const out = join(here, "mask.nii.gz");
    expect((await cli(...segment, "--out", out)).code).toBe(1);
    const ran = await cli(...segment, "--non-finite", "zero", "--out", out);
    expect(ran).toMatchObject({ code: 0, err: expect.stringContaining("set to 0: 1 of 2880 voxels") });
  });
});

describe("samlab evaluate and merge", () => {
  it("writes rows and summary, prints tables, and ends with 3 when cases failed", async () => {
    const here = await folder();
    const manifest = await writeManifest(here, [await volumeCase(here, "ct"), await pictureCase(here, "cells")]);
    const [rows, json] = [join(here, "rows.csv"), join(here, "summary.json")];
    const ran = await cli("evaluate", manifest, ...tiny, "--prompt", "box", "--out", rows, "--json", json);
    expect(ran.code, ran.err).toBe(0);
    expect(await readRows(rows)).toHaveLength(5);
    expect(ran.out).toMatch(/Microscopy +nucleus/);
    expect(ran.out).toMatch(/n = 5 rows: 5 objects of 2 cases\. Mask policy: first\./);
    expect(ran.err).toMatch(/2 of 2 cases, 5 rows, \d+\.\d+ slices\/s, 0 s left\n$/);
    const summary = JSON.parse(await readFile(json, "utf8"));
    expect(Object.keys(summary)).toEqual([
      ...["metric", "seed", "groups", "overall", "tests", "notes", "models", "footnote"],
    ]);
    expect(summary.groups).toMatchObject([
      { modality: "CT", n: 3 },
      { modality: "Microscopy", n: 2 },
    ]);

    await writeFile(join(here, "ct.nii"), "spoilt");
    const parts = [1, 2].map((n) => join(here, `part${n}.ndjson`));
    const codes = [];
    for (const [n, store] of parts.entries()) {
      codes.push((await cli("evaluate", manifest, ...tiny, "--quiet", "--shard", `${n + 1}/2`, "--store", store)).code);
    }
    expect(codes).toEqual([3, 0]);
    const merged = await cli("merge", ...parts, "--out", rows);
    expect(merged.code).toBe(3);
    expect(merged.err).toMatch(/^failed \(1 rows\): ct: Case ct of /);
    expect(await readRows(rows)).toHaveLength(3);
    expect(await cli("merge", parts[0], "--out", rows)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/Missing: shard 2\/2/),
    });
  });
});

describe("the scores of a preset's study", () => {
  it("are printed and saved after evaluate and after merge, with what to know about them", async () => {
    const here = await folder();
    const manifest = await writeManifest(here, [await pictureCase(here, "a"), await pictureCase(here, "b")]);
    const [json, whole] = ["part.json", "whole.json"].map((name) => join(here, name));
    const parts = [1, 2].map((n) => join(here, `part${n}.ndjson`));
    const argv = ["evaluate", manifest, ...tiny, "--preset", "cvpr24Laptop", "--quiet"];
    const ran = [await cli(...argv, "--json", whole)];
    for (const [n, store] of parts.entries()) await cli(...argv, "--shard", `${n + 1}/2`, "--store", store);
    ran.push(await cli("merge", ...parts, "--json", json));
    for (const { code, out, err } of ran) {
      expect(code, err).toBe(0);
      expect(out).toMatch(/mean Dice .*mean per case/);
      expect(out).toMatch(/mean nsd .*mean per case/);
      expect(out).toMatch(/mean seconds .*mean per case/);
      expect(out).toContain("CVPR 2024 laptop challenge: the challenge's seconds also hold the start of a container");
    }
    for (const file of [whole, json]) {
      const { metric, others } = JSON.parse(await readFile(file, "utf8"));
      expect(metric).toBe("dice");
      expect(others).toMatchObject([
        { metric: "nsd", overall: [{ n: 4, cases: 2 }], tests: [] },
        { metric: "seconds", overall: [{ n: 2, cases: 2 }], tests: [] },
      ]);
    }
  });
});

describe("notes of models and files are printed with every result", () => {
  it("of evaluate and merge: notes of models and of reading, quiet or not, and how pictures are prepared in every row", async () => {
    const here = await folder();
    await copyFile(reported("saved-mask-other-place-in-itk/no_forms.nii"), join(here, "ct.nii"));
    const volume = await volumeCase(here, "plain");
    const truth = emptyMask(await loadVolume(join(here, "ct.nii")));
    truth.data.fill(1, 0, 12);
    await saveMask(join(here, "ct_truth.nii"), truth);
    const other = {
      ...volume,
      id: "odd",
      image: { path: "ct.nii" },
      truth: { path: "ct_truth.nii", made: "synthetic" },
    };
    const manifest = await writeManifest(here, [volume, other]);
    const [rows, json, store] = [join(here, "rows.csv"), join(here, "summary.json"), join(here, "store.ndjson")];
    const argv = ["evaluate", manifest, ...tiny, "--preprocessing", "medsam", "--quiet", "--store", store];
    const ran = await cli(...argv, "--out", rows, "--json", json);
    expect(ran.code, ran.err).toBe(0);
    const about = /^odd: The header has no orientation; .*\.$/m;
    expect(ran.err).toMatch(about);
    expect(ran.err).not.toMatch(/slices\/s/);
    expect(new Set((await readRows(rows)).map(({ preprocessing }) => preprocessing))).toEqual(new Set(["MedSAM"]));
    expect(ran.out).toContain("fed as MedSAM");
    expect(JSON.parse(await readFile(json, "utf8")).models).toMatchObject([{ preprocessing: "MedSAM" }]);
    expect((await cli("merge", store, "--out", rows)).err).toMatch(about);
  });

  it("of segment, whose progress can be stopped", async () => {
    const out = join(await folder(), "o.nii.gz");
    const series = fileURLToPath(new URL("../golden/formats/files/series", import.meta.url));
    const box = ["--slice", "2", "--box", "0,0,3,3"];
    const argv = ["segment", series, ...tiny, "--preprocessing", "sam", ...box, "--out", out];
    const stopped = new AbortController();
    let shown = "";
    const err = (text: string) => {
      shown += text;
      // Which steps are shown depends on their time; the first one always is.
      stopped.abort();
    };
    const console = { out: () => undefined, err, isTerminal: true, signal: stopped.signal };
    expect(await runCli(argv, console), shown).toBe(130);
    expect(shown).toMatch(/Stopped\.\n$/);
    expect(existsSync(out)).toBe(false);
    expect((await cli(...argv, "--quiet")).err).toBe(`wrote ${out}\n`);
    const xray = fileURLToPath(new URL("../golden/formats/files/xray.dcm", import.meta.url));
    const picture = ["segment", xray, ...tiny, "--box", "0,0,3,3", "--out", out.replace(".nii.gz", ".png")];
    const { err: notes } = await cli(...picture);
    expect(notes).toContain("MONOCHROME1");
    expect(notes).toContain("load MedSAM's with --preprocessing medsam, micro-sam's with --preprocessing micro-sam.");
    const wrong = ["segment", series, ...tiny, ...box, "--out", "o.png"];
    expect(await cli(...wrong)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/o\.png is not a name for a mask volume/),
    });
  });
});

describe("a LoRA file on the command line", () => {
  it("is evaluated together with its base", async () => {
    const here = await folder();
    const manifest = await writeManifest(here, [await volumeCase(here, "ct")]);
    const [rows, lora] = [join(here, "rows.csv"), goldenPath("hugging-face/adapter")];
    const argv = ["evaluate", manifest, "--device", "cpu", "--quiet", "--out", rows, "--model", lora];
    const without = await cli(...argv);
    expect(without.code).toBe(1);
    expect(without.err).toMatch(/low-rank updates.*--base on the command line/s);
    const ran = await cli(...argv, "--base", goldenPath("hugging-face"));
    expect(ran.code, ran.err).toBe(0);
    expect((await readRows(rows)).map(({ model }) => model)).toContain(lora);
    const known = ["evaluate", manifest, "--model", "lite-medsam", "--base", "sam-vit-b"];
    expect((await cli(...known)).err).toContain("--base is for a checkpoint given by its path");
  });
});

describe("samlab segment", () => {
  it("writes a mask on the volume's grid, and one of a picture", async () => {
    const here = await folder();
    await volumeCase(here, "ct");
    await pictureCase(here, "cells");
    const out = join(here, "mask.nii.gz");
    const volume = ["segment", join(here, "ct.nii"), ...tiny, "--slice", "2", "--box", "4,5,11,12", "--out", out];
    const ran = await cli(...volume);
    expect(ran.code, ran.err).toBe(0);
    const mask = await loadMask(out);
    expect(mask instanceof MaskVolume && mask.size).toEqual([24, 20, 6]);
    expect(ran.out).toMatch(/^\d+ pixels, predicted IoU/);
    const picture = ["segment", join(here, "cells.png"), ...tiny, "--point", "3,3", "--out", join(here, "m.png")];
    expect((await cli(...picture)).code).toBe(0);
    expect((await cli(...picture, "--slice", "1")).err).toMatch(/no slices/);
    expect((await cli("segment", join(here, "ct.nii"), ...tiny, "--box", "1,1,5,5", "--out", out)).err).toMatch(
      /needs --slice/,
    );
  });

  it("takes a fine-tuned adapter, on the model that it names or on a given one", async () => {
    const here = await folder();
    await pictureCase(here, "cells");
    const [adapter, out] = [join(here, "adapter.safetensors"), join(here, "m.png")];
    const tuned = await tinyTuned();
    await tuned.adapter.save(adapter);
    await tuned.sam.dispose();
    const argv = ["segment", join(here, "cells.png"), "--point", "3,3", "--out", out, "--adapter", adapter];
    for (const model of [[], tiny]) {
      const { code, out: said, err } = await cli(...argv, ...model);
      expect(code, err).toBe(0);
      expect(said).toContain(`, ${tuned.sam.name} fed as`);
    }
    const missing = await cli(...argv.slice(0, -1), join(here, "none"));
    expect(missing).toMatchObject({ code: 1, err: expect.stringMatching(/There is no file .*none/) });
  });

  it("finds regions without a prompt, and says when there are none", async () => {
    const here = await folder();
    await volumeCase(here, "ct");
    await pictureCase(here, "cells");
    const grid = ["--points-per-side", "2", "--stability-score-thresh", "0", "--pred-iou-thresh"];
    const out = join(here, "mask.nii.gz");
    const volume = ["segment", join(here, "ct.nii"), ...tiny, "--slice", "2", "--out", out, ...grid];
    const ran = await cli(...volume, "0");
    expect(ran.code, ran.err).toBe(0);
    expect(ran.out).toMatch(/^region 1 (\d+) pixels, (region 2 \d+ pixels, )?.*fed as/);
    const mask = (await loadMask(out)) as MaskVolume;
    expect(mask.names.get(1)).toBe("region 1");
    expect(mask.data.filter((label) => label === 1)).toHaveLength(Number(/\d+(?= pixels)/.exec(ran.out)![0]));
    const picture = ["segment", join(here, "cells.png"), ...tiny, "--out", join(here, "m.png"), ...grid];
    expect(await cli(...picture, "0")).toMatchObject({ code: 0 });
    expect((await loadMask(join(here, "m.png"))).data.some((label) => label === 1)).toBe(true);
    const none = await cli(...picture, "1");
    expect(none).toMatchObject({ code: 0, out: expect.stringMatching(/^no region found/) });
    expect(none.err).toContain("Lower --pred-iou-thresh");
    expect((await loadMask(join(here, "m.png"))).data.some((label) => label === 1)).toBe(false);
  });

  it("takes one volume of a 4D file, and says which there are", async () => {
    const out = join(await folder(), "o.nii.gz");
    const argv = ["segment", reported("cli-4d/d4_time.nii"), ...tiny, "--slice", "0", "--box", "1,1,8,8", "--out", out];
    expect((await cli(...argv)).err).toMatch(/holds 6 volumes.*--frame on the command line/);
    const { code, err } = await cli(...argv, "--frame", "4");
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining("Volume 4 of 6, counted from 0.") });
    expect(await loadMask(out)).toMatchObject({ size: [12, 10, 1] });
  });

  it("reads a DICOM series, and writes a DICOM segmentation of it", async () => {
    const out = join(await folder(), "o.dcm");
    const series = fileURLToPath(new URL("../golden/formats/files/series", import.meta.url));
    const argv = ["segment", series, ...tiny, "--slice", "2", "--box", "0,0,3,3", "--out", out];
    const { code, err } = await cli(...argv);
    // What an untrained model finds may be nothing, which a DICOM segmentation cannot say.
    if (code === 0) expect(await loadMask(out)).toBeInstanceOf(MaskVolume);
    else expect(err).toContain("needs at least one object");
  });
});

describe("samlab import", () => {
  it("writes a manifest that samlab validate takes", async () => {
    const here = await folder();
    await mkdir(join(here, "images"));
    await mkdir(join(here, "masks"));
    await copyFile(reported("png-palette-mask/voc3.png"), join(here, "images", "a.png"));
    await copyFile(reported("png-palette-mask/voc3.png"), join(here, "masks", "a.png"));
    const out = join(here, "manifest.json");
    const argv = ["import", "pairs", here, "--out", out, "--modality", "Microscopy"];
    expect((await cli(...argv)).err).toMatch(
      /does not say what its masks show\. Say it: --label polyp for one object, or a label map such as --label 1=liver --label 2=tumor\.$/m,
    );
    const ran = await cli(...argv, "--label", "1=cell", "--label", "2=nucleus");
    expect(ran).toEqual({ code: 0, err: "", out: `${out}: 1 cases from pairs.\n` });
    const { code, err } = await cli("validate", out, "--files");
    expect(code).toBe(0);
    expect(err).toContain("a: The mask has a palette; its numbers are 0 #000000, 1 #800000, 2 #008000.");
  });

  it("says what to do in options of its own", async () => {
    const here = await folder();
    const labeled = ["import", "pairs", here, "--out", join(here, "m.json"), "--label", "cell"];
    for (const name of ["volume-0.nii", "segmentation-0.nii", "a.png", "a_mask.png"]) {
      await copyFile(reported("png-palette-mask/voc3.png"), join(here, name));
    }
    expect((await cli(...labeled)).err).toMatch(
      /Say which names belong together, .*: --images 'images\/\*\.png' --masks 'masks\/\*_gt\.png'\. Add what is missing, or leave these out: --skip-unmatched\.$/m,
    );
    expect((await cli(...labeled, "--images", "*/a.png", "--masks", "*.png")).err).toMatch(
      /is not a pattern for the images\. Give both, each with one star in the file name: --images 'images/,
    );
    expect((await cli(...labeled, "--skip-unmatched")).err).toMatch(
      /which are "cell"\? Say --label '>=128=cell' for a gray mask, --label '>=1=cell' for all together, a name for each number, or --instances where/,
    );
    await writeFile(
      join(here, "dataset.json"),
      JSON.stringify({ labels: { background: 0, ignore: 1 }, file_ending: ".png" }),
    );
    await mkdir(join(here, "imagesTr"));
    await mkdir(join(here, "labelsTr"));
    expect((await cli("import", "nnunet", here, "--out", join(here, "m.json"))).err).toMatch(
      /give the label map without it: --label N=NAME\.$/m,
    );
  });

  it.each([
    [["import"], /takes a format/],
    [["import", "nnunt", "."], /no import format nnunt\. Did you mean nnunet\?/],
    [["distill"], /takes images and --out, a \.safetensors file\. For/],
    [["import", "zip", "x", "--out", "m.json"], /no import format zip/],
    [["import", "pairs", "none-there", "--out", "m.json", "--label", "x"], /none-there/],
    [["import", "pairs", ".", "--out", "m.json", "--label", "x", "--label", "y"], /--label needs N=NAME/],
    [
      ["import", "pairs", ".", "--out", "m.json", "--label", "1=a", "--label", "1=b"],
      /--label names 1 twice: a and b\. Give each number one name/,
    ],
  ])("says what is wrong: %j", async (argv, message) => {
    const { code, err } = await cli(...argv);
    expect(code).toBe(1);
    expect(err).toMatch(message);
  });
});
