import { type LoadedSam, samSource } from "./loaded-sam.js";

/** What an adapter records of the model that it is trained on, so that it is loaded again as it was trained. */
export function adapterOrigin(sam: LoadedSam) {
  const { nameOrPath, baseHash, options } = samSource(sam);
  const { preprocessing, answer, maskPrompt } = sam.architecture;
  return {
    base: nameOrPath,
    baseHash,
    preprocessing,
    ...(answer ? { answer } : {}),
    ...(maskPrompt ? { maskPrompt } : {}),
    ...(options.imageSize === undefined ? {} : { imageSize: String(options.imageSize) }),
    ...(options.hqTokenOnly ? { hqTokenOnly: "true" } : {}),
  };
}
