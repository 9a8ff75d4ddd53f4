// What `import … from "samlab"` gives in a notebook: the library, and what needs a kernel.
export * from "../src/index.js";
export { clearOutput, type DisplayHandle, display } from "./display/public.js";
export { type PromptSlicesOptions, promptSlices } from "./widgets/prompt-slices.js";
export type { PlaceOptions, PromptObject, SlicePrediction } from "./widgets/slice-prompter/public-types.js";
export type { SlicePrompter } from "./widgets/slice-prompter/slice-prompter.js";
