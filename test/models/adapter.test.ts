import { stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Adapter } from "../../src/models/adapter.js";
import { temporaryFolders } from "../support/temporary.js";

const folder = temporaryFolders();
const values = Float32Array.from({ length: 1000 }, (_, n) => Math.sin(n) * 2);
const adapter = Adapter.create(new Map([["mask_decoder.x.weight", { dims: [10, 100], data: values }]]), {
  base: "some-model",
  baseHash: "ab".repeat(32),
  recipe: "maskDecoder",
});

it("is the same from its file", async () => {
  const path = join(await folder(), "whole.safetensors");
  await adapter.save(path);
  const read = await Adapter.open(path);
  expect(read.hash).toBe(adapter.hash);
  expect(read.tensors.get("mask_decoder.x.weight")).toEqual({ dims: [10, 100], data: values });
  expect((await stat(path)).size).toBe(adapter.byteLength);
});

it("rounds to half its size when asked to, and says so by its hash", async () => {
  const path = join(await folder(), "half.safetensors");
  await adapter.save(path, { precision: "float16" });
  expect((await stat(path)).size).toBe(adapter.byteLength - 2 * values.length);
  const read = await Adapter.open(path);
  expect(read.metadata).toEqual(adapter.metadata);
  expect(read.hash).not.toBe(adapter.hash);
  const rounded = read.tensors.get("mask_decoder.x.weight")?.data ?? new Float32Array(0);
  const worst = Math.max(...rounded.map((value, n) => Math.abs(value - values[n]) / Math.abs(values[n] || 1)));
  expect(worst).toBeGreaterThan(0);
  expect(worst).toBeLessThanOrEqual(2 ** -11);
});

it("is saved under no other ending than that of its format", async () => {
  const path = join(await folder(), "adapter.pth");
  await expect(adapter.save(path)).rejects.toMatchObject({ code: "argument-invalid", field: "path", value: path });
  await expect(stat(path)).rejects.toThrow("ENOENT");
});
