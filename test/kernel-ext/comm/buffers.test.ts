import { describe, expect, it } from "vitest";
import { mergeBuffers, splitBuffers } from "../../../kernel-ext/comm/buffers.js";
import type { Json, JsonObject } from "../../../kernel-ext/comm/comm.js";
import { fromBase64, golden } from "../support/golden.js";

const state = () => ({
  plain: 1,
  bytes: new Uint8Array([1, 2, 3]),
  nested: { deep: [0, new Uint8Array([4]), { x: new Uint8Array([5, 6]), y: null }] },
  list: [new Uint8Array(), "s"],
});

describe("a widget state with buffers", () => {
  it("is split as ipywidgets splits it", () => {
    const { state: rest, bufferPaths, buffers } = splitBuffers(state());
    expect(rest).toEqual(golden.split.state);
    expect(bufferPaths).toEqual(golden.split.buffer_paths);
    expect(buffers).toEqual(golden.split.buffers.map(fromBase64));
  });

  it("is put together again", () => {
    const split = splitBuffers(state());
    expect(mergeBuffers(split.state, split.bufferPaths as Json, split.buffers)).toEqual(state());
  });

  it("sends the part that a view looks at, and no more", () => {
    const all = new Float32Array([1, 2, 3, 4]);
    const [bytes] = splitBuffers({ view: all.subarray(1, 3) }).buffers;
    expect(bytes).toEqual(new Uint8Array(new Float32Array([2, 3]).buffer));
  });

  it("takes buffers and DataViews of any kind", () => {
    const shared = new Uint8Array(new SharedArrayBuffer(2));
    const { buffers, state: rest } = splitBuffers({
      a: new ArrayBuffer(1),
      b: new DataView(new ArrayBuffer(4), 1, 2),
      c: shared,
      d: [[new Int16Array([1])]],
    });
    expect(buffers.map((buffer) => buffer.length)).toEqual([1, 2, 2, 2]);
    expect(rest).toEqual({ d: [[null]] });
  });

  it("leaves the given state and dates alone", () => {
    const given = { when: new Date(0), bytes: new Uint8Array([1]) };
    expect(splitBuffers(given).state).toEqual({ when: new Date(0) });
    expect(given.bytes).toEqual(new Uint8Array([1]));
  });

  it.each<[string, Json | undefined]>([
    ["no paths", undefined],
    ["a path into nothing", [["no", "such", "place"]]],
    ["an empty path", [[]]],
    ["more paths than buffers", [["x"], ["y"]]],
  ])("survives %s", (_, paths) => {
    const given: JsonObject = { x: 1 };
    expect(mergeBuffers(given, paths, [])).toEqual({ x: 1 });
  });
});
