import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { SamlabError } from "../../src/core/errors.js";
import { loadSam } from "../../src/index.js";
import { goldenPath } from "../support/golden.js";
import { temporaryFolders } from "../support/temporary.js";
import { tinyCase, tinyTuned } from "../support/tiny-tuned.js";

vi.mock("../../src/io/files/write-file.js", () => {
  const full = (path: string) => {
    throw new SamlabError("disk-full", `${path} was not written: the disk is full (ENOSPC).`, { file: path });
  };
  return {
    writeFileAtomic: async (path: string) => full(path),
    writeFilesAtomic: async ([{ path }]: { path: string }[]) => full(path),
  };
});

const folder = temporaryFolders();
afterEach(() => vi.unstubAllEnvs());

it("goes on without a cache when the disk is full, and reports it once", async () => {
  vi.stubEnv("SAMLAB_CACHE", await folder());
  const steps: string[] = [];
  const onProgress = (step: string) => steps.push(step);
  const sam = await loadSam(goldenPath("tiny-sam.pth"), { device: "cpu", preprocessing: "sam", onProgress });
  expect(sam.notes).toEqual([expect.stringMatching(/not kept: .*disk is full/)]);
  for (const shift of [1, 2]) {
    const data = Uint8Array.from({ length: 8000 }, (_, n) => (n * 37 + shift) % 251);
    await sam.setImage({ width: 100, height: 80, channels: 1, data, spacing: null, window: null, source: "picture" });
  }
  expect((await sam.predict({ box: [10, 10, 60, 50] })).mask.data).toHaveLength(8000);
  await expect
    .poll(() => steps.filter((step) => /Embeddings are not kept on disk: .*disk is full/.test(step)))
    .toHaveLength(1);
  await sam.dispose();
});

it("ends a training all the same, reports once that it cannot be resumed, and says why its results are not written", async () => {
  const here = await folder();
  vi.stubEnv("SAMLAB_CACHE", here);
  const { sam, adapter, notes } = await tinyTuned({ steps: 3, saveEvery: 0 });
  expect(notes.filter((note) => /^The training cannot be resumed: .*disk is full/.test(note))).toHaveLength(1);
  expect(
    (await sam.predict({ box: [4, 3, 18, 12] }, { embedding: await sam.embed(tinyCase().image) })).mask.width,
  ).toBe(40);
  for (const write of [
    () => adapter.save(join(here, "adapter.safetensors")),
    () => sam.export(join(here, "model.safetensors")),
    () => sam.exportOnnx(join(here, "graphs")),
  ]) {
    await expect(write()).rejects.toMatchObject({ code: "disk-full" });
  }
  await sam.dispose();
});
