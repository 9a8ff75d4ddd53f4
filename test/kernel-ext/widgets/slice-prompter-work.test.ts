import { describe, expect, it } from "vitest";
import { promptSlices } from "../../../kernel-ext/widgets/prompt-slices.js";
import type { SlicePrompter } from "../../../kernel-ext/widgets/slice-prompter/slice-prompter.js";
import { SamlabError } from "../../../src/core/errors.js";
import type { Sam } from "../../../src/predict/sam.js";
import { ControlledSam, mask, settle } from "./controlled-sam.js";
import { axial, smallVolume } from "./phantom.js";
import { RecordingHost } from "./recording-host.js";

function start(sam = new ControlledSam()) {
  const host = new RecordingHost();
  const w = promptSlices(sam, smallVolume(), { host, slice: 1 });
  host.take();
  const click = (x: number, y: number, index = 1) =>
    host.intend({ kind: "point", place: axial(index), x, y, label: 1 });
  return { host, sam, w, click };
}

const works = (states: readonly unknown[]) =>
  states.flatMap((state) => {
    const { work } = state as { work?: { phase: string; fraction?: number | null } };
    return work ? [work.fraction === undefined ? work.phase : `${work.phase} ${work.fraction}`] : [];
  });

describe("the encoder", () => {
  it("runs once per slice, and its progress is told in steps of two per cent", async () => {
    const { host, sam, click } = start();
    await click(0, 0);
    for (const fraction of [0.001, 0.02, 0.021, 0.5]) sam.encoding[0].onProgress?.("encoding", fraction);
    sam.encoding[0].finish();
    await settle();
    sam.predicting[0].finish();
    await settle();
    await expect.poll(() => host.sent.at(-1)?.data.state).toMatchObject({ work: { phase: "idle" } });
    expect(works(host.takeStates())).toEqual([
      "encoding null",
      "encoding 0",
      "encoding 0.02",
      "encoding 0.5",
      "predicting",
      "idle",
    ]);
    await click(1, 1);
    await expect.poll(() => host.sent.at(-1)?.data.state).toMatchObject({ work: { phase: "predicting" } });
    sam.predicting[1].finish();
    await expect.poll(() => host.sent.at(-1)?.data.state).toMatchObject({ work: { phase: "idle" } });
    expect(sam.encoded.map(({ source }) => source)).toEqual(["small axial 1"]);
    expect(works(host.takeStates())).toEqual(["predicting", "idle"]);
  });

  it("goes on for the newest of several clicks", async () => {
    const { sam, w, click } = start();
    await click(0, 0);
    await click(1, 1);
    await click(2, 2);
    sam.encoding[0].finish();
    await settle();
    expect(sam.predicting.map(({ input }) => input.points?.length)).toEqual([3]);
    sam.predicting[0].finish();
    await w.ready;
    expect(sam.encoded).toHaveLength(1);
    expect(w.mask).toEqual(mask(4, 3, (x, y) => x === y && x < 3));
  });

  it("is canceled by a click on another slice, and runs again afterwards", async () => {
    const { sam, w, click } = start();
    await click(0, 0, 1);
    await click(1, 1, 0);
    await settle();
    expect(sam.encoding.map(({ input, signal }) => [input.source, signal?.aborted])).toEqual([
      ["small axial 1", true],
      ["small axial 0", false],
    ]);
    sam.encoding[1].finish();
    await settle();
    sam.predicting[0].finish();
    await settle();
    expect(sam.encoding[2].input.source).toBe("small axial 1");
    sam.encoding[2].finish();
    await settle();
    sam.predicting[1].finish();
    await w.ready;
    expect(w.maskVolume.voxels).toBe(2);
  });

  it("serves a click before what code has asked for", async () => {
    const { sam, w, click } = start(new ControlledSam({ deaf: true }));
    const sets = [0, 1, 2].map((slice) => w.setPrompts({ box: [0, 0, 1, 1] }, { plane: "coronal", slice }));
    await click(0, 0, 0);
    for (let n = 0; n < 4; n++) {
      sam.encoding[n].finish();
      await settle();
      sam.predicting.at(-1)?.finish();
      await settle();
    }
    sam.predicting.at(-1)?.finish();
    await Promise.all(sets);
    const order = ["small coronal 0", "small axial 0", "small coronal 1", "small coronal 2"];
    expect(sam.encoded.map(({ source }) => source)).toEqual(order);
  });

  it("goes on when the user only looks at another slice", async () => {
    const { host, sam, w, click } = start();
    await click(0, 0);
    await host.intend({ kind: "goto", place: axial(0) });
    expect(sam.encoding[0].signal?.aborted).toBe(false);
    sam.encoding[0].finish();
    await settle();
    sam.predicting[0].finish();
    await w.ready;
    w.goTo(1);
    expect(w.mask).not.toBeNull();
  });

  it("that was canceled runs again when the user comes back to the slice", async () => {
    const { host, sam, w, click } = start();
    await click(0, 0);
    await host.intend({ kind: "cancel" });
    await w.ready;
    w.goTo(0);
    w.goTo(1);
    await settle();
    expect(sam.encoding.map(({ signal }) => signal?.aborted)).toEqual([true, false]);
  });

  it("that is canceled by hand leaves those that wait", async () => {
    const { host, sam, w } = start();
    const sets = [0, 1].map((slice) => w.setPrompts({ box: [0, 0, 1, 1] }, { slice }));
    await settle();
    await host.intend({ kind: "cancel" });
    await settle();
    sam.encoding[1].finish();
    await settle();
    sam.predicting[0].finish();
    await Promise.all(sets);
    expect([w.slices.length, w.maskVolume.voxels]).toEqual([2, 4]);
  });

  it("can be canceled by hand; the prompts stay and can be tried again", async () => {
    const { host, sam, w, click } = start();
    await click(0, 0);
    host.take();
    await host.intend({ kind: "cancel" });
    await w.ready;
    expect(sam.encoding[0].signal?.aborted).toBe(true);
    expect(host.takeStates().at(-1)).toMatchObject({
      problem: { message: "The prediction was canceled. The prompts are kept.", retry: true, isCanceled: true },
      work: { phase: "idle" },
    });
    await host.intend({ kind: "retry" });
    await settle();
    sam.encoding[1].finish();
    await settle();
    sam.predicting[0].finish();
    await w.ready;
    expect(w.mask).toEqual(mask(4, 3, (x, y) => x === 0 && y === 0));
    await expect.poll(() => host.sent.at(-1)?.data.state).toMatchObject({ work: { phase: "idle" } });
  });
});

describe("the decoder", () => {
  it("never runs twice at a time, and skips the clicks that are overtaken", async () => {
    const { sam, w, click } = start(new ControlledSam({ deaf: true }));
    await click(0, 0);
    sam.encoding[0].finish();
    await settle();
    for (const at of [1, 2, 3]) await click(at, 0);
    await settle();
    expect(sam.predicting.map(({ input, signal }) => [input.points?.length, signal?.aborted])).toEqual([[1, true]]);
    sam.predicting[0].finish();
    await settle();
    expect(w.mask).toBeNull();
    sam.predicting[1].finish();
    await w.ready;
    expect(sam.predicting.map(({ input }) => input.points?.length)).toEqual([1, 4]);
    expect(w.mask).toEqual(mask(4, 3, (_, y) => y === 0));
  });

  it("leaves the mask before in place, marked as stale, until the new one is there", async () => {
    const { host, sam, click } = start();
    await click(0, 0);
    sam.encoding[0].finish();
    await settle();
    sam.predicting[0].finish();
    await settle();
    host.take();
    await click(1, 1);
    await expect.poll(() => host.takeStates()[0]).toMatchObject({ masks: [{ stale: true }], answer: null });
    sam.predicting[1].finish();
    await settle();
    expect(host.takeStates()[0]).toMatchObject({ masks: [{ object: 1, stale: false }] });
  });
});

describe("an encoder that does not listen", () => {
  it("is waited for, and what it has done is kept", async () => {
    const { sam, w, click } = start(new ControlledSam({ deaf: true }));
    await click(0, 0, 1);
    await click(1, 1, 0);
    await settle();
    expect(sam.encoding.map(({ input }) => input.source)).toEqual(["small axial 1"]);
    sam.encoding[0].finish();
    await settle();
    sam.encoding[1].finish();
    await settle();
    sam.predicting[0].finish();
    await settle();
    sam.predicting[1].finish();
    await w.ready;
    expect(sam.encoded.map(({ source }) => source)).toEqual(["small axial 1", "small axial 0"]);
    expect(w.maskVolume.voxels).toBe(2);
  });
});

describe("an error of the model", () => {
  it("shows in the widget, rejects ready and setPrompts, and can be tried again", async () => {
    const { host, sam, w } = start();
    const set = w.setPrompts({ box: [0, 0, 1, 1] });
    sam.encoding[0].fail(new SamlabError("run-failed", "Out of memory.", { remedy: "Use a smaller model." }));
    await expect(set).rejects.toMatchObject({ code: "run-failed" });
    await expect(w.ready).rejects.toThrow("Out of memory. Use a smaller model.");
    expect(host.takeStates().at(-1)).toMatchObject({
      problem: { message: "Out of memory. Use a smaller model.", retry: true },
      work: { phase: "idle" },
    });
    expect(w.mask).toBeNull();
    await host.intend({ kind: "retry" });
    expect(host.takeStates()[0]).toMatchObject({ problem: null, work: { phase: "encoding" } });
    await settle();
    sam.encoding[1].finish();
    await settle();
    sam.predicting[0].finish();
    await w.ready;
    expect(w.mask).not.toBeNull();
  });

  it("on one slice does not stop the others", async () => {
    const { sam, w } = start();
    const sets = [0, 1].map((slice) => w.setPrompts({ box: [0, 0, 1, 1] }, { slice }));
    sam.encoding[0].fail(new Error("once"));
    await expect(sets[0]).rejects.toThrow("once");
    await settle();
    sam.encoding[1].finish();
    await settle();
    sam.predicting[0].finish();
    await sets[1];
    await expect(w.ready).resolves.toBeUndefined();
  });
});

describe("a mask that is being predicted", () => {
  const here = { place: axial(1) };
  it.each([
    { kind: "paint", ...here, erase: false, radius: 1, path: [3, 2] },
    { kind: "lasso", ...here, erase: false, path: [2, 1, 3, 1, 3, 2] },
    { kind: "fill-holes", ...here },
    { kind: "largest-part", ...here },
    { kind: "choose", ...here, candidate: 1 },
  ] as const)("is not changed by $kind before it is there, which a line says", async (intent) => {
    const { host, sam, w, click } = start();
    await click(0, 0);
    host.take();
    await host.intend(intent);
    expect(host.takeStates().at(-1)).toMatchObject({
      problem: { message: expect.stringContaining("The mask of this slice is being predicted.") },
    });
    expect(w.prompts).toHaveLength(1);
    sam.encoding[0].finish();
    await settle();
    sam.predicting[0].finish();
    await w.ready;
    expect(w.mask?.data[0]).toBe(1);
    await host.intend(intent);
    expect(host.takeStates().at(-1)).not.toMatchObject({ problem: { message: expect.any(String) } });
  });
});

it("undoing a click that is being predicted gives it up; redoing asks again", async () => {
  const { sam, w, click } = start();
  await click(0, 0);
  sam.encoding[0].finish();
  await settle();
  w.undo();
  await w.ready;
  expect(sam.predicting[0].signal?.aborted).toBe(true);
  expect([w.prompts, w.mask]).toEqual([[], null]);
  w.redo();
  await settle();
  sam.predicting[1].finish();
  await w.ready;
  expect(w.mask).toEqual(mask(4, 3, (x, y) => x === 0 && y === 0));
});

it("undoing and redoing at once, before the model has let go, still ends with the mask", async () => {
  const { host, sam, w, click } = start();
  await click(0, 0);
  sam.encoding[0].finish();
  await settle();
  host.take();
  w.undo();
  w.redo();
  await settle();
  expect(host.takeStates().filter((state) => state.problem)).toEqual([]);
  sam.predicting[1].finish();
  await w.ready;
  expect(w.mask).toEqual(mask(4, 3, (x, y) => x === 0 && y === 0));
});

it("closing gives up what is under way", async () => {
  const { sam, w, click } = start();
  await click(0, 0);
  w.close();
  await w.idle();
  expect(sam.encoding[0].signal?.aborted).toBe(true);
});

describe("ahead of the first click", () => {
  const shown = (w: SlicePrompter) =>
    (w as unknown as { [name: symbol]: () => Promise<unknown> })[Symbol.for("Jupyter.display")]();

  it("the slice that is looked at is encoded, when the user stays there and the widget is shown; then its neighbors", async () => {
    const sam = new ControlledSam({ automatic: true });
    const w = promptSlices(sam, smallVolume(), { host: new RecordingHost(), plane: "coronal", slice: 0 });
    w.goTo(1);
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(sam.encoded).toEqual([]);
    await shown(w);
    w.goTo(2);
    w.goTo(1);
    const sources = () => sam.encoded.map(({ source }) => source);
    await expect.poll(() => sources().length).toBeGreaterThan(0);
    await w.setPrompts({ box: [0, 0, 1, 1] });
    await expect.poll(sources).toEqual(["small coronal 1", "small coronal 2", "small coronal 0"]);
    w.close();
  });

  it("the neighbors are encoded in no one's way where the model can", async () => {
    const sam = new ControlledSam({ automatic: true });
    const ahead: string[] = [];
    const embedAhead: Sam["embedAhead"] = async (image) => {
      ahead.push(image.source);
      return ahead.length === 1 ? sam.embed(image) : null;
    };
    const w = promptSlices(Object.assign(sam, { embedAhead }), smallVolume(), {
      host: new RecordingHost(),
      plane: "coronal",
      slice: 1,
    });
    await shown(w);
    await expect.poll(() => ahead).toEqual(["small coronal 2", "small coronal 0"]);
    await w.setPrompts({ box: [0, 0, 1, 1] }, { slice: 2 });
    await w.setPrompts({ box: [0, 0, 1, 1] }, { slice: 0 });
    expect(sam.encoded.map(({ source }) => source)).toEqual(["small coronal 1", "small coronal 2", "small coronal 0"]);
    w.close();
  });

  it("nothing is encoded if that is not wanted", async () => {
    const sam = new ControlledSam({ automatic: true });
    const w = promptSlices(sam, smallVolume(), { host: new RecordingHost(), slice: 0, lookAhead: false });
    await shown(w);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(sam.encoded).toEqual([]);
    w.close();
  });

  it("gives way to a click on another slice", async () => {
    const sam = new ControlledSam();
    const host = new RecordingHost();
    const w = promptSlices(sam, smallVolume(), { host, slice: 0 });
    await shown(w);
    await expect.poll(() => sam.encoding.length).toBe(1);
    await host.intend({ kind: "box", place: axial(1), box: [0, 0, 1, 1] });
    await settle();
    expect(sam.encoding[0].signal?.aborted).toBe(true);
    expect(sam.encoding[1].input.source).toBe("small axial 1");
    w.close();
  });
});

describe("a press", () => {
  const press = (x: number, y: number, index = 1) => ({ kind: "press", place: axial(index), x, y, label: 1 });

  /** Slice 1 is encoded, and has one click. */
  async function clicked(model = new ControlledSam()) {
    const started = start(model);
    await started.click(0, 0);
    started.sam.encoding[0].finish();
    await settle();
    started.sam.predicting[0].finish();
    await started.w.ready;
    return started;
  }

  it("has the answer ready for the click", async () => {
    const { host, sam, w, click } = await clicked();
    await host.intend(press(1, 1));
    sam.predicting[1].finish();
    await settle();
    expect(w.prompts).toHaveLength(1);
    expect(w.mask).toEqual(mask(4, 3, (x, y) => x === 0 && y === 0));
    await click(1, 1);
    await w.ready;
    expect(w.mask).toEqual(mask(4, 3, (x, y) => x === y && x < 2));
    expect(sam.predicted.map(({ prompt }) => prompt.points?.length)).toEqual([1, 2]);
  });

  it("gives the view the mask that the click will have, until the prompts change", async () => {
    const { host, sam, w, click } = await clicked();
    const speculative = () => host.takeStates().flatMap((state) => ("speculative" in state ? [state.speculative] : []));
    await host.intend(press(1, 1));
    speculative();
    sam.predicting[1].finish();
    await settle();
    expect(speculative()).toMatchObject([{ place: axial(1), x: 1, y: 1, label: 1, object: 1 }]);
    await click(1, 1);
    await w.ready;
    await expect.poll(speculative).toEqual([null]);

    // Changed between press and answer: it is not sent.
    await host.intend(press(2, 2));
    await host.intend({ kind: "undo" });
    sam.predicting[2].finish();
    await settle();
    expect(speculative()).toEqual([]);
  });

  it("is waited for when the click comes first", async () => {
    const { host, sam, w, click } = await clicked();
    await host.intend(press(1, 1));
    await click(1, 1);
    await settle();
    expect(sam.predicting).toHaveLength(2);
    sam.predicting[1].finish();
    await w.ready;
    expect(w.maskVolume.voxels).toBe(2);
  });

  it("serves no other prompts than those it was for", async () => {
    const { host, sam, w, click } = await clicked();
    await host.intend(press(1, 1));
    sam.predicting[1].finish();
    await click(2, 2);
    await settle();
    expect(sam.predicting[2].input.points?.at(-1)).toMatchObject({ x: 2, y: 2 });
    sam.predicting[2].finish();
    await w.ready;
    expect(w.mask).toEqual(mask(4, 3, (x, y) => x === y && x !== 1 && x < 3));
    // It is used up.
    await host.intend({ kind: "undo" });
    await click(1, 1);
    await settle();
    expect(sam.predicting).toHaveLength(4);
  });

  it("that failed is asked again by the click", async () => {
    const { host, sam, w, click } = await clicked();
    await host.intend(press(1, 1));
    sam.predicting[1].fail(new Error("out of memory"));
    await click(1, 1);
    await settle();
    sam.predicting[2].finish();
    await w.ready;
    expect(w.maskVolume.voxels).toBe(2);
  });

  it("whose click is canceled leaves the model free", async () => {
    const { host, sam, w, click } = await clicked();
    await host.intend(press(1, 1));
    await click(1, 1);
    await host.intend({ kind: "cancel" });
    expect(sam.predicting[1].signal?.aborted).toBe(true);
    await expect.poll(() => host.sent.at(-1)?.data.state).toMatchObject({ work: { phase: "idle" } });
    await click(0, 0, 0);
    await settle();
    expect(sam.encoding).toHaveLength(2);
    w.close();
  });

  it("takes the place of an earlier one; a deaf model is not asked before it has ended", async () => {
    const hearing = await clicked();
    for (const x of [1, 2, 3]) await hearing.host.intend(press(x, 1));
    await settle();
    expect(hearing.sam.predicting.slice(1).map(({ signal }) => signal?.aborted)).toEqual([true, true, false]);

    const { host, sam, click, w } = await clicked(new ControlledSam({ deaf: true }));
    for (const x of [1, 2, 3]) await host.intend(press(x, 1));
    await click(0, 2);
    await settle();
    expect(sam.predicting).toHaveLength(2);
    sam.predicting[1].finish();
    await settle();
    expect(sam.predicting.at(-1)!.input.points?.at(-1)).toMatchObject({ x: 0, y: 2 });
    expect(sam.predicting).toHaveLength(3);
    sam.predicting[2].finish();
    await w.ready;
  });

  it("that was canceled is waited for by the next click, if the model is deaf", async () => {
    const { host, sam, w, click } = await clicked(new ControlledSam({ deaf: true }));
    await host.intend(press(1, 1));
    await host.intend({ kind: "cancel" });
    await click(2, 2);
    await settle();
    expect(sam.predicting).toHaveLength(2);
    sam.predicting[1].finish();
    await settle();
    sam.predicting[2].finish();
    await w.ready;
    expect(w.mask).toEqual(mask(4, 3, (x, y) => x === y && x !== 1 && x < 3));
  });

  it("is no change", async () => {
    const { host, sam, w } = await clicked();
    let changes = 0;
    w.on("change", () => changes++);
    await host.intend(press(1, 1));
    sam.predicting[1].finish();
    await settle();
    expect(changes).toBe(0);
  });

  it("does nothing where the slice is not encoded, the model is busy, or a click would be refused", async () => {
    const { host, sam, w, click } = await clicked();
    await host.intend(press(1, 1, 0));
    w.confirm(1);
    await host.intend(press(1, 1));
    w.confirm(1, false);
    await click(1, 1);
    await host.intend(press(2, 2));
    await settle();
    expect(sam.encoded).toHaveLength(1);
    expect(sam.predicted).toHaveLength(2);
    expect(host.sent.some(({ data }) => JSON.stringify(data).includes("confirmed."))).toBe(false);
  });
});
