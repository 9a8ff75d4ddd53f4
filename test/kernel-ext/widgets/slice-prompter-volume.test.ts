import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { promptSlices } from "../../../kernel-ext/widgets/prompt-slices.js";
import { SliceSource } from "../../../kernel-ext/widgets/shared/slice-source.js";
import { PromptStore } from "../../../kernel-ext/widgets/slice-prompter/prompt-store.js";
import { PromptSession } from "../../../kernel-ext/widgets/slice-prompter/session.js";
import { dice, emptyMask, type Volume } from "../../../src/index.js";
import { BrightSam, bright, brightMask, depth, height, volume, width } from "./bright-sam.js";
import { ControlledSam, mask, settle } from "./controlled-sam.js";
import { axial } from "./phantom.js";
import { RecordingHost } from "./recording-host.js";

function start(sam = new BrightSam({ automatic: true })) {
  const host = new RecordingHost();
  const w = promptSlices(sam, volume(), { host, slice: 3 });
  return { host, sam, w };
}

const origins = (w: ReturnType<typeof start>["w"]) => w.slices.map(({ slice, origin }) => `${slice} ${origin}`);

describe("propagation", () => {
  it("follows the active object through the slices, shows each as it comes, and is one step of undo", async () => {
    const { host, w } = start();
    await w.setPrompts(bright);
    host.take();
    await host.intend({ kind: "propagate", first: 1, last: 5 });
    await w.ready;
    expect(origins(w)).toEqual(["1 propagated", "2 propagated", "3 prompted", "4 propagated", "5 propagated"]);
    expect(dice(w.maskVolume.slice(5), brightMask)).toBeGreaterThan(0.7);
    const phases: { phase?: string }[] = [];
    const last = () => {
      phases.push(...host.takeStates().flatMap(({ work }) => (work as { phase?: string } | undefined) ?? []));
      return phases.at(-1);
    };
    await expect.poll(last).toEqual({ phase: "idle" });
    expect(phases).toContainEqual(expect.objectContaining({ phase: "propagating", done: 2, of: 4 }));
    await host.intend({ kind: "undo" });
    expect(origins(w)).toEqual(["3 prompted"]);
    await host.intend({ kind: "redo" });
    expect(origins(w)).toHaveLength(5);
  });

  it("stops where it is told to, and keeps what is there", async () => {
    const sam = new BrightSam();
    const { w, host } = start(sam);
    const shown = w.setPrompts(bright);
    await settle();
    sam.encoding[0]!.finish();
    await settle();
    sam.predicting[0]!.finish();
    await shown;
    const run = w.propagate();
    for (let n = 0; n < 2; n++) {
      await settle();
      sam.encoding.at(-1)!.finish();
      for (const call of sam.encoding) call.finish();
      await settle();
      for (const call of sam.predicting) call.finish();
    }
    await settle();
    await host.intend({ kind: "stop" });
    await run;
    const done = origins(w).length;
    expect(done).toBeGreaterThan(1);
    expect(done).toBeLessThan(depth);
    for (const call of [...sam.encoding, ...sam.predicting]) call.finish();
    await settle();
    expect(origins(w)).toHaveLength(done);
    w.undo();
    expect(origins(w)).toEqual(["3 prompted"]);
  });

  it("is ended by what the user does meanwhile, which is a step of its own", async () => {
    const { w } = start();
    await w.setPrompts(bright);
    const run = w.propagate();
    await settle();
    w.addObject("other");
    await run;
    w.undo();
    expect(w.objects).toHaveLength(1);
    w.undo();
    expect(origins(w)).toEqual(["3 prompted"]);
  });

  it("leaves confirmed and drawn slices alone, and starts from them", async () => {
    const { w } = start();
    await w.setPrompts(bright);
    const corner = mask(width, height, (x, y) => x >= 2 && x <= 3 && y >= 1 && y <= 2);
    w.setMask(corner, { slice: 5 });
    w.confirm(6);
    await w.propagate();
    expect(origins(w)).toEqual([
      "0 propagated",
      "1 propagated",
      "2 propagated",
      "3 prompted",
      "4 propagated",
      "5 drawn",
      "6 drawn",
    ]);
    expect(w.maskVolume.slice(5)).toEqual(corner);
    w.goTo(2);
    w.confirm();
    const before = w.maskVolume.slice(2);
    await w.propagate({ range: [0, 4] });
    expect(w.slices.find(({ slice }) => slice === 2)).toMatchObject({ origin: "propagated", confirmed: true });
    expect(w.maskVolume.slice(2)).toEqual(before);
    expect(w.maskVolume.slice(6).data).not.toContain(1);
  });

  it("says what is missing", async () => {
    const { host, w } = start();
    await expect(w.propagate()).rejects.toMatchObject({ code: "prompt-invalid" });
    await host.intend({ kind: "propagate", first: 0, last: 2 });
    await settle();
    expect(host.takeStates().at(-1)).toMatchObject({
      problem: { message: expect.stringMatching(/no mask of object 1 to start from on these axial slices/) },
    });
    await expect(w.propagate({ range: [0, 7] })).rejects.toMatchObject({ code: "argument-invalid" });
  });

  it("marks what should be looked at", async () => {
    const { w, host } = start(new BrightSam({ automatic: true, sure: 0.77 }));
    await w.setPrompts(bright);
    await w.propagate({ range: [3, 4] });
    expect(w.slices.at(-1)!.doubt).toBe("the model is not sure (predicted IoU 0.77)");
    const marks = host.takeStates().findLast((state) => state.marks !== undefined)!.marks;
    expect(marks).toContainEqual(expect.objectContaining({ index: 4, doubtful: true }));
    w.confirm(4);
    expect(w.slices.at(-1)).toMatchObject({ doubt: "", confirmed: true });
  });
});

describe("another window of the model", () => {
  it("makes propagated masks outdated, and they are propagated again from those that are predicted again", async () => {
    const { w, host, sam } = start();
    await w.setPrompts(bright, { slice: 1 });
    await w.setPrompts(bright, { slice: 5 });
    await w.propagate({ range: [0, 2] });
    await w.propagate({ range: [5, 6] });
    w.confirm(6);
    await w.setPrompts(bright, { slice: 2, plane: "coronal" });
    await w.propagate({ range: [1, 2] });
    // Many changes of one turn are sent at its end.
    await setImmediate();
    host.take();
    w.setModelWindow({ low: 0, high: 100, name: "narrow" });
    const outdated = () => host.takeStates().findLast(({ window }) => window)?.window;
    expect(outdated()).toMatchObject({ outdated: 6 });
    const encoded = sam.encoded.length;
    await w.repredict();
    await setImmediate();
    expect(outdated()).toMatchObject({ outdated: 0 });
    // Each slice once: the prompted ones of both planes, and those that are propagated from them.
    expect(sam.encoded.slice(encoded).map(({ window }) => window?.name)).toEqual(Array(6).fill("narrow"));
    w.goTo(1, "axial");
    expect(origins(w).slice(0, 3)).toEqual(["0 propagated", "1 prompted", "2 propagated"]);
    expect(w.slices.at(-1)).toMatchObject({ slice: 6, confirmed: true });
  });

  it("leaves them outdated where they cannot be propagated again, and says so", async () => {
    const { w, host } = start();
    await w.setPrompts(bright);
    await w.propagate({ range: [3, 4] });
    w.clear();
    w.addObject("second");
    await w.setPrompts(bright, { slice: 2 });
    await w.propagate({ range: [1, 2] });
    w.setModelWindow({ low: 0, high: 100 });
    await expect(w.repredict()).rejects.toMatchObject({ code: "prompt-invalid" });
    await setImmediate();
    // That of the first object, which has no prompt any more.
    expect(host.takeStates().findLast(({ window }) => window)?.window).toMatchObject({ outdated: 1 });
    w.object = "object 1";
    host.take();
    await host.intend({ kind: "repredict" });
    await expect
      .poll(() => host.takeStates().findLast(({ problem }) => problem)?.problem)
      .toMatchObject({ message: expect.stringMatching(/no mask of object 1 to start from/) });
    expect(origins(w)).toContain("4 propagated");
  });
});

describe("a click on a propagated mask", () => {
  it("corrects it, with the mask's box as a prompt beside it", async () => {
    const { host, w } = start();
    await w.setPrompts(bright);
    await w.propagate({ range: [3, 4] });
    await host.intend({ kind: "goto", place: axial(4) });
    await host.intend({ kind: "point", place: axial(4), x: 6, y: 2, label: 1 });
    await w.ready;
    expect(w.prompts).toEqual([
      { kind: "box", box: [2, 1, 6, 4] },
      { kind: "point", x: 6, y: 2, label: 1 },
    ]);
    await host.intend({ kind: "point", place: axial(4), x: 2, y: 1, label: 0 });
    expect(w.prompts).toHaveLength(3);
  });

  it("is corrected by a line too, which the box reaches to as far as the slice does", async () => {
    const sam = new BrightSam({ automatic: true });
    Object.assign(sam, { prompts: { ...sam.prompts, scribbles: true } });
    const { host, w } = start(sam);
    await w.setPrompts(bright);
    await w.propagate({ range: [3, 4] });
    await host.intend({ kind: "goto", place: axial(4) });
    await host.intend({ kind: "scribble", place: axial(4), path: [4, 3, 6, 2, 9, 2], label: 1 });
    await w.ready;
    expect(w.prompts).toEqual([
      { kind: "box", box: [2, 1, 7, 4] },
      { kind: "scribble", path: [4, 3, 6, 2, 9, 2], label: 1 },
    ]);
  });
});

describe("a confirmed slice", () => {
  it("is not changed by prompts, brush or shape, until that is taken back", async () => {
    const { host, w } = start();
    await w.setPrompts(bright);
    await host.intend({ kind: "confirm", place: axial(3), confirmed: true });
    const before = w.mask;
    host.take();
    await host.intend({ kind: "point", place: axial(3), x: 0, y: 0, label: 1 });
    expect(host.takeStates().at(-1)).toMatchObject({
      problem: { message: expect.stringMatching(/The slice is confirmed/) },
    });
    await host.intend({ kind: "paint", place: axial(3), path: [0, 0], radius: 1, erase: false });
    expect(w.mask).toEqual(before);
    expect(() => w.setMask(brightMask)).toThrow(/confirmed/);
    await host.intend({ kind: "confirm", place: axial(3), confirmed: false });
    await host.intend({ kind: "paint", place: axial(3), path: [0, 0], radius: 0.5, erase: false });
    expect(w.mask!.data[0]).toBe(1);
  });

  it("is confirmed and taken back in turn, also after an undo, and for an object that has just been added", async () => {
    const { host, w } = start();
    const confirmed: unknown[] = [];
    const toggle = async (object?: number) => {
      await host.intend({ kind: "confirm", place: axial(3), object, confirmed: true, toggle: true });
      confirmed.push(w.slices.map((slice) => slice.confirmed));
    };
    await w.setPrompts(bright);
    await toggle(1);
    await toggle(1);
    await toggle(1);
    await host.intend({ kind: "undo" });
    await toggle();
    expect(confirmed).toEqual([[true], [false], [true], [true]]);
    await host.intend({ kind: "object-add" });
    await toggle();
    await toggle();
    expect(confirmed.slice(4)).toEqual([[true, true], [true]]);
  });
});

describe("the brush", () => {
  it("adds to the mask, takes away from it, and gives way to undo", async () => {
    const { host, w } = start();
    await w.setPrompts(bright);
    await host.intend({ kind: "paint", place: axial(3), path: [0, 0, 7, 0], radius: 0.5, erase: false });
    expect(w.mask).toEqual(mask(width, height, (x, y) => y === 0 || (x >= 2 && x <= 5 && y >= 1 && y <= 4)));
    expect(w.prompts).toEqual([]);
    await host.intend({ kind: "paint", place: axial(3), path: [3, 2], radius: 0.5, erase: true });
    expect(w.mask!.data[2 * width + 3]).toBe(0);
    await host.intend({ kind: "fill-holes", place: axial(3) });
    expect(w.mask!.data[2 * width + 3]).toBe(1);
    for (let n = 0; n < 3; n++) w.undo();
    expect([w.mask, w.prompts.length]).toEqual([brightMask, 1]);
  });

  it("keeps the largest part only", async () => {
    const { host, w } = start();
    w.setMask(mask(width, height, (x, y) => (x === 0 && y === 0) || (x > 3 && y > 2)));
    await host.intend({ kind: "largest-part", place: axial(3) });
    expect(w.mask).toEqual(mask(width, height, (x, y) => x > 3 && y > 2));
  });
});

describe("a segmentation to start from", () => {
  it("becomes the objects' masks, label by label", () => {
    const masks = emptyMask(volume());
    masks.setSlice(2, "axial", brightMask, 1);
    masks.setSlice(
      4,
      "axial",
      mask(width, height, (x) => x === 0),
      3,
    );
    const w = promptSlices(new ControlledSam(), volume(), { host: new RecordingHost(), masks, objects: ["liver"] });
    expect(w.objects.map(({ name }) => name)).toEqual(["liver", "object 2", "object 3"]);
    expect(w.maskVolume.data).toEqual(masks.data);
    expect(w.slices.map(({ slice, object }) => [slice, object])).toEqual([
      [2, "liver"],
      [4, "object 3"],
    ]);
  });

  it("of one label is the first object's, whatever the label", () => {
    const masks = emptyMask(volume());
    masks.setSlice(2, "axial", brightMask, 255);
    const w = promptSlices(new ControlledSam(), volume(), { host: new RecordingHost(), masks });
    expect([w.objects.length, w.slices.map(({ slice }) => slice)]).toEqual([1, [2]]);
  });

  it("must lie on the volume", () => {
    const masks = emptyMask({ size: [4, 3, 2], affine: volume().affine, source: "small" } as unknown as Volume);
    masks.data[0] = 1;
    expect(() => promptSlices(new ControlledSam(), volume(), { host: new RecordingHost(), masks })).toThrow(
      expect.objectContaining({ code: "geometry-mismatch" }),
    );
  });
});

describe("a truth", () => {
  it("is what the active object's masks are scored by, on the slice and in 3D", async () => {
    const truth = emptyMask(volume());
    for (const index of [2, 3, 4]) truth.setSlice(index, "axial", brightMask, 1);
    const host = new RecordingHost();
    const w = promptSlices(new BrightSam({ automatic: true }), volume(), { host, slice: 3, truth });
    host.take();
    const scores = () => host.takeStates().findLast((state) => state.scores !== undefined)?.scores;
    w.setMask(mask(width, height, (x, y) => x >= 2 && x <= 3 && y >= 1 && y <= 4));
    await expect.poll(scores).toEqual({ slice: { dice: 2 / 3, hd95: 2 }, volumeDice: 16 / (8 + 48), slices: 1 });
    await w.setPrompts(bright);
    await w.propagate({ range: [2, 4] });
    await expect.poll(scores).toEqual({ slice: { dice: 1, hd95: 0 }, volumeDice: 1, slices: 3 });
    w.addObject("other");
    await w.setPrompts(bright, { slice: 0 });
    await expect.poll(scores).toBeNull();
  });

  it("keeps its label for an object that is moved or renamed, or whose neighbor is removed", async () => {
    const truth = emptyMask(volume());
    truth.setSlice(3, "axial", brightMask, 2);
    truth.setSlice(4, "axial", brightMask, 1);
    const host = new RecordingHost();
    const w = promptSlices(new BrightSam(), volume(), { host, slice: 3, truth, objects: ["one", "two"] });
    w.object = "two";
    w.setMask(brightMask);
    const perfect = () => host.takeStates().findLast((state) => state.scores !== undefined)?.scores;
    const isPerfect = { slice: { dice: 1, hd95: 0 }, volumeDice: 1, slices: 1 };
    await expect.poll(perfect).toEqual(isPerfect);
    w.moveObject("two", 0);
    w.renameObject("two", "second");
    w.removeObject("one");
    // The same scores are not sent again.
    w.addObject("new");
    await expect.poll(perfect).toBeNull();
    w.setMask(brightMask, { slice: 4 });
    await expect.poll(perfect).toEqual(isPerfect);
    w.object = "second";
    w.goTo(3);
    await settle();
    await host.receive({ method: "request_state" });
    expect(perfect()).toEqual(isPerfect);
  });
});

describe("what is kept for the next run of the cell", () => {
  it("has propagated, drawn and confirmed masks; of another model only those that are the user's", async () => {
    const folder = mkdtempSync(join(tmpdir(), "samlab-kept-"));
    try {
      const session = (hash: string) => {
        const sam = Object.assign(new BrightSam({ automatic: true }), { hash });
        const store = new PromptStore({ folder, cell: "cell", notebook: "notebook", page: "page" });
        return new PromptSession(sam, new SliceSource(volume()), {
          place: axial(3),
          objects: ["object 1"],
          store,
          lookAhead: false,
        });
      };
      const first = session("0");
      first.edits.setPrompts(bright, axial(3));
      await first.idle();
      first.edits.draw(axial(5), brightMask);
      await first.propagations.start(2, 6);
      first.edits.confirm(axial(4), true);
      first.close();
      const stored = (of: PromptSession) =>
        [...of.book.slots.values()]
          .map(({ place, origin, confirmed }) => `${place.index} ${origin} ${confirmed}`)
          .sort();
      const again = session("0");
      expect(stored(again)).toEqual([
        "2 propagated false",
        "3 prompted false",
        "4 propagated true",
        "5 drawn false",
        "6 propagated false",
      ]);
      again.close();
      const other = session("1");
      expect(stored(other)).toEqual(["3 prompted false", "4 propagated true", "5 drawn false"]);
      other.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
