import { afterEach, expect, it, vi } from "vitest";
import { SamlabError } from "../../src/core/errors.js";
import { loadSam } from "../../src/predict/load-sam.js";
import { goldenPath } from "../support/golden.js";
import { temporaryFolders } from "../support/temporary.js";

vi.mock("../../src/io/write-file.js", () => ({
  writeFileAtomic: async (path: string) => {
    throw new SamlabError("disk-full", `${path} was not written: the disk is full (ENOSPC).`, { file: path });
  },
}));

const folder = temporaryFolders();
afterEach(() => vi.unstubAllEnvs());

it("goes on without a cache when the disk is full, and reports it once", async () => {
  vi.stubEnv("SAMLAB_CACHE", await folder());
  const steps: string[] = [];
  const sam = await loadSam(goldenPath("tiny-sam.pth"), { device: "cpu", onProgress: (step) => steps.push(step) });
  expect(sam.notes).toEqual([expect.stringMatching(/not kept: .*disk is full/)]);
  for (const shift of [1, 2]) {
    const data = Uint8Array.from({ length: 8000 }, (_, n) => (n * 37 + shift) % 251);
    await sam.setImage({ width: 100, height: 80, channels: 1, data, spacing: null, window: null, source: "picture" });
  }
  expect((await sam.predict({ box: [10, 10, 60, 50] })).mask.data).toHaveLength(8000);
  await vi.waitFor(() =>
    expect(steps.filter((step) => /Embeddings are not kept on disk: .*disk is full/.test(step))).toHaveLength(1),
  );
  await sam.dispose();
});
