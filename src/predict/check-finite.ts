import { SamlabError } from "../core/errors.js";
import { allFinite } from "../core/finite.js";

/**
 * Throws on NaN logits, which would otherwise give empty masks.
 * @param source the image
 * @throws {SamlabError} `run-failed`
 */
export function checkFinite(values: Float32Array, source: string): void {
  if (allFinite(values)) return;
  const bad = values.find((value) => !Number.isFinite(value));
  throw new SamlabError("run-failed", `The model gave ${bad} for ${source}.`, {
    value: bad,
    remedy: 'Check the checkpoint and the device (await devices()); try { device: "cpu" }.',
  });
}
