/**
 * The protocol between kernel and browser: the state of each widget and the messages it accepts. Runs without Node and
 * without a browser.
 *
 * @module samlab/protocol
 */
export type { Affine, AnatomicalLetter } from "../core/geometry.js";
export type { Plane } from "../core/plane.js";
export type { BoxPrompt, PromptSupport } from "../core/prompt.js";
export * from "./dice-chart.js";
export * from "./dice-chart-intents.js";
export type { Addressed, Parsed } from "./intent-checks.js";
export * from "./mask-compare.js";
export * from "./mask-compare-intents.js";
export * from "./overview.js";
export * from "./progress.js";
export * from "./samples.js";
export * from "./slice-prompter.js";
export * from "./slice-prompter-intents.js";
export * from "./slices.js";
export * from "./training.js";
export * from "./training-intents.js";
export * from "./version.js";
