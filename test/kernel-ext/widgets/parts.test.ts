import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { panelPicture, type SlicePanel, sliceCaption } from "../../../kernel-ext/widgets/shared/slice-panels.js";
import { changedKeys, sameValue } from "../../../kernel-ext/widgets/shared/widget-host.js";
import { EmbeddingCache } from "../../../kernel-ext/widgets/slice-prompter/embedding-cache.js";
import { UndoHistory } from "../../../kernel-ext/widgets/slice-prompter/history.js";
import { mask } from "./controlled-sam.js";

describe("History", () => {
  it("goes back and forth", () => {
    const history = new UndoHistory<number, string>();
    history.push(0, 1, "a");
    history.push(1, 2, "b");
    expect(history.undo()).toEqual({ value: 1, context: "b" });
    expect(history.undo()).toEqual({ value: 0, context: "a" });
    expect([history.undo(), history.canUndo, history.canRedo]).toEqual([null, false, true]);
    expect(history.redo()).toEqual({ value: 1, context: "a" });
  });

  it("forgets what was undone when something new is done, and the oldest beyond its limit", () => {
    const history = new UndoHistory<number, null>(2);
    for (const step of [0, 1, 2]) history.push(step, step + 1, null);
    history.undo();
    history.push(2, 9, null);
    expect([history.redo(), history.undo()?.value, history.undo()?.value, history.undo()]).toEqual([null, 2, 1, null]);
  });
});

describe("changedKeys", () => {
  it("compares values deeply", () => {
    const before = { a: [{ x: 1 }], b: { y: null }, c: "same" };
    expect(changedKeys(before, { a: [{ x: 1 }], b: { y: null }, c: "same" })).toEqual({});
    expect(changedKeys(before, { ...before, a: [{ x: 2 }] })).toEqual({ a: [{ x: 2 }] });
  });

  it("takes bytes for the same only if they are the same object", () => {
    const bytes = Uint8Array.of(1);
    expect(sameValue({ bytes }, { bytes })).toBe(true);
    expect(sameValue({ bytes }, { bytes: Uint8Array.of(1) })).toBe(false);
  });

  it.each([
    [null, {}],
    [[], {}],
    [{ a: undefined }, {}],
    [{ a: 1 }, { b: 1 }],
    [1, "1"],
  ])("tells %j from %j", (a, b) => {
    expect([sameValue(a, b), sameValue(b, a)]).toEqual([false, false]);
  });
});

describe("EmbeddingCache", () => {
  it("keeps the ones used last", async () => {
    const runs: string[] = [];
    const cache = new EmbeddingCache<string>(
      async (key) => {
        runs.push(key);
        return { width: 1, height: 1, key, fromCache: false, info: { provider: "CPU", milliseconds: 1 } };
      },
      (key) => key,
      2,
    );
    for (const key of ["a", "b", "a", "c", "a", "b"]) await cache.get(key, () => {});
    expect(runs).toEqual(["a", "b", "c", "b"]);
    expect([cache.has("a"), cache.has("b"), cache.has("c")]).toEqual([true, true, false]);
  });

  it("does not keep a failure", async () => {
    let failures = 1;
    const cache = new EmbeddingCache<string>(
      async (key) => {
        if (failures-- > 0) throw new Error("no memory");
        return { width: 1, height: 1, key, fromCache: false, info: { provider: "CPU", milliseconds: 1 } };
      },
      (key) => key,
    );
    await expect(cache.get("a", () => {})).rejects.toThrow("no memory");
    await expect(cache.get("a", () => {})).resolves.toMatchObject({ key: "a" });
  });
});

describe("a still picture", () => {
  const letters = { left: "R", right: "L", top: "A", bottom: "P" } as const;
  const frame = {
    plane: "axial",
    width: 4,
    height: 2,
    count: 3,
    spacing: [1, 3, 1],
    axis: [0, 1, 2],
    direction: [1, 1, 1],
    letters,
  } as const;
  const samples = new Uint8Array(Int16Array.of(0, 25, 50, 100, -5, 0, 0, 200).buffer);
  const slice = {
    frame,
    format: { type: "int16", slope: 1, intercept: 0 },
    samples,
    window: { low: 0, high: 100, name: "" },
  } as const;
  const panel: SlicePanel = { slice, masks: [], caption: null };

  async function drawn(of: SlicePanel, longest: number) {
    const { png, width, height } = await panelPicture(of, longest);
    const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width, height, channels: 3 });
    const pixel = (x: number, y: number) => [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
    return { width, height, data, pixel };
  }

  it("has square pixels, and the window's grays", async () => {
    const { width, height, pixel } = await drawn(panel, 60);
    expect([width, height]).toEqual([40, 60]);
    expect([5, 15, 25, 35].map((x) => pixel(x, 10)[0])).toEqual([0, 63, 127, 255]);
    expect([5, 35].map((x) => pixel(x, 50)[0])).toEqual([0, 255]);
  });

  it("shows masks as a light fill with a full border, and prompts as signs", async () => {
    const masks = [{ mask: mask(4, 2, (x, y) => y === 0 && x < 2), color: [255, 0, 0] as const }];
    const { pixel } = await drawn({ ...panel, masks, prompts: [{ kind: "point", x: 3, y: 1, label: 0 }] }, 60);
    expect(pixel(0, 15)).toEqual([255, 0, 0]);
    expect(pixel(5, 15)).toEqual([89, 0, 0]);
    expect(pixel(25, 15)).toEqual([127, 127, 127]);
    expect(pixel(35, 45)).toEqual([255, 255, 255]);
    expect(pixel(35, 47)).toEqual([213, 94, 0]);
  });

  it("says which slice it is below, and where its edges lie", async () => {
    const plain = await drawn(panel, 120);
    const captioned = await drawn({ ...panel, caption: sliceCaption(frame, 1) }, 120);
    expect([captioned.width, captioned.height]).toEqual([plain.width, plain.height + 20]);
    const below = captioned.data.subarray(120 * captioned.width * 3);
    expect(Math.max(...below)).toBeGreaterThan(150);
    expect(sliceCaption(frame, 1)).toEqual(["axial slice 1 of 0–2", "1 / 2"]);
    expect(sliceCaption({ ...frame, plane: null }, 0)).toBeNull();
    // The letters differ from those of a slice without orientation only at the edges' middles.
    const frameless = { ...slice, frame: { ...frame, letters: null } };
    const { width, data } = await drawn({ ...panel, slice: { ...frameless, samples: new Uint8Array(16) } }, 200);
    const lettered = await drawn({ ...panel, slice: { ...slice, samples: new Uint8Array(16) } }, 200);
    const rows = new Set<number>();
    lettered.data.forEach((value, n) => {
      if (value !== data[n]) rows.add(Math.floor(n / 3 / width));
    });
    expect(rows.size).toBeGreaterThan(20);
    expect([rows.has(8), rows.has(40), rows.has(100), rows.has(150), rows.has(190)]).toEqual([
      true,
      false,
      true,
      false,
      true,
    ]);
  });
});
