import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { allCommands } from "../../kernel-ext/cli/commands.js";
import { readRows } from "../../src/evaluate/result/read-rows.js";
import { loadMask } from "../../src/io/mask-file.js";
import { MaskVolume } from "../../src/io/mask-volume.js";
import { pictureCase, volumeCase, writeManifest } from "../evaluate/support/data-set.js";
import { cli } from "../support/cli.js";
import { goldenPath } from "../support/golden.js";
import { temporaryFolders } from "../support/temporary.js";

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
  });

  it.each([
    [["evalute"], /no command evalute\. Did you mean evaluate\?/],
    [["evaluate", "m.json", "--modle", "x"], /no option --modle\. Did you mean --model\?/],
    [["evaluate", "m.json", "--xyzzyplugh"], /no option --xyzzyplugh\. --help lists them/],
    [["evaluate", "m.json", "--model"], /--model wants a value: --model NAME/],
    [["evaluate", "m.json", "--model", "--quiet"], /--model wants a value/],
    [["evaluate", "m.json", "--seed", "one"], /--seed wants a number, not "one"/],
    [["evaluate", "m.json", "--seed", "1", "--seed", "2"], /--seed was given twice/],
    [["evaluate", "m.json", "--quiet=yes"], /--quiet takes no value/],
    [["evaluate", "m.json", "--policy", "best"], /--policy cannot be "best"\. Use first, predicted-iou, oracle/],
    [["evaluate", "m.json", "--preset", "szu"], /--preset cannot be "szu"\. Use samSzu, mazurowski/],
    [["evaluate", "m.json", "--out", "rows.xlsx"], /rows\.xlsx.*\.csv/],
    [["evaluate", "m.json", "--shard", "1/2"], /--shard needs --store/],
    [["evaluate"], /one manifest, not 0/],
    [["kernel"], /wants install, list or remove, not ""/],
    [["kernel", "instal"], /not "instal"/],
    [["kernel", "install", "--name", "a b"], /cannot be called "a b"/],
    [["kernel", "install", "--user", "--prefix", "/x"], /--user and --prefix exclude each other/],
    [["evaluate", "missing.json"], /missing\.json/],
    [["merge"], /wants the stores/],
    [["segment", "a.png", "--out", "b.png"], /Nothing was asked for/],
    [["segment", "a.png", "--out", "b.png", "--box", "1,2,3"], /--box wants 4 numbers/],
  ])("says what is wrong: %j", async (argv, message) => {
    const { code, err, out } = await cli(...argv);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(message);
  });

  it("lists models and devices", async () => {
    expect((await cli("models")).out).toMatch(/lite-medsam-clicks \(default\)/);
    const { out, code } = await cli("devices");
    expect(code).toBe(0);
    expect(out).toMatch(/Node \d+.*\nONNX Runtime \d+\.\d+\.\d+\n.*CUDA.*\n.*WebGPU.*\n.*CPU +works/);
  });
});

describe("samlab validate", () => {
  it("names every wrong entry, and with --files the cases that cannot be loaded", async () => {
    const here = await folder();
    const good = await volumeCase(here, "good");
    const path = await writeManifest(here, [good, { ...good, id: "lost", image: { path: "lost.nii" } }]);
    expect(await cli("validate", path)).toEqual({ code: 0, out: `${path}: 2 cases, all right.\n`, err: "" });
    const files = await cli("validate", path, "--files");
    expect(files.code).toBe(3);
    expect(files.err).toMatch(/^Case lost of .*lost\.nii/);
    await writeManifest(here, [good, { ...good, id: "two", modality: "XR" }, { ...good, id: "three", licence: "" }]);
    const bad = await cli("validate", path);
    expect(bad.code).toBe(1);
    expect(bad.err).toMatch(
      /cases\[1\] "two": modality must be one of .*\(it is "XR"\)\.\n.*cases\[2\] "three": licence/,
    );
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
    expect(Object.keys(summary)).toEqual(["metric", "seed", "groups", "overall", "tests", "notes", "footnote"]);
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
      /wants --slice/,
    );
  });
});
