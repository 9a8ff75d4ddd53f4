import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { setKernelContext } from "../../../kernel-ext/context.js";
import { showFinetune } from "../../../kernel-ext/widgets/show-finetune.js";
import { trainingCurves } from "../../../kernel-ext/widgets/training/training-curves.js";
import type { FineTuned, FinetuneOptions, FinetuneProgress } from "../../../src/predict/finetune/types.js";
import { FakeComms } from "../support/fake-comms.js";

const at = (progress: Partial<FinetuneProgress>): FinetuneProgress => ({
  phase: "training",
  step: 0,
  steps: 20,
  loss: Number.NaN,
  validationDice: Number.NaN,
  secondsLeft: Number.NaN,
  note: "",
  ...progress,
});

/** A model whose training ends when it is stopped or told to. */
function controlledModel() {
  const given: { options?: FinetuneOptions; finish?: (error?: Error) => void } = {};
  const sam = {
    finetune: (_: unknown, options: FinetuneOptions = {}) =>
      new Promise<FineTuned>((resolve, reject) => {
        const history = { loss: [2, 1], validation: [{ step: 2, dice: 0.5 }] };
        const tuned = { history, steps: 2, bestStep: 1, notes: ["Stopped by hand after step 2 of 20."] };
        given.options = options;
        given.finish = (error) => (error ? reject(error) : resolve(tuned as unknown as FineTuned));
        options.stop?.addEventListener("abort", () => given.finish?.());
      }),
  };
  return { sam, given };
}

describe("showFinetune", () => {
  let shown: { bundle: Record<string, unknown>; update: boolean }[];
  let work: Promise<unknown>[];
  let interrupt: AbortController;
  beforeEach(() => {
    shown = [];
    work = [];
    interrupt = new AbortController();
    setKernelContext({
      comms: new FakeComms(),
      signal: interrupt.signal,
      display: (bundle, options) => shown.push({ bundle: { ...bundle }, update: options?.update ?? false }),
      keepBusy: (promise) => work.push(promise),
    });
  });
  afterEach(() => setKernelContext(undefined));

  it("draws the curves once and then in the same place, and keeps the cell busy", async () => {
    const { sam, given } = controlledModel();
    const seen: string[] = [];
    const training = showFinetune(sam, [], { validation: [], onProgress: ({ phase }) => seen.push(phase) });
    given.options?.onProgress?.(at({ phase: "embedding", note: "embedding image 1 of 3" }));
    given.options?.onProgress?.(at({ step: 1, loss: 2, secondsLeft: 65, note: "step 1" }));
    given.options?.onProgress?.(
      at({ phase: "validating", step: 2, validationDice: 0.5, secondsLeft: 65, note: "half" }),
    );
    expect(shown.map(({ update }) => update)).toEqual([false, true]);
    expect(shown[0].bundle["text/plain"]).toBe("embedding image 1 of 3");
    expect(shown[1].bundle["text/plain"]).toBe("half, 1 min 5 s left");
    expect(String(shown[1].bundle["image/svg+xml"])).toContain("half, 1 min 5 s left</text>");
    expect(seen).toEqual(["embedding", "training", "validating"]);
    expect(work).toEqual([training.result]);
    given.finish?.();
    expect((await training.result).steps).toBe(2);
    expect(shown.at(-1)?.bundle["text/plain"]).toBe(
      "2 steps, those of step 1 kept. Stopped by hand after step 2 of 20.",
    );
  });

  it.each([
    ["an interrupt", () => interrupt.abort()],
    ["stop()", (training: ReturnType<typeof showFinetune>) => training.stop()],
  ])("ends at %s with what it has", async (_, end) => {
    const { sam } = controlledModel();
    const training = showFinetune(sam, []);
    end(training);
    expect((await training.result).notes).toEqual(["Stopped by hand after step 2 of 20."]);
  });

  it("also hears the caller's own stop signal", async () => {
    const { sam } = controlledModel();
    const own = new AbortController();
    const training = showFinetune(sam, [], { stop: own.signal });
    own.abort();
    expect((await training.result).steps).toBe(2);
  });

  it("shows why a training failed, and fails with it", async () => {
    const { sam, given } = controlledModel();
    const training = showFinetune(sam, []);
    given.finish?.(new Error("Step 3 gave the loss NaN."));
    await expect(training.result).rejects.toThrow("Step 3");
    expect(shown.at(-1)?.bundle["text/plain"]).toBe("Step 3 gave the loss NaN.");
  });
});

describe("trainingCurves", () => {
  const curves = {
    title: "a < b",
    steps: 10,
    loss: [
      { step: 1, loss: 2 },
      { step: 10, loss: 1 },
    ],
    validation: [
      { step: 5, dice: 0.8 },
      { step: 10, dice: 0.6 },
    ],
    isValidated: true,
  };

  it("puts steps and values to scale, and marks the best validation", () => {
    const svg = trainingCurves(curves);
    // Steps 1 and 10 of 10 between x 52 and 318; losses 2 and 1 of 2 between y 200 and 52.
    expect(svg).toContain('points="78.6,52.0 318.0,126.0"');
    // Dice 0.8 at step 5 between x 402 and 668.
    expect(svg).toContain('<circle cx="535" cy="81.6" r="5"');
    expect(svg).toContain('<circle cx="668" cy="111.2" r="3"');
    expect(svg).toContain(">0.800</text>");
    expect(svg).toContain("a &lt; b");
  });

  it("says that nothing is validated, and draws before the first step", () => {
    const svg = trainingCurves({ ...curves, loss: [], validation: [], isValidated: false });
    expect(svg).toContain("no validation cases");
    expect(svg).not.toContain("NaN");
  });
});
