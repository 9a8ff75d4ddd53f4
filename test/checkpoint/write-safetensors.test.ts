import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openSafetensors } from "../../src/checkpoint/safetensors.js";
import { readFloat32, type StoredTensor } from "../../src/checkpoint/tensor-map.js";
import { safetensorsPieces, safetensorsStream } from "../../src/checkpoint/write-safetensors.js";
import { temporaryFolders } from "../support/temporary.js";

const folder = temporaryFolders();

it("writes what the reader reads, aligned, and the same bytes whatever the order", async () => {
  const a = { dims: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) };
  const b = { dims: [1], data: Float32Array.of(-0.5) };
  const metadata = { base: "größe" };
  const bytes = Buffer.concat(
    safetensorsPieces(
      new Map([
        ["b", b],
        ["a", a],
      ]),
      metadata,
    ),
  );
  expect(
    Buffer.concat(
      safetensorsPieces(
        new Map([
          ["a", a],
          ["b", b],
        ]),
        metadata,
      ),
    ).equals(bytes),
  ).toBe(true);
  expect(Number(bytes.readBigUInt64LE(0)) % 8).toBe(0);

  const path = join(await folder(), "two.safetensors");
  await writeFile(path, bytes);
  const file = await openSafetensors(path);
  expect(file.metadata).toEqual(metadata);
  const [first, second] = [file.tensors.get("a"), file.tensors.get("b")];
  if (!first || !second) throw new Error("a tensor is missing");
  expect(first.dims).toEqual([2, 3]);
  expect([...(await readFloat32("a", first))]).toEqual([1, 2, 3, 4, 5, 6]);
  expect([...(await readFloat32("b", second))]).toEqual([-0.5]);
  await file.close();
});

it("writes tensors of any type one after the other, the widest first, so that each is aligned", async () => {
  const tensors = new Map<string, StoredTensor>([
    ["a", { dtype: "float16", dims: [3], read: async () => Uint8Array.of(1, 2, 3, 4, 5, 6) }],
    ["b", { dtype: "float32", dims: [1], read: async () => Uint8Array.of(7, 8, 9, 10) }],
    ["c", { dtype: "int64", dims: [], read: async () => Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0) }],
  ]);
  const path = join(await folder(), "mixed.safetensors");
  const pieces: Uint8Array[] = [];
  for await (const piece of safetensorsStream(tensors, { format: "pt" })) pieces.push(piece);
  await writeFile(path, Buffer.concat(pieces));
  const file = await openSafetensors(path);
  expect([...file.tensors.keys()]).toEqual(["c", "b", "a"]);
  for (const [name, { dtype, dims, read }] of tensors) {
    const found = file.tensors.get(name);
    expect(found).toMatchObject({ dtype, dims });
    expect(await found?.read()).toEqual(await read());
  }
  await file.close();
});
