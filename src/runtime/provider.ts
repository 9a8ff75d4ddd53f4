import { SamlabError, show } from "../core/errors.js";

/** ONNX Runtime's execution providers that samlab uses, fastest first. */
export const providers = ["CUDA", "WebGPU", "CPU"] as const;
/** An execution provider of ONNX Runtime that samlab uses: `CUDA`, `WebGPU`, or `CPU`. */
export type Provider = (typeof providers)[number];

/** Devices that a user can choose: `auto` selects the first that works. */
export type Device = "auto" | "cuda" | "webgpu" | "cpu";

/** ONNX Runtime's own names. */
export const ortNames: Readonly<Record<Provider, string>> = { CUDA: "cuda", WebGPU: "webgpu", CPU: "cpu" };

/**
 * The providers to try for a device, in order.
 * @throws {SamlabError} `argument-invalid` for an unknown name
 */
export function candidatesFor(device: string): readonly Provider[] {
  if (device === "auto") return providers;
  const provider = providers.find((name) => ortNames[name] === device);
  if (!provider) {
    throw new SamlabError("argument-invalid", `There is no device ${show(device)}.`, {
      field: "device",
      value: device,
      remedy: 'Use "auto", "cuda", "webgpu" or "cpu".',
    });
  }
  return [provider];
}
