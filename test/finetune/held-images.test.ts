import { afterEach, expect, it } from "vitest";
import { HeldImages } from "../../src/finetune/held-images.js";
import { readTensor } from "../../src/runtime/session.js";

let held: HeldImages | undefined;
afterEach(() => held?.clear());

it("keeps those used last within its limit, and makes the others again", async () => {
  held = new HeldImages(2 * 4 * 4);
  const made: string[] = [];
  const get = async (key: string) => {
    const reference = await held!.get(key, async () => {
      made.push(key);
      return { type: "float32", dims: [4], data: new Float32Array(4).fill(key.charCodeAt(0)) };
    });
    expect((await readTensor(reference)).data[0]).toBe(key.charCodeAt(0));
  };
  for (const key of ["a", "b", "a", "c", "a", "b"]) await get(key);
  expect(made).toEqual(["a", "b", "c", "b"]);
});

it("holds one that is larger than its limit", async () => {
  held = new HeldImages(1);
  const tensor = { type: "float32" as const, dims: [2], data: Float32Array.of(1, 2) };
  expect((await readTensor(await held.get("a", async () => tensor))).data).toEqual(tensor.data);
});
