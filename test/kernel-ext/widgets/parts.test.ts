import { describe, expect, it } from "vitest";
import { changedKeys, sameValue } from "../../../kernel-ext/widgets/shared/widget-host.js";
import { EmbeddingCache } from "../../../kernel-ext/widgets/slice-prompter/embedding-cache.js";
import { UndoHistory } from "../../../kernel-ext/widgets/slice-prompter/history.js";
import { snapshot } from "../../../kernel-ext/widgets/slice-prompter/snapshot.js";
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

describe("snapshot", () => {
  const letters = { left: "R", right: "L", top: "A", bottom: "P" } as const;
  const frame = {
    plane: "axial",
    width: 4,
    height: 2,
    count: 1,
    spacing: [1, 3, 1],
    axis: [0, 1, 2],
    direction: [1, 1, 1],
    letters,
  } as const;
  const samples = new Uint8Array(Int16Array.of(0, 25, 50, 100, -5, 0, 0, 200).buffer);
  const input = {
    frame,
    format: { type: "int16", slope: 1, intercept: 0 },
    samples,
    window: { low: 0, high: 100, name: "" },
    masks: [],
    prompts: [],
  } as const;

  it("has square pixels, and the window's grays", () => {
    const { width, height, data } = snapshot(input, 60);
    expect([width, height]).toEqual([40, 60]);
    const gray = (x: number, y: number) => data[(y * width + x) * 3];
    expect([5, 15, 25, 35].map((x) => gray(x, 10))).toEqual([0, 63, 127, 255]);
    expect([5, 35].map((x) => gray(x, 50))).toEqual([0, 255]);
  });

  it("shows masks as a light fill with a full border, and prompts as signs", () => {
    const masks = [{ mask: mask(4, 2, (x, y) => y === 0 && x < 2), color: "#ff0000" }];
    const { width, data } = snapshot({ ...input, masks, prompts: [{ kind: "point", x: 3, y: 1, label: 0 }] }, 60);
    const pixel = (x: number, y: number) => [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
    expect(pixel(0, 15)).toEqual([255, 0, 0]);
    expect(pixel(5, 15)).toEqual([89, 0, 0]);
    expect(pixel(25, 15)).toEqual([127, 127, 127]);
    expect(pixel(35, 45)).toEqual([255, 255, 255]);
    expect(pixel(35, 47)).toEqual([213, 94, 0]);
  });
});
