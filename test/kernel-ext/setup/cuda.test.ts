import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, truncate } from "node:fs/promises";
import { basename, join } from "node:path";
import { crc32, deflateRawSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { cudaWheels, fetchCuda } from "../../../kernel-ext/setup/cuda.js";
import { cudaFolder, cudaLibraries, cudaProviderFiles, onnxRuntimeFolder } from "../../../src/runtime/cuda.js";
import { fileServers } from "../../support/file-server.js";
import { saySkipped } from "../../support/skipped.js";
import { temporaryFolders } from "../../support/temporary.js";

const folder = temporaryFolders();
const start = fileServers();
const isSupported = process.platform === "linux" && process.arch === "x64";
if (!isSupported) saySkipped("the tests of fetching CUDA: its files are for Linux on x64");

beforeEach(async () => vi.stubEnv("SAMLAB_CACHE", await folder()));
afterEach(() => vi.unstubAllEnvs());

/** A zip archive of deflated files. */
function zip(files: Readonly<Record<string, Uint8Array>>): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, data] of Object.entries(files)) {
    const packed = deflateRawSync(data);
    const sizes = Buffer.alloc(16);
    sizes.writeUInt32LE(crc32(data), 0);
    sizes.writeUInt32LE(packed.length, 4);
    sizes.writeUInt32LE(data.length, 8);
    sizes.writeUInt16LE(name.length, 12);
    const common = Buffer.from([20, 0, 0, 0, 8, 0, 0, 0, 0, 0]);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, sizes, Buffer.from(name), packed]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(at, 10);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x00"), common, sizes, place, Buffer.from(name)]));
    parts.push(local);
    at += local.length;
  }
  const index = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(index.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, index, end]);
}

/** A part of the names of a package's libraries. */
const parts: Readonly<Record<string, string>> = {
  "nvidia-cuda-runtime": "cudart",
  "nvidia-cuda-nvrtc": "nvrtc",
  "nvidia-curand": "curand",
  "nvidia-cublas": "cublas",
  "nvidia-cudnn-cu13": "cudnn",
};

const noise = (length: number) => Buffer.from(Array.from({ length }, (_, n) => (n * n) % 251));

describe("the pinned wheels", () => {
  it("hold the provider of the ONNX Runtime that is used", async () => {
    const { dependencies } = JSON.parse(await readFile(new URL("../../../package.json", import.meta.url), "utf8"));
    expect(cudaWheels[0]).toMatchObject({ package: "onnxruntime-gpu", version: dependencies["onnxruntime-node"] });
  });

  it.skipIf(!isSupported)("put it where ONNX Runtime looks for it", async () => {
    expect((await readdir(onnxRuntimeFolder())).some((name) => name.startsWith("libonnxruntime.so"))).toBe(true);
  });
});

describe.skipIf(!isSupported)("fetching CUDA", () => {
  /** Small wheels in place of NVIDIA's, with files of no use in them, in an index. */
  async function index() {
    const contents = cudaWheels.map(({ package: name }): Record<string, Uint8Array> => {
      if (name === "onnxruntime-gpu") {
        return Object.fromEntries(cudaProviderFiles.map((file) => [`onnxruntime/capi/${file}`, noise(70_000)]));
      }
      const own = cudaLibraries.filter((file) => file.includes(parts[name]!));
      return Object.fromEntries([...own, "libunused.so.1"].map((file, n) => [`nvidia/lib/${file}`, noise(900 + n)]));
    });
    const files = new Map<string, Buffer>();
    const wheels = cudaWheels.map((wheel, n) => {
      const bytes = zip(contents[n]!);
      files.set(wheel.file, bytes);
      return { ...wheel, sha256: createHash("sha256").update(bytes).digest("hex") };
    });
    const { url, requests } = await start((request, response) => {
      const path = new URL(request.url ?? "", "http://index").pathname;
      const bytes = files.get(basename(path));
      if (bytes) return response.end(bytes);
      const offered = [...files.keys()].map((filename) => ({ filename, url: `/files/${filename}` }));
      return response.setHeader("content-type", "application/json").end(JSON.stringify({ files: offered }));
    });
    const downloads = () => requests.filter(({ url }) => url?.startsWith("/files/")).map(({ url }) => basename(url!));
    return { index: `${url}/simple`, wheels, downloads };
  }

  it("puts the provider beside ONNX Runtime and NVIDIA's libraries into the cache, once", async () => {
    const beside = await folder();
    const { downloads, ...source } = await index();
    await fetchCuda({ python: null, ...source, beside });
    expect(await readdir(beside)).toEqual([...cudaProviderFiles].sort());
    expect(await readFile(join(beside, cudaProviderFiles[1]))).toEqual(noise(70_000));
    const there = (await readdir(cudaFolder())).filter((name) => !name.endsWith(".done"));
    expect(there.sort()).toEqual([...cudaLibraries].sort());
    expect(await readdir(join(cudaFolder(), "..", "wheels"))).toEqual([]);
    expect(downloads()).toHaveLength(cudaWheels.length);

    await truncate(join(cudaFolder(), "libcublas.so.13"), 10);
    await fetchCuda({ python: null, ...source, beside });
    expect(downloads().slice(cudaWheels.length)).toEqual([expect.stringMatching(/^nvidia_cublas/)]);
    expect(await readFile(join(cudaFolder(), "libcublas.so.13"))).toHaveLength(901);
  });

  it("takes nothing out of a wheel with another hash", async () => {
    const beside = await folder();
    const { wheels, ...source } = await index();
    const other = wheels.map((wheel) => ({ ...wheel, sha256: "0".repeat(64) }));
    await expect(fetchCuda({ python: null, ...source, wheels: other, beside })).rejects.toMatchObject({
      code: "hash-mismatch",
    });
    expect(await readdir(beside)).toEqual([]);
    expect(existsSync(join(cudaFolder(), "libcudart.so.13"))).toBe(false);
  });

  it("says what to fetch by hand, and where to put it", async () => {
    await expect(fetchCuda({ python: null })).rejects.toMatchObject({
      code: "environment",
      message: expect.stringMatching(
        /fetch onnxruntime_gpu-1\S+\.whl \(onnxruntime-gpu 1\S+\) elsewhere and put it into \S+wheels\./,
      ),
    });
  });
});
