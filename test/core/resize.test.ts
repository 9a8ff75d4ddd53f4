import { beforeAll, describe, expect, it } from "vitest";
import { type Bytes2d, resizeArea, resizeBilinear, resizeBilinearAbove } from "../../src/core/resize.js";
import { resizePillowBilinear } from "../../src/core/resize-pillow.js";
import { type Golden, maxDifference, readGolden } from "../support/golden.js";

let golden: Golden;
beforeAll(async () => {
  golden = await readGolden("resize.safetensors");
});

function bytes(name: string): Bytes2d {
  const { dims, data } = golden.get(name);
  const [height, width, channels] = dims;
  return { width, height, channels, data: Uint8Array.from(data) };
}

describe("resizeArea", () => {
  it.each([0, 1, 2, 3, 4, 5])("gives OpenCV's INTER_AREA to the last bit, case %i", (n) => {
    const expected = bytes(`area.${n}.result`);
    expect(resizeArea(bytes(`area.${n}.source`), expected.width, expected.height)).toEqual(expected);
  });

  it("copies a picture that has the size already", () => {
    const picture = { width: 2, height: 1, channels: 1, data: Uint8Array.of(7, 9) };
    const result = resizeArea(picture, 2, 1);
    expect(result).toEqual(picture);
    expect(result.data).not.toBe(picture.data);
  });
});

describe("resizePillowBilinear", () => {
  it.each([0, 1, 2, 3])("gives Pillow's BILINEAR to the last bit, case %i", (n) => {
    const expected = bytes(`pillow.${n}.result`);
    expect(resizePillowBilinear(bytes(`pillow.${n}.source`), expected.width, expected.height)).toEqual(expected);
  });
});

describe("resizeBilinear", () => {
  it.each([0, 1])("gives PyTorch's interpolate within 1e-5, case %i", (n) => {
    const source = golden.get(`torch.${n}.source`);
    const expected = golden.get(`torch.${n}.result`);
    const [height, width] = source.dims;
    const result = resizeBilinear(
      { data: source.data, stride: width, width, height },
      expected.dims[1],
      expected.dims[0],
    );
    expect(maxDifference(result, expected.data)).toBeLessThan(1e-5);
  });

  it("reads only the window of a wider picture", () => {
    const data = Float32Array.of(1, 2, 99, 3, 4, 99);
    const window = { data, stride: 3, width: 2, height: 2 };
    expect([...resizeBilinear(window, 2, 2)]).toEqual([1, 2, 3, 4]);
    expect([...resizeBilinearAbove(window, 2, 2, 2)]).toEqual([0, 0, 1, 1]);
  });
});
