import { SamlabError, show } from "../core/errors.js";

/**
 * Refuses a length, a learning rate, or a seed that no training can have.
 * @throws {SamlabError} `argument-invalid`
 */
export function checkSettings(settings: {
  readonly steps: number;
  readonly learningRate: number;
  readonly seed: number;
}): void {
  const { steps, learningRate, seed } = settings;
  wholeNumber("steps", steps, 1);
  if (!(learningRate > 0 && Number.isFinite(learningRate)))
    throw invalidSetting(
      "learningRate",
      learningRate,
      `The learning rate cannot be ${show(learningRate)}.`,
      "Give a number above 0, such as 0.0005.",
    );
  if (!Number.isFinite(seed)) throw invalidSetting("seed", seed, `The seed cannot be ${show(seed)}.`, "Give a number.");
}

/** @throws {SamlabError} `argument-invalid` for what is no whole number from `least` */
export function wholeNumber(field: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least)
    throw invalidSetting(field, value, `${field} is a whole number from ${least}, not ${show(value)}.`);
}

/** The error for a setting of a training. */
export function invalidSetting(field: string, value: unknown, message: string, remedy?: string): SamlabError {
  return new SamlabError("argument-invalid", message, { field, value, remedy });
}
