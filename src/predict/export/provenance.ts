import { openSafetensors } from "../../checkpoint/safetensors.js";
import type { PromptSupport } from "../../core/prompt.js";
import { samlabPackage } from "../../io/files/package.js";
import type { LoadedSam } from "../loaded-sam.js";

/** How an exported model came about; every value is text, as safetensors and ONNX want it. */
export function provenanceOf(sam: LoadedSam): Record<string, string> {
  const { source, architecture, prompts } = sam;
  const { adapter } = source;
  return {
    "samlab.version": samlabPackage.version,
    "samlab.model": sam.name,
    "samlab.modelHash": sam.hash,
    "samlab.baseHash": source.baseHash,
    "samlab.adapterHash": adapter?.hash ?? "",
    "samlab.adapter": adapter ? JSON.stringify(adapter.metadata) : "",
    "samlab.architecture": architecture.summary,
    "samlab.preprocessing": architecture.preprocessing,
    "samlab.prompts": JSON.stringify(prompts),
  };
}

/** The prompts that an exported model was trained for; `null` for any other file. */
export async function exportedPrompts(path: string): Promise<PromptSupport | null> {
  const file = await openSafetensors(path).catch(() => null);
  if (!file) return null;
  await file.close();
  try {
    const { points, box, mask, note }: PromptSupport = JSON.parse(file.metadata["samlab.prompts"]);
    return [points, box, mask].every((kind) => typeof kind === "boolean")
      ? { points, box, mask, note: String(note) }
      : null;
  } catch {
    return null;
  }
}
