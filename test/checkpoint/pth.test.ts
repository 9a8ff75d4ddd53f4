import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openCheckpoint } from "../../src/checkpoint/open.js";
import { readFloat32 } from "../../src/checkpoint/tensor-map.js";
import { bytesView } from "../../src/core/dtype.js";
import { callItem, stateDictPickle, storedZip } from "../support/checkpoints.js";
import { goldenPath } from "../support/golden.js";
import { temporaryFolders } from "../support/temporary.js";

const folder = temporaryFolders();

async function put(bytes: Uint8Array, name = "model.pth"): Promise<string> {
  const path = join(await folder(), name);
  await writeFile(path, bytes);
  return path;
}

const six = bytesView(Float32Array.of(1, 2, 3, 4, 5, 6));
const matrix = { dims: [2, 3], strides: [3, 1], storage: "0", count: 6 };

describe("openCheckpoint on .pth", () => {
  it("reads what torch.save wrote", async () => {
    const checkpoint = await openCheckpoint(goldenPath("tiny-sam.pth"));
    expect(checkpoint.format).toBe("pth");
    expect(checkpoint.tensors.size).toBe(188);
    expect(checkpoint.tensors.get("image_encoder.pos_embed")).toMatchObject({
      dtype: "float32",
      dims: [1, 20, 20, 48],
    });
    await checkpoint.close();
  });

  it("follows offsets and strides into a shared storage", async () => {
    const path = await put(
      storedZip({
        "archive/data.pkl": stateDictPickle({
          whole: matrix,
          transposed: { ...matrix, dims: [3, 2], strides: [1, 3] },
          lastRow: { ...matrix, dims: [3], strides: [1], offset: 3 },
        }),
        "archive/data/0": six,
      }),
    );
    const checkpoint = await openCheckpoint(path);
    const values = async (name: string) => [...(await readFloat32(name, checkpoint.tensors.get(name)!))];
    expect(await values("whole")).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await values("transposed")).toEqual([1, 4, 2, 5, 3, 6]);
    expect(await values("lastRow")).toEqual([4, 5, 6]);
    await checkpoint.close();
  });

  it("refuses a pickle that names os.system, without running it", async () => {
    const path = await put(
      storedZip({
        "archive/data.pkl": stateDictPickle({ weight: matrix }, [
          callItem("x", "os", "system", "touch /tmp/samlab-pwned"),
        ]),
        "archive/data/0": six,
      }),
    );
    await expect(openCheckpoint(path)).rejects.toMatchObject({
      code: "checkpoint-unsafe",
      value: "os.system",
      message: expect.stringContaining("Nothing was run"),
    });
  });

  it("keeps objects of other torch classes opaque", async () => {
    const path = await put(
      storedZip({
        "archive/data.pkl": stateDictPickle({ weight: matrix }, [
          callItem("optimizer", "torch.optim.adam", "Adam", "lr"),
        ]),
        "archive/data/0": six,
      }),
    );
    const checkpoint = await openCheckpoint(path);
    expect([...checkpoint.tensors.keys()]).toEqual(["weight"]);
    await checkpoint.close();
  });

  it("reads a dictionary once, however often the file refers to it", async () => {
    const key = (name: string) => Buffer.concat([Buffer.of(0x8c, name.length), Buffer.from(name)]);
    const inner = Buffer.from(stateDictPickle({ "mask_decoder.iou_token.weight": matrix })).subarray(2, -1);
    // 300 entries, each the dictionary itself: 27 million paths of three steps.
    const itself = Array.from({ length: 300 }, (_, n) => [key(String(n)), Buffer.from("h\x00")]).flat();
    const pickle = (...entries: Buffer[]) =>
      Buffer.concat([Buffer.from("\x80\x02}q\x00(", "latin1"), ...entries, ...itself, Buffer.from("u.")]);
    const model = [key("ema"), inner, Buffer.from("q\x01"), key("model"), Buffer.from("h\x01")];
    const checkpoint = await openCheckpoint(await put(storedZip({ "archive/data.pkl": pickle(...model) })));
    expect([...checkpoint.tensors.keys()]).toEqual(["mask_decoder.iou_token.weight"]);
    expect(checkpoint.notes).toEqual([]);
    await checkpoint.close();
    await expect(openCheckpoint(await put(storedZip({ "archive/data.pkl": pickle() })))).rejects.toMatchObject({
      code: "checkpoint-invalid",
      message: expect.stringContaining("holds no tensors by name"),
    });
  });

  it.each([
    [
      "a text file",
      () => Buffer.from("this is no checkpoint at all"),
      "checkpoint-invalid",
      /neither a PyTorch checkpoint nor/,
    ],
    [
      "a bare pickle",
      () => Buffer.from([0x80, 2, ...Array(20).fill(0x2e)]),
      "checkpoint-invalid",
      /not one of torch\.save/,
    ],
    ["eight bytes", () => Buffer.from("12345678"), "file-truncated", /only 8 bytes/],
    ["a zip without data.pkl", () => storedZip({ "a.txt": six }), "checkpoint-invalid", /without data\.pkl/],
    [
      "a missing storage",
      () => storedZip({ "archive/data.pkl": stateDictPickle({ weight: matrix }) }),
      "checkpoint-invalid",
      /data of weight \(storage 0\) is missing/,
    ],
    [
      "a tensor larger than its storage",
      () =>
        storedZip({ "archive/data.pkl": stateDictPickle({ weight: { ...matrix, offset: 1 } }), "archive/data/0": six }),
      "checkpoint-invalid",
      /weight reaches past its storage/,
    ],
    [
      "an unknown storage type",
      () => storedZip({ "archive/data.pkl": stateDictPickle({ weight: { ...matrix, type: "QuantStorage" } }) }),
      "checkpoint-invalid",
      /unknown type "QuantStorage"/,
    ],
    [
      "a pickle that is far longer than its file",
      () => {
        const bytes = Buffer.from(storedZip({ "archive/data.pkl": stateDictPickle({ weight: matrix }) }));
        bytes.writeUInt32LE(0xfffffffe, bytes.indexOf("PK\x01\x02") + 24);
        return bytes;
      },
      "checkpoint-invalid",
      /its pickle has 4294967294 bytes/,
    ],
    [
      "a tensor of a hundred axes",
      () => {
        const many = { dims: Array(100).fill(1), strides: Array(100).fill(1), storage: "0", count: 6 };
        return storedZip({ "archive/data.pkl": stateDictPickle({ weight: many }), "archive/data/0": six });
      },
      "checkpoint-invalid",
      /a tensor's description is malformed/,
    ],
    [
      "a cut pickle",
      () => storedZip({ "archive/data.pkl": stateDictPickle({ weight: matrix }).subarray(0, 40) }),
      "checkpoint-invalid",
      /pickle is damaged/,
    ],
  ])("says what is wrong with %s", async (_name, bytes, code, message) => {
    const path = await put(bytes());
    const work = (async () => {
      const checkpoint = await openCheckpoint(path);
      for (const [name, tensor] of checkpoint.tensors) await readFloat32(name, tensor);
    })();
    await expect(work).rejects.toMatchObject({ name: "SamlabError", code, message: expect.stringMatching(message) });
    await expect(work).rejects.toMatchObject({ message: expect.stringContaining("model.pth") });
  });

  it("says that a download was cut off", async () => {
    const whole = await readFile(goldenPath("tiny-sam.pth"));
    const path = await put(whole.subarray(0, whole.length / 2));
    await expect(openCheckpoint(path)).rejects.toMatchObject({
      code: "file-truncated",
      message: expect.stringContaining("cut off"),
    });
  });

  it("names a missing file", async () => {
    await expect(openCheckpoint("/no/such/model.pth")).rejects.toMatchObject({
      code: "file-missing",
      file: "/no/such/model.pth",
    });
  });
});
