import { samlabPackage } from "../io/files/package.js";
import { type LoadedSam, proposerOf, samSource } from "../predict/loaded-sam.js";

/** Provenance of an exported model. Every value is text, as safetensors and ONNX require. */
export function provenanceOf(sam: LoadedSam): Record<string, string> {
  const { architecture, prompts, classNames, deSamMode } = sam;
  const { adapter, baseHash } = samSource(sam);
  // Prototypes of boxes are not exported, so the classes would have nothing to be found by.
  const hasClasses = classNames.length > 0 && !proposerOf(sam);
  return {
    "samlab.version": samlabPackage.version,
    "samlab.model": sam.name,
    "samlab.modelHash": sam.hash,
    "samlab.baseHash": baseHash,
    "samlab.adapterHash": adapter?.hash ?? "",
    "samlab.adapter": adapter ? JSON.stringify(adapter.metadata) : "",
    "samlab.architecture": architecture.summary,
    "samlab.preprocessing": architecture.preprocessing,
    // What the weights do not tell.
    ...(architecture.encoder === "hiera" ? { "samlab.imageSize": String(architecture.imageSize) } : {}),
    "samlab.prompts": JSON.stringify(prompts),
    ...(architecture.answer ? { "samlab.answer": architecture.answer } : {}),
    ...(hasClasses ? { "samlab.classes": JSON.stringify(classNames) } : {}),
    ...(deSamMode ? { "samlab.deSamMode": deSamMode } : {}),
  };
}
