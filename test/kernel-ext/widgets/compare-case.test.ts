import { describe, expect, it } from "vitest";
import { compareCase } from "../../../kernel-ext/widgets/compare-case.js";
import { maskBox } from "../../../src/core/mask.js";
import type { PromptSet } from "../../../src/core/prompt.js";
import { samples, sampleVolume } from "../../../src/datasets/samples.js";
import type { Image2d } from "../../../src/io/image/image.js";
import { StoredEmbedding } from "../../../src/predict/embedding-store.js";
import { modelFrame } from "../../../src/predict/preprocess.js";
import type { Prediction, PredictOptions } from "../../../src/predict/sam.js";
import { ClassSam } from "./class-sam.js";
import { ControlledSam, mask } from "./controlled-sam.js";
import { RecordingHost } from "./recording-host.js";

const place = {
  case: "brain1",
  label: "tumor",
  part: 0,
  plane: "axial",
  slice: 15,
  strategy: "box",
  seed: 0,
} as const;
const options = (models: object = { model: new ControlledSam({ automatic: true }) }) =>
  ({ data: samples, models, host: new RecordingHost() }) as unknown as Parameters<typeof compareCase>[1];

/** Answers a point with the quarter of the image that it is in. */
class QuarterSam extends ControlledSam {
  override async embed({ width, height }: Image2d): Promise<StoredEmbedding> {
    const tensor = { type: "float32" as const, dims: [0], data: new Float32Array(0) };
    return new StoredEmbedding(
      "",
      modelFrame(width, height, 1),
      tensor,
      false,
      { provider: "CPU", milliseconds: 0 },
      "",
    );
  }

  override async predict({ points }: PromptSet, { embedding }: PredictOptions = {}): Promise<Prediction> {
    const [{ x, y }] = points!;
    const { width, height } = embedding!;
    const candidate = { mask: quarter(width, height, x, y), predictedIou: 0.9, lowResLogits: new Float32Array(1) };
    return { ...candidate, candidates: [candidate], info: { provider: "CPU", milliseconds: 0 } };
  }
}

function quarter(width: number, height: number, x: number, y: number) {
  return mask(width, height, (u, v) => u < width / 2 === x < width / 2 && v < height / 2 === y < height / 2);
}

describe("compareCase", () => {
  it("gives each model the row's prompt on the row's slice, and the row's object as truth", async () => {
    const sam = new ControlledSam({ automatic: true });
    const w = await compareCase(place, options({ "zero-shot": sam }));
    await w.ready;
    const { truth } = await sampleVolume("brain1");
    expect([w.slice, w.plane]).toEqual([15, "axial"]);
    expect(sam.predicted.map(({ prompt }) => prompt)).toEqual([{ box: maskBox(truth.slice(15)) }]);
    expect(w.mask("truth")).toEqual(truth.slice(15));
    expect(w.sliceScores).toMatchObject([{ name: "zero-shot", dice: expect.any(Number) }]);
    w.slice = 14;
    await w.ready;
    expect(sam.predicted[1].prompt).toEqual({ box: maskBox(truth.slice(14)) });
    w.close();
  });

  it("shows the class of the row's label where nothing was asked, on every slice", async () => {
    const sam = new ClassSam();
    const w = await compareCase({ ...place, strategy: "none" }, options({ tissue: sam }));
    await w.ready;
    const { truth } = await sampleVolume("brain1");
    const { width, height } = truth.slice(15);
    expect(w.mask("tissue")).toEqual(mask(width, height, (x) => x >= width / 2));
    expect(w.mask("truth")).toEqual(truth.slice(15));
    expect(w.sliceScores).toMatchObject([{ name: "tissue", dice: expect.any(Number) }]);
    // A class is also looked for where the truth has none.
    w.slice = 0;
    await w.ready;
    expect(w.mask("truth")?.data.some(Boolean)).toBe(false);
    expect(w.mask("tissue")?.data.some(Boolean)).toBe(true);
    expect([sam.segmented.length, sam.predicted.length]).toEqual([2, 0]);
    w.close();
  });

  it.each([
    [
      { strategy: "none" },
      new ControlledSam({ automatic: true }),
      "prompt-unsupported",
      "controlled has no classes to find without a prompt. Prompt it,",
    ],
    [
      { strategy: "none", part: 1 },
      new ClassSam(),
      "argument-invalid",
      "Classes are found as a whole, not part 1 alone",
    ],
    [{ strategy: "everything" }, new ClassSam(), "prompt-unsupported", "controlled takes no points"],
  ])("says why a model has no mask for %j, as the row does", async (patch, sam, code, message) => {
    const per = "part" in patch ? { per: "component" } : {};
    const w = await compareCase({ ...place, ...patch }, { ...options({ sam }), ...per } as never);
    await expect(w.ready).rejects.toMatchObject({ name: "SamlabError", code });
    await expect(w.ready).rejects.toThrow(message);
    w.close();
  });

  it("shows the automatic mask nearest to the row's object", async () => {
    const automask = { pointsPerSide: 2, predIouThresh: 0, stabilityScoreThresh: 0 };
    const all = { ...options({ everything: new QuarterSam() }), automask };
    const w = await compareCase({ ...place, strategy: "everything" }, all);
    await w.ready;
    const { truth } = await sampleVolume("brain1");
    const { width, height } = truth.slice(15);
    expect(w.mask("everything")).toEqual(quarter(width, height, width - 1, height - 1));
    expect(w.sliceScores[0]?.dice).toBeGreaterThan(0);
    // Without the object there is nothing to compare with.
    w.slice = 0;
    await w.ready;
    expect(w.mask("everything")).toBeNull();
    w.close();
  });

  it.each([
    [{ case: "nobody" }, 'There is no case "nobody" to open again.'],
    [{ label: "lung" }, 'There is no object "lung" to open again.'],
    [{ slice: -1 }, "There is no slice -1 to open again."],
  ])("says what it cannot find: %j", async (patch, message) => {
    await expect(compareCase({ ...place, ...patch }, options())).rejects.toThrow(message);
  });
});
