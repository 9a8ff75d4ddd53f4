import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { sha256OfFile } from "../../src/io/files/hash-file.js";
import { cli } from "../support/cli.js";
import { temporaryFolders } from "../support/temporary.js";
import { tinySam, tinyTuned } from "../support/tiny-tuned.js";

const folder = temporaryFolders();
let here: string;
beforeEach(async () => {
  here = await folder();
  vi.stubEnv("SAMLAB_CACHE", join(here, "cache"));
});
afterEach(() => vi.unstubAllEnvs());

it("writes a fine-tuned model whole, its base found by the adapter or named", async () => {
  const tuned = await tinyTuned();
  await tuned.sam.dispose();
  const adapter = join(here, "adapter.safetensors");
  await tuned.adapter.save(adapter);
  const [alone, named] = [join(here, "alone.safetensors"), join(here, "named.safetensors")];
  const ran = await cli("export", "--adapter", adapter, "--to", "safetensors", "--out", alone);
  expect(ran).toMatchObject({ code: 0 });
  expect(ran.out).toBe(`${alone}  0.8 MB  sha256 ${await sha256OfFile(alone)}\n`);
  expect(ran.err).toContain(`merging the weights\nwriting ${alone}\n`);
  const again = await cli("export", tinySam, "--adapter", adapter, "--to", "safetensors", "--out", named, "--quiet");
  expect(again).toMatchObject({ code: 0, err: "" });
  expect(await sha256OfFile(named)).toBe(await sha256OfFile(alone));
});

it("writes two graphs into a folder", async () => {
  const out = join(here, "graphs");
  expect(await cli("export", tinySam, "--to", "onnx", "--out", out)).toMatchObject({ code: 0 });
  expect(await readdir(out)).toEqual(["decoder.onnx", "encoder.onnx"]);
});

it.each([
  [["--to", "onnx", "--out", "x"], /export takes one model, --to and --out.*samlab export lite-medsam/],
  [["MODEL", "--out", "x"], /export takes one model, --to and --out/],
  [["MODEL", "--to", "pth", "--out", "x"], /--to cannot be "pth"\. Use safetensors, onnx/],
  [["MODEL", "--to", "safetensors", "--out", "HERE/x.pth"], /exported as a \.safetensors file/],
  [["MODEL", "--to", "onnx", "--out", "HERE/file"], /could not be written \(EEXIST\)/],
  [["MODEL", "--adapter", "HERE/none", "--to", "onnx", "--out", "x"], /There is no file .*none/],
])("says what is wrong: %j", async (argv, message) => {
  await writeFile(join(here, "file"), "");
  const { code, err } = await cli(
    "export",
    ...argv.map((text) => text.replace("HERE", here).replace("MODEL", tinySam)),
  );
  expect(code).toBe(1);
  expect(err).toMatch(message);
  expect((await readdir(here)).filter((name) => name !== "cache")).toEqual(["file"]);
});
