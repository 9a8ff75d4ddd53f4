import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { promptSlices } from "../../../kernel-ext/widgets/prompt-slices.js";
import { SliceSource } from "../../../kernel-ext/widgets/shared/slice-source.js";
import { PromptStore } from "../../../kernel-ext/widgets/slice-prompter/prompt-store.js";
import { PromptSession } from "../../../kernel-ext/widgets/slice-prompter/session.js";
import { emptyMask, type Image2d } from "../../../src/index.js";
import { failure } from "../../io/helpers.js";
import { BrightSam, bright, brightMask, height, volume, width } from "./bright-sam.js";
import { ControlledSam, mask, settle } from "./controlled-sam.js";
import { axial } from "./phantom.js";
import { RecordingHost } from "./recording-host.js";

function start(sam = new BrightSam({ automatic: true })) {
  const host = new RecordingHost();
  const w = promptSlices(sam, volume(), { host, slice: 3 });
  return { host, sam, w };
}

type Prompter = ReturnType<typeof start>["w"];

const origins = (w: Prompter) => w.slices.map(({ slice, origin }) => `${slice} ${origin}`);

/** Answers the first prompt of a model that waits to be told. */
async function answered(sam: BrightSam): Promise<void> {
  for (const calls of [sam.encoding, sam.predicting]) {
    await settle();
    for (const call of calls) call.finish();
  }
  await settle();
}

describe("an edit while a propagation is at work", () => {
  /** Two slices are there, and the third is awaited. */
  async function atWork() {
    const sam = new BrightSam();
    const { w, host } = start(sam);
    w.addObject("other");
    w.object = "object 1";
    const shown = w.setPrompts(bright);
    await answered(sam);
    await shown;
    const run = w.propagate({ range: [0, 5] });
    for (let n = 0; n < 2; n++) await answered(sam);
    const finish = async () => {
      for (let n = 0; n < 8; n++) await answered(sam);
      await run;
    };
    const propagated = () => w.slices.filter(({ origin }) => origin === "propagated").length;
    expect(propagated()).toBeGreaterThan(0);
    expect(propagated()).toBeLessThan(5);
    return { w, host, finish, propagated };
  }

  it("is answered where the propagation is stopped by hand", async () => {
    const { w, host, finish, propagated } = await atWork();
    w.object = "other";
    const prompted = [0, 2, 6].map((slice) => w.setPrompts(bright, { slice }));
    await host.intend({ kind: "stop" });
    await finish();
    await Promise.all(prompted);
    expect(propagated()).toBeLessThan(5);
    expect(w.maskVolumeOf("other").voxels).toBe(3 * 16);
  });

  it("of something else lets it go on, and is a step of its own before it", async () => {
    const { w, finish, propagated } = await atWork();
    w.renameObject("object 1", "liver");
    w.object = "other";
    w.setMask(brightMask, { slice: 3 });
    w.lockObject("other");
    w.object = "liver";
    w.setMask(brightMask, { slice: 6 });
    await finish();
    expect(propagated()).toBe(5);
    w.undo();
    expect([propagated(), w.objects.map(({ name, locked }) => [name, locked])]).toEqual([
      0,
      [
        ["liver", false],
        ["other", true],
      ],
    ]);
    expect(w.slices.map(({ slice, object, origin }) => `${slice} ${object} ${origin}`)).toEqual([
      "3 liver prompted",
      "3 other drawn",
      "6 liver drawn",
    ]);
    for (let n = 0; n < 3; n++) w.undo();
    expect(w.slices.map(({ slice, object }) => `${slice} ${object}`)).toEqual(["3 liver"]);
    w.undo();
    expect(w.objects[0]!.name).toBe("object 1");
    for (let n = 0; n < 5; n++) expect(w.redo()).toBe(true);
    expect([propagated(), w.objects[0]!.name, w.slices.length]).toEqual([5, "liver", 8]);
  });

  it.each([
    ["a mask on one of its slices", (w: Prompter) => w.setMask(brightMask, { slice: 5 })],
    ["the object's lock", (w: Prompter) => w.lockObject("object 1")],
    ["the object", (w: Prompter) => w.removeObject("object 1")],
    ["the model's window", (w: Prompter) => w.setModelWindow({ low: 0, high: 50 })],
  ] as const)("of what it works on ends it: %s", async (_, edit) => {
    const { w, finish, propagated } = await atWork();
    edit(w);
    const before = propagated();
    await finish();
    expect(propagated()).toBe(before);
  });
});

describe("an action that was begun for another object than the active one", () => {
  it("is that object's, and shows it; a press answers nothing", async () => {
    const { w, host, sam } = start(new BrightSam({ automatic: true }));
    w.addObject("other");
    const paint = { kind: "paint", place: axial(2), radius: 1, erase: false, path: [3, 3] };
    await host.intend({ kind: "press", place: axial(2), object: 1, x: 3, y: 3, label: 1 });
    expect(sam.predicted).toEqual([]);
    await host.intend({ ...paint, object: 1 });
    expect([w.object, w.slice]).toEqual(["object 1", 2]);
    await host.intend(paint);
    await host.intend({ kind: "box", place: axial(3), object: 2, box: [2, 1, 5, 4] });
    await w.ready;
    expect(w.object).toBe("other");
    expect(w.slices.map(({ slice, object, origin }) => [slice, object, origin])).toEqual([
      [2, "object 1", "drawn"],
      [3, "other", "prompted"],
    ]);
  });

  it("is refused if that object is gone", async () => {
    const { w, host } = start();
    w.addObject("other");
    w.removeObject("object 1");
    host.take();
    await host.intend({ kind: "paint", place: axial(2), object: 1, radius: 1, erase: false, path: [3, 3] });
    expect(w.slices).toEqual([]);
    await expect
      .poll(() => host.takeStates().findLast(({ problem }) => problem)?.problem)
      .toMatchObject({ message: expect.stringMatching(/has been removed/) });
  });
});

describe("what comes between the wish to propagate and its start", () => {
  it("is a second wish: one propagation is at work, and one undo takes it back", async () => {
    const { w, sam } = start();
    await w.setPrompts(bright);
    await settle();
    const encoded = sam.encoded.length;
    await Promise.all([w.propagate(), w.propagate()]);
    // Each of the six other slices is encoded twice at most, by the one at work and by what the first had begun.
    expect(sam.encoded.length - encoded).toBeLessThan(9);
    w.undo();
    expect(origins(w)).toEqual(["3 prompted"]);
    w.undo();
    expect(origins(w)).toEqual([]);
  });

  it("is that the widget is closed, work is stopped, or the object removed: then it does not start", async () => {
    for (const meanwhile of [
      (w: Prompter) => w.close(),
      (w: Prompter) => w.stop(),
      (w: Prompter) => w.removeObject("object 1"),
      (w: Prompter) => w.lockObject("object 1"),
    ]) {
      const sam = new BrightSam();
      const { w } = start(sam);
      w.addObject("other");
      w.object = "object 1";
      const shown = w.setPrompts(bright, { slice: 2 });
      await answered(sam);
      await shown;
      void w.setPrompts(bright, { slice: 3 });
      const run = w.propagate();
      await settle();
      meanwhile(w);
      const encoded = sam.encoded.length;
      for (let n = 0; n < 3; n++) await answered(sam);
      await run;
      expect(sam.encoded.length, String(meanwhile)).toBe(encoded);
      expect(origins(w).filter((text) => text.includes("propagated"))).toEqual([]);
    }
  });
});

describe("a propagation that comes to nothing", () => {
  it("leaves what was propagated before", async () => {
    const { w } = start();
    await w.setPrompts(bright);
    await w.propagate();
    const before = w.slices;
    await expect(w.propagate({ rule: "nonsense" as "samlab" })).rejects.toMatchObject({ code: "argument-invalid" });
    expect(w.slices).toEqual(before);
    const run = w.propagate();
    await settle();
    w.stop();
    await run;
    expect(w.slices.length).toBe(before.length);
  });

  it("says what the rule of the widget needs, and refuses one that does not exist at once", async () => {
    const host = new RecordingHost();
    const sam = new BrightSam({ automatic: true });
    expect(() => promptSlices(sam, volume(), { host, rule: "nonsense" as "samlab" })).toThrow("There is no rule");
    const w = promptSlices(sam, volume(), { host, slice: 3, rule: "memory" });
    await w.setPrompts(bright);
    await host.intend({ kind: "propagate", first: 0, last: 5 });
    await w.ready;
    expect(JSON.stringify(host.takeStates())).toContain("has no memory of other slices");
    await w.propagate({ rule: "samlab" });
    expect(origins(w).length).toBeGreaterThan(1);
  });

  it("says that a range is the wrong way round", async () => {
    const { w } = start();
    await w.setPrompts(bright);
    await expect(w.propagate({ range: [5, 2] })).rejects.toMatchObject({ code: "argument-invalid", field: "range" });
  });

  it("is over for the views too when code changes nothing meanwhile", async () => {
    for (const nothing of [(w: Prompter) => w.removeObject("object 1"), (w: Prompter) => w.redo()]) {
      const sam = new BrightSam();
      const { w, host } = start(sam);
      const shown = w.setPrompts(bright);
      await answered(sam);
      await shown;
      const run = w.propagate();
      const phases: unknown[] = [];
      const phase = () => {
        phases.push(...host.takeStates().flatMap(({ work }) => (work as { phase: string } | undefined)?.phase ?? []));
        return phases.at(-1);
      };
      await expect.poll(phase).toBe("propagating");
      nothing(w);
      for (let n = 0; n < 20; n++) await answered(sam);
      await run;
      await expect.poll(phase).toBe("idle");
    }
  });
});

describe("a slice that is confirmed while others are still made", () => {
  it("does not stop them, and outlasts the undo of what it is no part of", async () => {
    const sam = new BrightSam();
    const { w } = start(sam);
    const shown = w.setPrompts(bright);
    await answered(sam);
    await shown;
    const run = w.propagate();
    await settle();
    w.confirm(3);
    w.confirm(0);
    for (let n = 0; n < 2; n++) await answered(sam);
    expect(origins(w)).toContain("4 propagated");
    w.confirm(4);
    for (let n = 0; n < 20; n++) await answered(sam);
    await run;
    expect(w.slices.map(({ confirmed }) => confirmed)).toEqual([true, false, false, true, true, false, false]);
    w.undo();
    expect(w.slices.map(({ slice, confirmed }) => [slice, confirmed])).toEqual([
      [0, true],
      [3, true],
    ]);
    expect(w.redo()).toBe(true);
    expect(w.slices).toHaveLength(7);
  });
});

describe("undo", () => {
  it("takes a propagation that has shown nothing yet back, and not the prompt before it", async () => {
    const { w } = start();
    await w.setPrompts(bright);
    const run = w.propagate();
    await Promise.resolve();
    await Promise.resolve();
    w.undo();
    await run;
    expect(origins(w)).toEqual(["3 prompted"]);
  });
});

describe("what is the user's", () => {
  it("is not overwritten by propagation: prompts that have no answer stay", async () => {
    const sam = new BrightSam();
    const { w } = start(sam);
    const shown = w.setPrompts(bright);
    await answered(sam);
    await shown;
    const canceled = w.setPrompts({ points: [{ x: 3, y: 3 }] }, { slice: 4 });
    await settle();
    w.stop();
    await canceled;
    w.goTo(3);
    const run = w.propagate({ range: [3, 5] });
    for (let n = 0; n < 12; n++) await answered(sam);
    await run;
    w.goTo(4);
    expect(w.prompts).toHaveLength(1);
  });

  it("is not predicted anew when it is confirmed or its object locked", async () => {
    const { w } = start();
    await w.setPrompts(bright, { slice: 2 });
    await w.setPrompts(bright, { slice: 3 });
    w.confirm(2);
    w.setModelWindow({ low: 0, high: 50 });
    const before = w.prediction;
    await w.repredict();
    expect(w.prediction).not.toEqual(before);
    w.goTo(2);
    expect(w.prediction!.window).toMatchObject({ high: 255 });
    expect(w.slices[0]).toMatchObject({ confirmed: true });
    w.lockObject("object 1");
    w.setModelWindow({ low: 0, high: 60 });
    w.goTo(3);
    await w.repredict();
    expect(w.prediction!.window).toMatchObject({ high: 50 });
  });

  it("is not turned into a drawing by strokes that change nothing", async () => {
    const { w, host } = start();
    await w.setPrompts(bright);
    await host.intend({ kind: "paint", place: axial(3), path: [-9, -9, -9, 20], radius: 1, erase: false });
    await host.intend({ kind: "paint", place: axial(3), path: [0, 0], radius: 0.6, erase: true });
    expect(w.prompts).toHaveLength(1);
    await host.intend({ kind: "paint", place: axial(1), path: [3, 3], radius: 2, erase: true });
    expect(origins(w)).toEqual(["3 prompted"]);
    w.undo();
    expect(origins(w)).toEqual([]);
  });

  it("is confirmed and taken back without a trace where there is no mask", async () => {
    const { w } = start();
    await w.setPrompts(bright);
    w.confirm(5);
    expect(w.slices.at(-1)).toMatchObject({ slice: 5, hasMask: false, confirmed: true });
    w.confirm(5, false);
    expect(origins(w)).toEqual(["3 prompted"]);
    await w.propagate();
    expect(w.slices.find(({ slice }) => slice === 5)).toMatchObject({ origin: "propagated", hasMask: true });
  });
});

describe("a mask that is given", () => {
  it("has as many pixels as it says", () => {
    const { w } = start();
    expect(() => w.setMask({ width, height, data: new Uint8Array(3) })).toThrow(
      expect.objectContaining({ code: "geometry-mismatch" }),
    );
  });

  it("is not confirmed on a picture, where nothing would show it", async () => {
    const { view: _, ...picture } = volume().slice(3) as Image2d & { view?: unknown };
    const w = promptSlices(new BrightSam({ automatic: true }), picture, { host: new RecordingHost() });
    await w.setPrompts(bright);
    await failure(() => w.confirm(), "argument-invalid");
  });

  it("is no mask volume for a picture, and neither is a truth", () => {
    const data = new Uint8Array(width * height).fill(90);
    const picture: Image2d = { width, height, channels: 1, data, spacing: null, window: null, source: "picture" };
    const truth = emptyMask(volume());
    expect(() => promptSlices(new ControlledSam(), picture, { host: new RecordingHost(), truth })).toThrow(
      expect.objectContaining({ code: "argument-invalid", field: "truth" }),
    );
  });
});

describe("a cell that runs again", () => {
  it("stops the propagation of its last run", async () => {
    const folder = mkdtempSync(join(tmpdir(), "samlab-kept-"));
    try {
      const session = (sam: BrightSam) =>
        new PromptSession(sam, new SliceSource(volume()), {
          place: axial(3),
          objects: ["object 1"],
          store: new PromptStore({ folder, cell: "cell", notebook: "notebook", page: "page" }),
          lookAhead: false,
        });
      const sam = new BrightSam();
      const first = session(sam);
      first.edits.draw(axial(3), brightMask);
      const run = first.propagations.start(0, 6);
      for (let n = 0; n < 2; n++) await answered(sam);
      const again = session(new BrightSam({ automatic: true }));
      await run;
      expect(first.work).toEqual({ phase: "idle" });
      expect(again.book.slots.size).toBe(first.book.slots.size);
      again.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("masks without prompts", () => {
  it("come back with the cell, and are told of", () => {
    const folder = mkdtempSync(join(tmpdir(), "samlab-kept-"));
    try {
      const session = () =>
        new PromptSession(new BrightSam({ automatic: true }), new SliceSource(volume()), {
          place: axial(3),
          objects: ["object 1"],
          store: new PromptStore({ folder, cell: "cell", notebook: "notebook", page: "page" }),
          lookAhead: false,
        });
      const first = session();
      first.edits.draw(axial(5), brightMask);
      first.edits.draw(
        axial(6),
        mask(width, height, (x) => x === 0),
      );
      first.close();
      const again = session();
      expect(again.restored).toMatchObject({ prompts: 0, slices: 2, masks: 2, problem: "" });
      again.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
