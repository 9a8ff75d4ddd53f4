import { describe, expect, it } from "vitest";
import { sampleFormatOf, storeColor, storeGray } from "../../../kernel-ext/widgets/shared/quantize.js";
import { SliceSource } from "../../../kernel-ext/widgets/shared/slice-source.js";
import type { NumericArray } from "../../../src/core/dtype.js";
import type { Image2d } from "../../../src/io/image/image.js";
import { Volume } from "../../../src/io/image/volume.js";
import { windowPresets } from "../../../src/io/image/window.js";
import { storedToValue } from "../../../src/protocol/samples.js";
import { smallVolume } from "./phantom.js";

/** The values that a view would read out. */
function throughTheWire(data: NumericArray): number[] {
  const format = sampleFormatOf(data);
  const bytes = storeGray(data, format);
  const stored = format.type === "uint8" ? bytes : new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
  return Array.from(stored, (value) => storedToValue(format, value));
}

describe("gray values on the wire", () => {
  it.each([
    ["8 bits", Uint8Array.of(0, 255)],
    ["16 bits with a sign", Int16Array.of(-32768, 32767)],
    ["16 bits without", Uint16Array.of(0, 40000, 65535)],
    ["whole numbers in floats", Float32Array.of(-1024, 0, 3071)],
    ["large whole numbers close together", Int32Array.of(100_000, 165_535)],
    ["one single value", Float64Array.of(0.5, 0.5)],
  ])("keep %s exactly", (_, data) => {
    expect(throughTheWire(data)).toEqual(Array.from(data as ArrayLike<number>));
  });

  it("divide a wider range into 65 536 steps", () => {
    const data = Float32Array.from({ length: 1000 }, (_, n) => Math.sin(n) * 1e4);
    const values = throughTheWire(data);
    const step = 2e4 / 65535;
    expect(Math.max(...values.map((value, n) => Math.abs(value - data[n])))).toBeLessThanOrEqual(0.51 * step);
  });

  it("have no place for what is not a number: it becomes the darkest", () => {
    expect(throughTheWire(Float32Array.of(Number.NaN, -1, 3, Number.POSITIVE_INFINITY))).toEqual([
      -32768, -1, 3, -32768,
    ]);
  });

  it("are copied, from the middle of a larger array too", () => {
    const whole = Int16Array.of(9, 1, 2, 9);
    const bytes = storeGray(whole.subarray(1, 3), sampleFormatOf(whole));
    whole.fill(0);
    expect([...new Int16Array(bytes.buffer, bytes.byteOffset, 2)]).toEqual([1, 2]);
  });
});

it("color is clamped, or goes through the window if there is one", () => {
  expect([...storeColor(Float32Array.of(-3, 127.4, 300), null)]).toEqual([0, 127, 255]);
  expect([...storeColor(Uint16Array.of(0, 500, 1000), { low: 0, high: 1000, name: "" })]).toEqual([0, 127, 255]);
});

describe("a volume", () => {
  it("gives the model the slice with the window asked for", () => {
    const source = new SliceSource(smallVolume());
    const window = { low: 1, high: 2, name: "w" };
    expect(source.slice({ plane: "coronal", index: 1 }, window)).toMatchObject({
      plane: "coronal",
      index: 1,
      window,
      width: 4,
      height: 2,
    });
    expect(source.pixelArea({ plane: "coronal", index: 1 })).toBe(2);
  });

  it("with values as low as air offers the windows of CT", () => {
    const data = Int16Array.from({ length: 24 }, (_, n) => n * 100 - 1000);
    const ct = new Volume({ ...smallVolume(), size: [4, 3, 2], data, window: { low: 0, high: 80, name: "my own" } });
    const names = new SliceSource(ct).presets.map(({ name }) => name);
    // CT brain is the same as the volume's own.
    const others = Object.keys(windowPresets).filter((name) => name !== "brain");
    expect(names).toEqual(["my own", ...others.map((name) => expect.stringContaining(`CT ${name} (W`)), "full range"]);
  });
});

describe("a picture", () => {
  const picture: Image2d = {
    width: 2,
    height: 1,
    channels: 1,
    data: Uint8Array.of(7, 200),
    spacing: null,
    window: null,
    source: "photo.png",
  };

  it("has one slice without a plane, measured in pixels", () => {
    const source = new SliceSource(picture);
    expect(source.subject).toEqual({
      kind: "picture",
      source: "photo.png",
      format: { type: "uint8", slope: 1, intercept: 0 },
      frames: [
        {
          plane: null,
          width: 2,
          height: 1,
          count: 1,
          spacing: [1, 1, 1],
          axis: [0, 1, 2],
          direction: [1, 1, 1],
          letters: null,
        },
      ],
      affine: null,
      unit: "px",
      valueUnit: "",
    });
    expect(source.presets[0]).toEqual({ low: 0, high: 255, name: "as it is" });
    expect(source.slice({ plane: null, index: 0 }, null)).toBe(picture);
    expect(() => source.place(0, "axial")).toThrow("A picture has one slice and no planes.");
  });

  it("in color has no window", () => {
    const source = new SliceSource({ ...picture, channels: 3, data: Uint8Array.of(1, 2, 3, 4, 5, 6) });
    expect([source.presets, source.subject.format.type]).toEqual([[], "rgb8"]);
    expect([...source.samples({ plane: null, index: 0 })]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("that was cut from a volume keeps its letters and spacing", () => {
    const source = new SliceSource(smallVolume().slice(0, "sagittal"));
    expect(source.subject).toMatchObject({
      unit: "mm",
      frames: [{ plane: null, spacing: [1, 2, 1], letters: { left: "A", right: "P", top: "S", bottom: "I" } }],
    });
  });
});
