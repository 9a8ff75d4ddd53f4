import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { setKernelContext } from "../../../kernel-ext/context.js";
import { showFinetune, showTraining } from "../../../kernel-ext/widgets/show-training.js";
import { trainingCurves } from "../../../kernel-ext/widgets/training/training-curves.js";
import type { FineTuned, FinetuneOptions, TrainingCase } from "../../../src/finetune/types.js";
import { FakeComms } from "../support/fake-comms.js";
import { reported as at } from "./reported.js";

const stopMessage = { kind: "stop", view: "v", seq: 1 };

/** A model whose training ends when it is stopped or told to. */
function controlledModel() {
  const given: { options?: FinetuneOptions; finish?: (error?: Error) => void } = {};
  const sam = {
    name: "m",
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

const viewMime = "application/vnd.jupyter.widget-view+json";

describe("showFinetune", () => {
  let comms: FakeComms;
  let shown: { bundle: Record<string, unknown>; update: boolean }[];
  let id: string | undefined;
  let work: Promise<unknown>[];
  let interrupt: AbortController;
  beforeEach(() => {
    comms = new FakeComms();
    shown = [];
    work = [];
    interrupt = new AbortController();
    setKernelContext({
      comms,
      signal: interrupt.signal,
      display: (bundle, { update = false, displayId } = {}) => {
        if (!update) id = displayId;
        // A widget of another file may renew its picture meanwhile.
        if (displayId === id) shown.push({ bundle: { ...bundle }, update });
      },
      keepBusy: (promise) => work.push(promise),
    });
  });
  afterEach(() => setKernelContext(undefined));

  /** The states that went to the views since the last call, in order; the first is whole. */
  const states = () => comms.sent.splice(0).map(({ data }) => data.state as Record<string, unknown>);

  it("shows the widget at once, keeps the cell busy, and tells the views what is new", async () => {
    const { sam, given } = controlledModel();
    const seen: string[] = [];
    const validation = [{}] as FinetuneOptions["validation"] & object;
    const training = showFinetune(sam, [], { validation, onProgress: ({ phase }) => seen.push(phase) });
    expect(shown).toEqual([{ bundle: expect.objectContaining({ "text/plain": "preparing" }), update: false }]);
    expect(shown[0].bundle[viewMime]).toMatchObject({ model_id: "id1" });
    expect(states()).toMatchObject([{ subject: "m · maskDecoder", isValidated: true, phase: "preparing" }]);

    const report = given.options?.onProgress;
    report?.(at({ phase: "embedding", note: "embedding image 1 of 3" }));
    report?.(at({ step: 1, loss: 2, secondsLeft: 65, note: "step 1" }));
    // So soon after the one before that no one could see it.
    report?.(at({ step: 2, loss: 1, secondsLeft: 65, note: "step 2" }));
    report?.(at({ phase: "validating", step: 2, loss: 1, validationDice: 0.5, secondsLeft: 65, note: "half" }));
    expect(states()).toMatchObject([
      { phase: "embedding", note: "embedding image 1 of 3" },
      { phase: "training", step: 1, lastLoss: 2 },
      { phase: "validating", step: 2, lastLoss: 1, validation: [{ step: 2, dice: 0.5 }] },
    ]);
    expect(seen).toEqual(["embedding", "training", "training", "validating"]);
    expect(work).toEqual([training.result]);

    given.finish?.();
    expect((await training.result).steps).toBe(2);
    expect(states()).toMatchObject([{ phase: "finished" }]);
    await expect.poll(() => shown.map(({ update }) => update)).toEqual([false, true]);
    const { bundle } = shown[1];
    expect(bundle["text/plain"]).toBe("Stopped by hand after step 2 of 20. The weights of step 1 are kept.");
    expect(String(bundle["image/svg+xml"])).toContain("The weights of step 1 are kept.</text>");
    expect(bundle[viewMime]).toMatchObject({ model_id: "id1" });
  });

  it.each([
    ["an interrupt", () => interrupt.abort()],
    ["stop()", (training: ReturnType<typeof showFinetune>) => training.stop()],
    ["the widget's stop button", () => comms.receive("id1", { method: "custom", content: stopMessage })],
  ])("ends at %s with what it has", async (_, end) => {
    const { sam, given } = controlledModel();
    const training = showFinetune(sam, []);
    given.options?.onProgress?.(at({ step: 1, loss: 2 }));
    states();
    end(training);
    expect((await training.result).notes).toEqual(["Stopped by hand after step 2 of 20."]);
    expect(states().map(({ phase, stopping }) => phase ?? stopping)).toEqual([true, "stopped"]);
  });

  it("answers the stop button's view, also when the training has ended, and refuses other messages", async () => {
    const { sam, given } = controlledModel();
    const training = showFinetune(sam, []);
    given.finish?.();
    await training.result;
    states();
    await comms.receive("id1", { method: "custom", content: stopMessage });
    await comms.receive("id1", { method: "custom", content: { ...stopMessage, kind: "go", seq: 2 } });
    const [answer, note] = comms.sent.splice(0);
    expect(answer.data.state).toEqual({ handled: { v: 1 } });
    expect(note.data.content).toEqual({ kind: "note", text: 'The kernel ignored unknown intent "go".' });
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
    await expect.poll(() => shown.at(-1)?.bundle["text/plain"]).toBe("Step 3 gave the loss NaN.");
    expect(states().at(-1)).toMatchObject({ phase: "failed", note: "Step 3 gave the loss NaN." });
  });
});

describe("showTraining", () => {
  const comms = new FakeComms();
  beforeEach(() => setKernelContext({ comms, signal: new AbortController().signal, display: () => undefined }));
  afterEach(() => setKernelContext(undefined));

  it("shows any training, with its name, and stops it", async () => {
    const { sam, given } = controlledModel();
    const seen: number[] = [];
    function autoSam(model: typeof sam, slices: readonly TrainingCase[], options?: FinetuneOptions) {
      expect([model, slices, options?.steps]).toEqual([sam, [], 20]);
      return model.finetune(slices, options);
    }
    const training = showTraining(autoSam, sam, [], { steps: 20, onProgress: ({ step }) => seen.push(step) });
    given.options?.onProgress?.(at({ step: 3, loss: 1 }));
    training.stop();
    expect((await training.result).steps).toBe(2);
    const states = comms.sent.map(({ data }) => data.state as Record<string, unknown>);
    expect(states[0]).toMatchObject({ subject: "m · autoSam", isValidated: false });
    expect(states.at(-1)).toMatchObject({ phase: "stopped" });
    expect(seen).toEqual([3]);
  });
});

describe("trainingCurves", () => {
  const curves = {
    title: "a < b",
    steps: 10,
    // Of steps 1 to 5 and 6 to 10.
    loss: { every: 5, values: [2, 1] },
    validation: [
      { step: 5, dice: 0.8 },
      { step: 10, dice: 0.6 },
    ],
    isValidated: true,
  };

  it("puts steps and values to scale, and marks the best validation", () => {
    const svg = trainingCurves(curves);
    // Steps 3 and 8 of 10 between x 52 and 318; losses 2 and 1 of 2 between y 200 and 52.
    expect(svg).toContain('points="131.8,52.0 264.8,126.0"');
    // Dice 0.8 at step 5 between x 402 and 668.
    expect(svg).toContain('<circle cx="535" cy="81.6" r="5"');
    expect(svg).toContain('<circle cx="668" cy="111.2" r="3"');
    expect(svg).toContain(">0.800</text>");
    expect(svg).toContain("a &lt; b");
  });

  it("draws the loss alone when nothing is validated, and before the first step", () => {
    const svg = trainingCurves({ ...curves, loss: { every: 1, values: [] }, validation: [], isValidated: false });
    expect(svg).toContain('x2="668"');
    expect(svg).not.toContain("Dice");
    expect(svg).not.toContain("NaN");
  });
});
