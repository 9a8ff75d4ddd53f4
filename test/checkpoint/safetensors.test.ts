import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openCheckpoint } from "../../src/checkpoint/open.js";
import { readFloat32 } from "../../src/checkpoint/tensor-map.js";
import { temporaryFolders } from "../support/temporary.js";

const folder = temporaryFolders();

async function put(header: unknown, data: Uint8Array = new Uint8Array(0)): Promise<string> {
  const json = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const path = join(await folder(), "model.safetensors");
  await writeFile(path, Buffer.concat([length, json, data]));
  return path;
}

it("reads tensors and metadata", async () => {
  const data = Buffer.from(Uint16Array.of(0x3c00, 0xc000).buffer);
  const path = await put({ __metadata__: { base: "x" }, a: { dtype: "F16", shape: [2], data_offsets: [0, 4] } }, data);
  const file = await openCheckpoint(path);
  expect(file.metadata).toEqual({ base: "x" });
  expect([...(await readFloat32("a", file.tensors.get("a")!))]).toEqual([1, -2]);
  await file.close();
});

it.each([
  ["a header that is not JSON", "{ no json ", /header is not JSON/],
  [
    "an unknown dtype",
    { a: { dtype: "F8", shape: [1], data_offsets: [0, 1] } },
    /a is a tensor of the unknown type "F8"/,
  ],
  [
    "a shape that is none",
    { a: { dtype: "F32", shape: [-1], data_offsets: [0, 4] } },
    /a has no dtype, shape or offsets/,
  ],
  [
    "offsets that disagree with the shape",
    { a: { dtype: "F32", shape: [2], data_offsets: [0, 4] } },
    /a has 4 bytes, its shape needs 8/,
  ],
])("says what is wrong with %s", async (_name, header, message) => {
  await expect(openCheckpoint(await put(header))).rejects.toMatchObject({
    code: "checkpoint-invalid",
    message: expect.stringMatching(message),
  });
});

it("says that the data were cut off", async () => {
  const path = await put({ a: { dtype: "F32", shape: [2], data_offsets: [0, 8] } }, new Uint8Array(4));
  const file = await openCheckpoint(path);
  await expect(readFloat32("a", file.tensors.get("a")!)).rejects.toMatchObject({ code: "file-truncated" });
  await file.close();
});
