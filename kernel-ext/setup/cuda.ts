import { readFile, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { RandomAccessFile } from "../../src/checkpoint/random-access.js";
import { readZipDirectory, streamZipEntry } from "../../src/checkpoint/zip.js";
import { SamlabError } from "../../src/core/errors.js";
import { cacheFolder } from "../../src/io/files/cache-folder.js";
import { writeError } from "../../src/io/files/file-errors.js";
import { makeFolder } from "../../src/io/files/make-folder.js";
import { writeFileAtomic } from "../../src/io/files/write-file.js";
import { cudaFolder, cudaLibraries, cudaProviderFiles, onnxRuntimeFolder } from "../../src/runtime/cuda.js";
import { say } from "./steps.js";
import { fetchWheel, type Wheel, type WheelSource } from "./wheel.js";

/** A wheel and what is taken out of it. */
interface CudaWheel extends Wheel {
  readonly megabytes: number;
  readonly takes: (member: string) => boolean;
}

const library = (member: string) => (cudaLibraries as readonly string[]).includes(basename(member));

/**
 * What CUDA needs, of CUDA 13.0. The provider is that of ONNX Runtime's own Python wheel, whose version must be that of
 * onnxruntime-node; which Python the wheel is for does not matter.
 */
export const cudaWheels: readonly CudaWheel[] = [
  {
    package: "onnxruntime-gpu",
    version: "1.30.0",
    file: "onnxruntime_gpu-1.30.0-cp312-cp312-manylinux_2_28_x86_64.whl",
    sha256: "6acc0f4b3d5ac5f2984432faa59dd8fcce6775f8b43a7140afa0f322c7a703b1",
    megabytes: 247,
    takes: (member) => (cudaProviderFiles as readonly string[]).includes(basename(member)),
  },
  {
    package: "nvidia-cuda-runtime",
    version: "13.0.96",
    file: "nvidia_cuda_runtime-13.0.96-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
    sha256: "7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548",
    megabytes: 2,
    takes: library,
  },
  {
    package: "nvidia-cuda-nvrtc",
    version: "13.0.88",
    file: "nvidia_cuda_nvrtc-13.0.88-py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64.whl",
    sha256: "ad9b6d2ead2435f11cbb6868809d2adeeee302e9bb94bcf0539c7a40d80e8575",
    megabytes: 90,
    takes: library,
  },
  {
    package: "nvidia-curand",
    version: "10.4.0.35",
    file: "nvidia_curand-10.4.0.35-py3-none-manylinux_2_27_x86_64.whl",
    sha256: "1aee33a5da6e1db083fe2b90082def8915f30f3248d5896bcec36a579d941bfc",
    megabytes: 60,
    takes: library,
  },
  {
    package: "nvidia-cublas",
    version: "13.1.0.3",
    file: "nvidia_cublas-13.1.0.3-py3-none-manylinux_2_27_x86_64.whl",
    sha256: "ee8722c1f0145ab246bccb9e452153b5e0515fd094c3678df50b2a0888b8b171",
    megabytes: 423,
    takes: library,
  },
  {
    package: "nvidia-cudnn-cu13",
    version: "9.15.1.9",
    file: "nvidia_cudnn_cu13-9.15.1.9-py3-none-manylinux_2_27_x86_64.whl",
    sha256: "ebc9a647918df0d7298d67cfaf41579fd4c78ead9aba246f5ad9414d61b9ec4c",
    megabytes: 351,
    takes: library,
  },
];

export interface CudaOptions extends WheelSource {
  /** Default: {@link cudaWheels}. */
  readonly wheels?: readonly CudaWheel[];
  /** Where the provider goes. Default: ONNX Runtime's folder. */
  readonly beside?: string;
}

/**
 * Fetches what an NVIDIA GPU needs and npm does not hold, from a Python package index: ONNX Runtime's CUDA provider,
 * which is put into ONNX Runtime's folder, and NVIDIA's libraries, which are put into the cache. Nothing from the
 * wheels is installed or run. A wheel is deleted once its files are there; one that was cut off is resumed.
 * @throws {SamlabError} `environment` on other systems than Linux x64, and as {@link fetchWheel}
 */
export async function fetchCuda({ wheels = cudaWheels, beside, ...source }: CudaOptions): Promise<void> {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new SamlabError("environment", "ONNX Runtime for Node has CUDA on Linux x64 only.", {
      field: "platform",
      value: `${process.platform} ${process.arch}`,
      remedy: "WebGPU needs no further files; see samlab devices.",
    });
  }
  const downloads = cacheFolder("cuda", "wheels");
  for (const folder of [downloads, cudaFolder()]) {
    await makeFolder(folder).catch((error: unknown) => {
      throw writeError(error, folder);
    });
  }
  const texts = { what: "The CUDA files", byHand: `put it into ${downloads}` };
  for (const wheel of wheels) {
    const title = `Fetching ${wheel.package} ${wheel.version} (${wheel.megabytes} MB)`;
    const stamp = join(cudaFolder(), `${wheel.file}.done`);
    const target = wheel.package === "onnxruntime-gpu" ? (beside ?? onnxRuntimeFolder()) : cudaFolder();
    if (await isThere(stamp, target)) continue;
    const start = performance.now();
    say(`${title} …`);
    const path = await fetchWheel(wheel, source, downloads, texts);
    const names = await extract(path, wheel, target);
    await writeFileAtomic(stamp, Buffer.from(JSON.stringify(names)));
    await rm(path, { force: true });
    say(`${title}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
  }
}

/** True if all that a wheel's stamp names is in the folder, in its size. */
async function isThere(stamp: string, folder: string): Promise<boolean> {
  const text = await readFile(stamp, "utf8").catch(() => null);
  if (text === null) return false;
  const sizes = Object.entries(JSON.parse(text) as Record<string, number>);
  const found = await Promise.all(sizes.map(([name]) => stat(join(folder, name)).catch(() => null)));
  return sizes.length > 0 && sizes.every(([, size], n) => found[n]?.size === size);
}

/** Takes a wheel's files out. @returns their sizes by name */
async function extract(path: string, wheel: CudaWheel, folder: string): Promise<Record<string, number>> {
  const file = await RandomAccessFile.open(path);
  const sizes: Record<string, number> = {};
  try {
    for (const [member, entry] of await readZipDirectory(file)) {
      if (!wheel.takes(member)) continue;
      await writeFileAtomic(join(folder, basename(member)), streamZipEntry(file, entry));
      sizes[basename(member)] = entry.size;
    }
  } finally {
    await file.close();
  }
  if (Object.keys(sizes).length > 0) return sizes;
  throw new SamlabError("format-invalid", `${path} holds none of the files that CUDA needs.`, { file: path });
}
