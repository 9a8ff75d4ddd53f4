import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { catalog } from "../../src/predict/catalog.js";
import { loadSam } from "../../src/predict/load-sam.js";
import { cli } from "../support/cli.js";
import { fileServers, serve } from "../support/file-server.js";
import { goldenPath } from "../support/golden.js";
import { temporaryCache } from "../support/temporary.js";

const cache = temporaryCache();
const start = fileServers();

describe("samlab models", () => {
  it("lists every model with what it is, how it is fed and where it comes from", async () => {
    const { out, code } = await cli("models");
    expect(code).toBe(0);
    for (const { name } of catalog) expect(out).toContain(name);
    expect(out).toMatch(/^medsam +MedSAM +94 M +box +1024² +MedSAM +Apache-2\.0 +34b34b78c1d1 +zenodo\.org +no$/m);
    expect(out).toMatch(/^sam-med3d +SAM-Med3D +101 M +points +128³ +SAM-Med3D /m);
    expect(out).toMatch(/^sam-med2d .*drive\.google\.com \(by hand\) +no$/m);
    expect(new Set(catalog.map(({ name }) => name)).size).toBe(catalog.length);
    expect(new Set(catalog.map(({ checkpoint, overlay }) => `${checkpoint()}${overlay?.()}`)).size).toBe(
      catalog.length,
    );
  });

  it("prints everything about one", async () => {
    const { out } = await cli("models", "sam-vit-h");
    expect(out).toMatch(/sha256: a7bf3b02f3ebf1267aba913ff637d9a2d5c33d3173bb679e46d9f338c26f262e/);
    expect(out).toMatch(/bytes: 2564550879\n.*from: https:\/\/dl\.fbaipublicfiles\.com.*\n.*weights: .*\(not there\)/);
    expect((await cli("models", "sam-med3d")).out).toMatch(/input: 128×128×128 voxels of 1\.5 mm/);
    expect(await cli("models", "sam")).toMatchObject({ code: 1, err: expect.stringMatching(/no model sam\./) });
    expect(await cli("models", "get")).toMatchObject({ code: 1, err: expect.stringMatching(/samlab models get/) });
  });
});

describe("samlab models get", () => {
  it("fetches a checkpoint to where loadSam finds it by name, once", async () => {
    const bytes = await readFile(goldenPath("tiny-sam.pth"));
    const { url, requests } = await start(serve(bytes));
    // No hash of TinySAM is published, so that any checkpoint will do here.
    const got = await cli("models", "get", "tiny-sam", "--from", url);
    expect(got, got.err).toMatchObject({ code: 0 });
    expect(got.out).toMatch(/^tiny-sam is there: .*tinysam_42\.3\.pth\nsha256 [0-9a-f]{64}; none is published/);
    const sam = await loadSam("tiny-sam", { device: "cpu" });
    expect(sam).toMatchObject({ name: "tiny-sam", preprocessing: "SAM" });
    await sam.dispose();
    expect((await cli("models", "get", "tiny-sam", "--from", url)).out).toMatch(/was there already/);
    expect(requests).toHaveLength(1);
  });

  it("refuses a file whose hash is not the published one, fetched or found", async () => {
    const bytes = await readFile(goldenPath("tiny-sam.pth"));
    const { url } = await start(serve(bytes));
    expect(await cli("models", "get", "sam-vit-b", "--from", url)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/not 375042383 bytes with ec2df62732614e57411/),
    });
    await mkdir(join(cache(), "weights"), { recursive: true });
    await copyFile(goldenPath("tiny-sam.pth"), join(cache(), "weights", "sam_vit_b_01ec64.pth"));
    expect(await cli("models", "get", "sam-vit-b")).toMatchObject({
      code: 1,
      err: expect.stringMatching(
        /sam_vit_b_01ec64\.pth has the sha256 .*delete it, then run samlab models get sam-vit-b/,
      ),
    });
    await expect(loadSam("sam-vit-b", { device: "cpu" })).rejects.toMatchObject({ code: "hash-mismatch" });
  });

  it("keeps no web page that was served instead of the file", async () => {
    const { url } = await start((_, response) => void response.end("<!doctype html><title>Sign in</title>"));
    const { code, err } = await cli("models", "get", "slim-sam-77", "--from", url);
    expect(code).toBe(1);
    expect(err).toMatch(/is a web page, not a checkpoint/);
    expect(await cli("models", "slim-sam-77")).toMatchObject({ out: expect.stringMatching(/\(not there\)/) });
  });

  it("says of a model without published weights how to come by one", async () => {
    const place = join(cache(), "weights", "desam_model_best.pth");
    const how = `No weights are published: train with deSam(sam, slices), or load your own file by its path, or put it at ${place}.`;
    expect((await cli("models")).out).toMatch(/^auto-sam +AutoSAM .*Apache-2\.0 \(code\) +– +not published +no$/m);
    const { out } = await cli("models", "de-sam");
    expect(out).toContain("code: https://github.com/yifangao112/DeSAM\n  paper: https://arxiv.org/abs/2306.00499");
    expect(out).toContain(`weights: ${how}\n`);
    expect(await cli("models", "get", "de-sam")).toMatchObject({ code: 1, err: expect.stringContaining(how) });
    await expect(loadSam("de-sam")).rejects.toMatchObject({
      code: "file-missing",
      message: expect.stringContaining(how),
    });
    await mkdir(join(cache(), "weights"), { recursive: true });
    await copyFile(goldenPath("tiny-sam.pth"), place);
    expect((await cli("models", "de-sam")).out).toContain(`weights: ${place}\n`);
    const sam = await loadSam("de-sam", { device: "cpu" });
    expect(sam.name).toBe("de-sam");
    await sam.dispose();
  });

  it("says without a network which file to put where, and loadSam does too", async () => {
    const { code, err } = await cli("models", "get", "medsam", "--from", "http://127.0.0.1:9/medsam_vit_b.pth");
    expect(code).toBe(1);
    const place = join(cache(), "weights", "medsam_vit_b.pth");
    for (const part of [
      "could not be fetched",
      "put the file https://zenodo.org/records/10689643/files/medsam_vit_b.pth",
      `at ${place}`,
      "34b34b78c1d18cb8c6bf84cf9c00e135d6d6c965699f3c0e31ef1bc9dcb5be74",
    ])
      expect(err).toContain(part);
    await expect(loadSam("medsam")).rejects.toMatchObject({
      code: "file-missing",
      file: place,
      message: expect.stringMatching(/Run samlab models get medsam, or put the file https:\/\/zenodo\.org/),
    });
  }, 20_000);

  it("says what a person has to fetch in a browser, and which come with the set-up", async () => {
    expect((await cli("models", "get", "sam-med2d")).err).toMatch(
      /a person has to click\. Download it in a browser and put the file https:\/\/drive\.google\.com\/.* at .*sam-med2d_b\.pth/,
    );
    expect((await cli("models", "get", "lite-medsam")).err).toMatch(/samlab setup/);
    await mkdir(join(cache(), "weights"), { recursive: true });
    await writeFile(join(cache(), "weights", "sam-med2d_b.pth"), "put there by hand");
    expect((await cli("models", "get", "sam-med2d")).out).toMatch(/was there already/);
  });
});
