import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { boxProposals, proposeBoxes } from "../../src/autoprompt/box-proposals.js";
import { type ShownWork, setAmbient } from "../../src/core/ambient.js";
import { loadCase } from "../../src/datasets/case.js";
import { evaluate } from "../../src/evaluate/evaluate.js";
import { loadSam, readManifest } from "../../src/index.js";
import { loadVolume } from "../../src/io/image/load.js";
import type { Volume } from "../../src/io/image/volume.js";
import { automaticMasks } from "../../src/predict/automask/automatic-masks.js";
import type { LoadedSam } from "../../src/predict/loaded-sam.js";
import { precompute } from "../../src/volume/precompute.js";
import { segmentVolume } from "../../src/volume/segment-volume.js";
import { volumeCase, writeManifest } from "../evaluate/support/data-set.js";
import { goldenPath } from "../support/golden.js";
import { sharedTemporaryCache, temporaryFolders } from "../support/temporary.js";
import { tinyCase, tinySam } from "../support/tiny-tuned.js";

const folder = temporaryFolders();
const { image, truth } = tinyCase();
/** Few points, so that it is quick. */
const automask = { pointsPerSide: 2 };
const prompts = [{ slice: 2, box: [4, 5, 11, 12] as const }];

interface Seen {
  readonly name: string;
  readonly leave: boolean;
  readonly fractions: (number | undefined)[];
  readonly signal: AbortController;
  how: Parameters<ShownWork["end"]>[0] | null;
}

describe("work that a host shows", () => {
  let seen: Seen[] = [];
  let sam: LoadedSam;
  let volume: Volume;
  sharedTemporaryCache(() => Promise.resolve());

  /** A host that shows everything, however short. */
  const showAll = () =>
    setAmbient({
      signal: () => undefined,
      detached: (body) => body(),
      task: () => (body) => body(),
      showWork(name, { leave }) {
        const work: Seen = { name, leave, fractions: [], signal: new AbortController(), how: null };
        seen.push(work);
        return {
          signal: work.signal.signal,
          step: (_, fraction) => work.fractions.push(fraction),
          end: (how) => {
            work.how = how;
          },
        };
      },
    });
  const showNothing = () =>
    setAmbient({
      signal: () => undefined,
      detached: (body) => body(),
      task: () => (body) => body(),
      showWork: () => undefined,
    });

  beforeAll(async () => {
    sam = await loadSam(tinySam, { device: "cpu" });
  });
  beforeEach(async () => {
    const here = await folder();
    await volumeCase(here, "ct1");
    showNothing();
    volume = await loadVolume(join(here, "ct1.nii"));
    seen = [];
    showAll();
  });
  afterAll(async () => {
    showNothing();
    await sam?.dispose();
  });

  /** Whatever is done on the way is part of the work, and not shown by itself. */
  it.each<[string, () => Promise<unknown>]>([
    ["loading tiny-sam.pth", async () => (await loadSam(tinySam, { device: "cpu" })).dispose()],
    ["encoding the image", () => sam.setImage(image)],
    ["encoding the image", () => sam.embed(image)],
    ["segmenting the image", () => sam.segment(image, { automask })],
    ["looking for masks", () => automaticMasks(sam, image, automask)],
    ["segmenting the volume", () => segmentVolume(sam, volume, { prompts, rule: "consensus" })],
    ["reading the volume", () => loadVolume(goldenPath("formats/files/series"))],
    [
      "reading the volume",
      async () => {
        const here = await folder();
        const { cases } = await readManifest(await writeManifest(here, [await volumeCase(here, "ct2")]));
        return loadCase(cases[0]);
      },
    ],
    ["encoding slices", () => precompute(sam, volume)],
    ["training", async () => (await sam.finetune([tinyCase()], { recipe: "promptEncoder", steps: 1 })).sam.dispose()],
    ["exporting the model", async () => sam.exportOnnx(await folder())],
    ["exporting the model", async () => sam.export(join(await folder(), "model.safetensors"))],
    [
      "evaluating",
      async () => {
        const here = await folder();
        const data = await writeManifest(here, [await volumeCase(here, "ct2")]);
        return evaluate({ models: tinySam, data, prompts: ["box", "everything"], volume: "propagate:box", automask });
      },
    ],
  ])("%s is one thing, and ends", async (name, work) => {
    await work();
    expect(seen.map((one) => [one.name, one.how])).toEqual([[name, "done"]]);
    const known = seen[0].fractions.filter((fraction) => fraction !== undefined);
    expect(known).toEqual([...known].sort((a, b) => a - b));
    for (const fraction of known) expect(fraction).toBeLessThanOrEqual(1);
    // A bar for each image of a loop would fill the output.
    expect(seen[0].leave).toBe(name !== "encoding the image");
  });

  it("making prototypes and what is done with them are one thing each", async () => {
    const proposer = await boxProposals(sam, [{ image, truth }], { automask });
    await proposeBoxes(proposer.sam, image);
    await proposer.sam.segment(image);
    const here = await folder();
    const data = await writeManifest(here, [await volumeCase(here, "ct2")]);
    await evaluate({ models: proposer.sam, data, prompts: "none" });
    await proposer.sam.dispose();
    expect(seen.map(({ name, how }) => [name, how])).toEqual([
      ["making prototypes", "done"],
      ["proposing boxes", "done"],
      ["segmenting the image", "done"],
      ["evaluating", "done"],
    ]);
  });

  it("is canceled by the host, and says when it failed", async () => {
    const running = precompute(sam, volume);
    seen[0].signal.abort();
    await expect(running).rejects.toMatchObject({ code: "canceled" });
    await expect(precompute({ ...sam, embed: () => Promise.reject(new Error("no")) } as never, volume)).rejects.toThrow(
      "no",
    );
    expect(seen.map(({ how }) => how)).toEqual(["canceled", "failed"]);
  });

  it("is not shown to a caller who follows it, whose signal cancels it all the same", async () => {
    const controller = new AbortController();
    const running = precompute(sam, volume, { signal: controller.signal, onProgress: () => controller.abort() });
    await expect(running).rejects.toMatchObject({ code: "canceled" });
    expect(seen).toEqual([]);
  });
});
