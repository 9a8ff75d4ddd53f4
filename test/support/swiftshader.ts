import { existsSync } from "node:fs";
import { join } from "node:path";

/**
 * Chromium brings a software Vulkan driver (SwiftShader) and a Vulkan loader: enough for the WebGPU provider without a
 * GPU.
 */
const folders = [
  process.env.SAMLAB_SWIFTSHADER ?? "",
  "/usr/lib/chromium",
  "/usr/lib/chromium-browser",
  "/opt/google/chrome",
];

/** The environment in which a process finds SwiftShader, or `null` where there is none. */
export function swiftShaderEnvironment(): NodeJS.ProcessEnv | null {
  const folder = folders.find(
    (candidate) => candidate !== "" && existsSync(join(candidate, "vk_swiftshader_icd.json")),
  );
  if (folder === undefined) return null;
  return {
    ...process.env,
    VK_ICD_FILENAMES: join(folder, "vk_swiftshader_icd.json"),
    LD_LIBRARY_PATH: [folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(":"),
  };
}
