import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { autoSam } from "../../src/autoprompt/auto-sam.js";
import type { AutoPromptOptions } from "../../src/autoprompt/types.js";
import { loadSam } from "../../src/index.js";
import { temporaryCache } from "../support/temporary.js";
import { tinyCase, tinySam } from "../support/tiny-tuned.js";

const cache = temporaryCache();

const cases = [tinyCase(0), tinyCase(3), tinyCase(6)];
const options: AutoPromptOptions = {
  steps: 7,
  classNames: ["object"],
  learningRate: 3e-3,
  schedule: { kind: "cosine", warmup: 2 },
  validation: [tinyCase(12)],
  validateEvery: 2,
  saveEvery: 0,
};
const runs = () => readdir(join(cache(), "training")).catch(() => []);

async function train(more: AutoPromptOptions = {}) {
  const sam = await loadSam(tinySam, { device: "cpu" });
  try {
    const { sam: tuned, adapter, ...rest } = await autoSam(sam, cases, { ...options, ...more });
    await tuned.dispose();
    return { ...rest, adapter };
  } finally {
    await sam.dispose();
  }
}

/** A signal that comes when a step is done. */
function signalAt(step: number) {
  const controller = new AbortController();
  const onProgress: AutoPromptOptions["onProgress"] = (progress) => {
    if (progress.phase === "training" && progress.step === step) controller.abort();
  };
  return { signal: controller.signal, onProgress };
}

describe("autoSam", () => {
  let known: ReturnType<typeof train> | undefined;
  /** What a run that nothing stops ends with. */
  const wholeRun = () => {
    known ??= train();
    return known;
  };

  it("stopped by hand keeps the best weights so far", async () => {
    const whole = await wholeRun();
    const { signal: stop, onProgress } = signalAt(5);
    const stopped = await train({ stop, onProgress });
    expect(stopped).toMatchObject({ steps: 5, notes: ["Stopped by hand after step 5 of 7."] });
    const { validation } = stopped.history;
    expect(validation).toEqual(whole.history.validation.slice(0, 2));
    // The tiny model is best before the last step, so the weights of a whole run are those of this one.
    expect([stopped.bestStep, whole.bestStep]).toEqual([2, 2]);
    expect(validation[0]!.dice).toBeGreaterThan(0);
    expect(stopped.adapter.hash).toBe(whole.adapter.hash);
    expect(await runs()).toEqual([]);
  });

  it("stopped without a validation keeps the last weights", async () => {
    const unwatched = { validation: [], schedule: { kind: "constant" } } as const;
    const { signal: stop, onProgress } = signalAt(3);
    const stopped = await train({ ...unwatched, stop, onProgress });
    const short = await train({ ...unwatched, steps: 3 });
    expect([stopped.steps, stopped.bestStep]).toEqual([3, 3]);
    expect(new Map(stopped.adapter.tensors)).toEqual(new Map(short.adapter.tensors));
  });

  it("interrupted and resumed ends as a run that was not", async () => {
    const whole = await wholeRun();
    await expect(train(signalAt(6))).rejects.toMatchObject({ code: "canceled" });
    expect(await runs()).toHaveLength(1);
    const resumed = await train();
    expect(resumed.notes[0]).toBe("Resumed after step 5.");
    expect(resumed.adapter.hash).toBe(whole.adapter.hash);
    expect(resumed.history).toEqual(whole.history);
    expect(await runs()).toEqual([]);
  });
});
