import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { messageOf } from "../core/errors.js";
import { cacheFolder } from "../io/files/cache-folder.js";

/** ONNX Runtime's CUDA provider, which must be in the same folder as ONNX Runtime. */
export const cudaProviderFiles = ["libonnxruntime_providers_shared.so", "libonnxruntime_providers_cuda.so"] as const;

/** NVIDIA's libraries that the provider links to or loads. Each stands after the libraries that it depends on. */
export const cudaLibraries = [
  "libcudart.so.13",
  "libnvrtc-builtins.so.13.0",
  "libnvrtc.so.13",
  "libcublasLt.so.13",
  "libcublas.so.13",
  "libcurand.so.10",
  "libcudnn_graph.so.9",
  "libcudnn_ops.so.9",
  "libcudnn_heuristic.so.9",
  "libcudnn_engines_precompiled.so.9",
  "libcudnn_engines_runtime_compiled.so.9",
  "libcudnn_cnn.so.9",
  "libcudnn_adv.so.9",
  "libcudnn.so.9",
] as const;

/** The driver that {@link cudaLibraries} need. */
export const cudaDriver = "CUDA 13 needs NVIDIA's driver 580 or newer";

/** Where `samlab setup --cuda` puts NVIDIA's libraries. */
export const cudaFolder = () => cacheFolder("cuda", "13");

/** The folder of ONNX Runtime's own library. */
export function onnxRuntimeFolder(): string {
  const module = createRequire(import.meta.url).resolve("onnxruntime-node");
  return join(dirname(module), "..", "bin", "napi-v6", process.platform, process.arch);
}

/** glibc's flag (dlfcn.h): keeps the library loaded, although Node closes libraries that are not its modules. */
const noDelete = 0x1000;

let problem: string | undefined;

/**
 * Makes CUDA loadable in this process, so that no LD_LIBRARY_PATH is needed: loads NVIDIA's libraries from
 * {@link cudaFolder}, so that the dynamic linker finds them by name.
 * @returns why CUDA cannot work here; empty if no reason is known
 */
export function loadCuda(): string {
  problem ??= tryLoading();
  return problem;
}

function tryLoading(): string {
  if (process.platform !== "linux" || process.arch !== "x64") {
    return `ONNX Runtime for Node has CUDA on Linux x64 only, and this is ${process.platform} ${process.arch}`;
  }
  if (cudaProviderFiles.some((name) => !existsSync(join(onnxRuntimeFolder(), name)))) {
    return "its files are not there: samlab setup --cuda fetches them (1.2 GB)";
  }
  // Without the folder, CUDA may be installed in the system.
  for (const name of existsSync(cudaFolder()) ? cudaLibraries : []) {
    const failure = open(join(cudaFolder(), name));
    if (failure) return `${failure}; samlab setup --cuda fetches its files anew`;
  }
  const failure = open("libcuda.so.1");
  return failure ? `there is no NVIDIA driver (${failure}): ${cudaDriver}` : "";
}

/**
 * Opens a shared library for the whole process.
 * @returns the error of the dynamic linker; empty if the library is open
 */
function open(name: string): string {
  try {
    process.dlopen({ exports: {} }, name, constants.dlopen.RTLD_NOW | constants.dlopen.RTLD_GLOBAL | noDelete);
  } catch (error) {
    // Said of every library that is no Node module, after it was loaded.
    if (!messageOf(error).startsWith("Module did not self-register")) return messageOf(error);
  }
  return "";
}
