import { readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { samTensors } from "../../src/checkpoint/layout.js";
import { openCheckpoint } from "../../src/checkpoint/open.js";
import { recognize } from "../../src/models/architecture.js";
import { goldenPath } from "../support/golden.js";
import { weightsOf } from "../support/model-weights.js";
import { temporaryFolders } from "../support/temporary.js";

const folder = temporaryFolders();

/** Types, shapes and bytes by SAM's names, of those of SAM's parts. */
async function contentOf(path: string): Promise<Record<string, string>> {
  const checkpoint = await openCheckpoint(path);
  const content: Record<string, string> = {};
  for (const [name, { dtype, dims, read }] of samTensors(checkpoint).tensors) {
    content[name] = `${dtype} ${dims} ${Buffer.from(await read()).toString("hex")}`;
  }
  await checkpoint.close();
  return content;
}

/** Made by test/golden/checkpoints/make.py. */
const same = readdirSync(goldenPath("checkpoints/same"));

describe("a state dict is the same to the last bit", () => {
  it.each(same)("in %s", async (name) => {
    const plain = await contentOf(goldenPath("checkpoints/plain.pth"));
    expect(Object.keys(plain)).toHaveLength(6);
    expect(await contentOf(goldenPath(`checkpoints/same/${name}`))).toEqual(plain);
  });

  it("and what is left out is noted", async () => {
    const notes = async (name: string) => {
      const checkpoint = await openCheckpoint(goldenPath(`checkpoints/same/${name}`));
      await checkpoint.close();
      return [...checkpoint.notes, ...samTensors(checkpoint).notes].join(" ");
    };
    expect(await notes("teacher-beside.pth")).toMatch(/Not used: 1 tensor outside student\., such as teacher\.head/);
    expect(await notes("ema-beside.pth")).toMatch(/holds the model twice: net is used, ema is not/);
    expect(await notes("ema-prefix-beside.pth")).toMatch(/Not used: 6 tensors outside model\., such as ema\.image/);
    expect(await notes("counter.pth")).toBe("");
  });
});

describe("what is no checkpoint of SAM says what it is", () => {
  it.each([
    ["network.pth", "model-unknown", /a different network, not SAM: 4 tensors, the first conv1\.weight \[4, 3, 3, 3\]/],
    ["module.pth", "checkpoint-invalid", /whole Python object \(my_project\.model\.Net\)/],
    ["torchscript.pt", "checkpoint-invalid", /TorchScript program.*torch\.jit\.load/],
    ["numpy.npz", "checkpoint-invalid", /NumPy archive/],
  ])("%s", async (name, code, message) => {
    const work = async () => recognize(await weightsOf(goldenPath(`checkpoints/other/${name}`)));
    await expect(work()).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it.each([
    ["wanted-float8.pth", /pos_embed is a tensor of the unknown type "torch.float8_e4m3fn", which is not read/],
    ["wanted-negated.pth", /pos_embed is an object of torch\._utils\._rebuild_tensor_v2, a view that PyTorch negates/],
    ["wanted-object.pth", /pos_embed is an object of bitsandbytes\.nn\.Params4bit, which is not read/],
  ])("%s, whose tensors are missed only where they are wanted", async (name, message) => {
    const weights = await weightsOf(goldenPath(`checkpoints/other/${name}`));
    expect(() => weights.take("image_encoder.pos_embed", [1, 2, 2, 4])).toThrow(message);
  });

  it.each([
    [
      "a Git LFS pointer",
      "version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 375042383\n",
      /Git LFS pointer to a file of 375042383 bytes/,
    ],
    ["a web page", "<!DOCTYPE html><html><title>Google Drive</title>", /is a web page/],
    ["a web page after blanks", "\n\n  <html lang=en>", /is a web page/],
    ["a server's message", '{"error":"Repository not found"}   ', /error message of a server/],
    ["a gzipped file", "\u001f\u008b\b\u0000aaaaaaaaaaaaaa", /is gzipped/],
  ])("%s", async (_name, text, message) => {
    const path = join(await folder(), "model.pth");
    await writeFile(path, Buffer.from(text, "latin1"));
    await expect(openCheckpoint(path)).rejects.toMatchObject({
      code: "checkpoint-invalid",
      file: path,
      message: expect.stringMatching(message),
    });
  });
});
