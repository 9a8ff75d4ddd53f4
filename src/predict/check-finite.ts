import { SamlabError } from "../core/errors.js";

/**
 * Throws on NaN logits, which would otherwise give empty masks.
 * @throws {SamlabError} `run-failed`
 */
export function checkFinite(values: Float32Array, source: string): void {
  if (Number.isFinite(zeroIfFinite(values))) return;
  const bad = values.findIndex((value) => !Number.isFinite(value));
  throw new SamlabError("run-failed", `The model gave ${values[bad]} for ${source}.`, {
    value: values[bad],
    remedy: 'Check the checkpoint and the device (await devices()); try { device: "cpu" }.',
  });
}

/**
 * NaN if any value is not finite. Four sums at a time: an embedding has a million values, and a callback takes 8 ms.
 */
function zeroIfFinite(values: Float32Array): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  const end = values.length - (values.length % 4);
  for (let n = 0; n < end; n += 4) {
    a += values[n] * 0;
    b += values[n + 1] * 0;
    c += values[n + 2] * 0;
    d += values[n + 3] * 0;
  }
  for (let n = end; n < values.length; n++) a += values[n] * 0;
  return a + b + c + d;
}
