import { join } from "node:path";
import { SamlabError } from "../../src/core/errors.js";
import { lastLines, runProgram } from "./program.js";
import { say } from "./steps.js";

/**
 * Downloads ONNX Runtime's CUDA provider, which is too large for npm, with onnxruntime-node's own installer (from
 * NuGet).
 * @throws {SamlabError} `network-unavailable`
 */
export async function fetchCuda(root: string): Promise<void> {
  say("Fetching ONNX Runtime's CUDA files …");
  const script = join(root, "node_modules", "onnxruntime-node", "script", "install.js");
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: "cuda12" };
  const { code, output } = await runProgram(process.execPath, [script], { env });
  if (code === 0) return;
  throw new SamlabError("network-unavailable", `The CUDA files could not be fetched:\n${lastLines(output, 5)}\n`, {
    remedy: "They come from api.nuget.org; everything else works without them.",
  });
}
