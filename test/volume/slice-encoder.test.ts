import { expect, it } from "vitest";
import type { Image2d } from "../../src/io/image/image.js";
import { Volume } from "../../src/io/image/volume.js";
import { segmentVolume } from "../../src/volume/segment-volume.js";
import { FakeSam } from "../evaluate/support/fake-sam.js";

const affine = [-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

/** Writes down when a slice goes into the encoder and when questions about it are answered. */
class Watched extends FakeSam {
  readonly events: string[] = [];

  override embed(image: Image2d) {
    this.events.push(`encode ${image.source.split(" ").at(-1)}`);
    return super.embed(image);
  }

  override async predictBatch(...[prompts, options]: Parameters<FakeSam["predictBatch"]>) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    this.events.push(`answer ${options!.embedding!.key.split(" ").at(-1)}`);
    return super.predictBatch(prompts, options);
  }
}

function start() {
  const data = Float32Array.from({ length: 12 * 12 * 7 }, (_, n) => n % 31);
  const window = { low: 0, high: 31, name: "test" };
  const volume = new Volume({ data, size: [12, 12, 7], affine, window, source: "v" });
  const sam = new Watched();
  const before = (first: string, then: string) => sam.events.indexOf(first) < sam.events.lastIndexOf(then);
  const encoded = () => sam.events.filter((event) => event.startsWith("encode")).sort();
  return { volume, sam, before, encoded };
}

it("encodes the next slice while questions about this one are answered, also from one direction to the other", async () => {
  const { volume, sam, before, encoded } = start();
  const prompts = [1, 2].map((label) => ({ slice: 3, label, box: [3 * label, 3, 3 * label + 2, 6] as const }));
  const { work } = await segmentVolume(sam, volume, { prompts, rule: "box", range: [1, 5] });
  expect(before("encode 4", "answer 3")).toBe(true);
  expect(before("encode 5", "answer 4")).toBe(true);
  expect(before("encode 2", "answer 5")).toBe(true);
  expect(before("encode 1", "answer 2")).toBe(true);
  // Once each, for both objects.
  expect(encoded()).toEqual([1, 2, 3, 4, 5].map((n) => `encode ${n}`));
  expect(work.encoded).toBe(5);
});

it("encodes the slice below a prompted one that is the last, and none that no walk starts with", async () => {
  const down = start();
  const box = [3, 3, 5, 6] as const;
  await segmentVolume(down.sam, down.volume, { prompts: [{ slice: 3, box }], rule: "box", range: [1, 3] });
  expect(down.before("encode 2", "answer 3")).toBe(true);
  expect(down.encoded()).toEqual([1, 2, 3].map((n) => `encode ${n}`));
  const two = start();
  const prompts = [2, 3].map((slice) => ({ slice, box }));
  await segmentVolume(two.sam, two.volume, { prompts, rule: "box", range: [2, 3] });
  expect(two.encoded()).toEqual(["encode 2", "encode 3"]);
});
