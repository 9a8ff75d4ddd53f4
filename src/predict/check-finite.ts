import { SamlabError } from "../core/errors.js";

/**
 * Throws on NaN logits, which would otherwise give empty masks.
 * @throws {SamlabError} `run-failed`
 */
export function checkFinite(values: Float32Array, source: string): void {
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  throw new SamlabError("run-failed", `The model gave ${values[bad]} for ${source}.`, {
    value: values[bad],
    remedy: 'Check the checkpoint and the device (await devices()); try { device: "cpu" }.',
  });
}
