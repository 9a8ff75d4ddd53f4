import { expect, it } from "vitest";
import { recognize } from "../../src/models/architecture.js";
import { Weights } from "../../src/models/weights.js";
import { modelFrame, modelInput, modelPicture } from "../../src/predict/preprocess.js";

/** As little of a ViT as tells its input size. */
function vitOf(tokens: number): Weights {
  const dims: Record<string, number[]> = {
    "prompt_encoder.no_mask_embed.weight": [1, 256],
    "mask_decoder.mask_tokens.weight": [4, 256],
    "image_encoder.patch_embed.proj.weight": [768, 3, 16, 16],
    "image_encoder.pos_embed": [1, tokens, tokens, 768],
  };
  const tensors = Object.entries(dims).map(
    ([name, size]) => [name, { dims: size, data: new Float32Array(0) }] as const,
  );
  return Weights.from("vit.pth", new Map(tensors));
}

it("a ViT for 256×256 is fed as SAM-Med2D, others as SAM", () => {
  expect(recognize(vitOf(16))).toMatchObject({ imageSize: 256, preprocessing: "sam-med2d" });
  expect(recognize(vitOf(64))).toMatchObject({ imageSize: 1024, preprocessing: "sam" });
});

it("SAM-Med2D sees both sides stretched to the input, nearest neighbors as OpenCV takes them", () => {
  const picture = { width: 3, height: 2, channels: 1, data: Uint8Array.of(10, 20, 30, 40, 50, 60) };
  const frame = modelFrame(3, 2, 4, "sam-med2d");
  expect(frame).toEqual({ width: 3, height: 2, imageSize: 4, scaledWidth: 4, scaledHeight: 4 });
  const red = [...modelInput(picture, frame, "sam-med2d").slice(0, 16)].map((v) => Math.round(v * 58.395 + 123.675));
  // cv2.resize(picture, (4, 4), interpolation=cv2.INTER_NEAREST) of OpenCV 5.0.0.
  expect(red).toEqual([10, 10, 20, 30, 10, 10, 20, 30, 40, 40, 50, 60, 40, 40, 50, 60]);

  // At some sizes OpenCV falls one pixel short: place 128 of 256 is pixel 92 of 186, not 93.
  const ramp = { width: 186, height: 1, channels: 1, data: Uint8Array.from({ length: 186 }, (_, n) => n) };
  const row = modelInput(ramp, modelFrame(186, 1, 256, "sam-med2d"), "sam-med2d");
  expect(Math.round(row[128] * 58.395 + 123.675)).toBe(92);
});

it("values that do not fill a picture are called so", () => {
  const short = {
    width: 10,
    height: 10,
    channels: 1,
    data: new Uint8Array(5),
    spacing: null,
    window: null,
    source: "p",
  };
  expect(() => modelPicture(short as Parameters<typeof modelPicture>[0])).toThrow(
    "p has 5 values, but 10×10 pixels of 1 need 100.",
  );
});
