import { freemem } from "node:os";
import { LoadedSam } from "../../predict/loaded-sam.js";
import { LoadedSam3d } from "../../predict/loaded-sam3d.js";
import { devices } from "../../runtime/devices.js";
import type { Device } from "../../runtime/provider.js";
import { threadCount } from "../../runtime/session.js";
import { type EvaluateOptions, list, whole } from "../options.js";
import { isLoaded } from "./worker-models.js";

/** Memory of a process with a model of 1024×1024 pixels, bytes. */
const memoryOfOne = 3e9;

/**
 * How many processes evaluate. On two cores, two processes of one thread each are 7 % faster than one with two threads:
 * one works while the other reads files or computes scores.
 * @throws {SamlabError} `argument-invalid`
 */
export async function workerCount(
  { workers = 1, models, device }: Pick<EvaluateOptions, "workers" | "models" | "device">,
  cases: number,
): Promise<number> {
  if (workers !== "auto") {
    whole("workers", workers, 1);
    return workers;
  }
  const isPortable = list(models).every(
    (model) => !isLoaded(model) || model instanceof LoadedSam || model instanceof LoadedSam3d,
  );
  if (!isPortable || !(await runsOnCpu(device))) return 1;
  // A container or a job may use less than the machine has.
  const free = Math.min(freemem(), process.availableMemory());
  return Math.max(1, Math.min(threadCount(), cases, Math.floor(free / memoryOfOne)));
}

async function runsOnCpu(
  device: Device = (process.env.SAMLAB_DEVICE as Device | undefined) ?? "auto",
): Promise<boolean> {
  if (device !== "auto") return device === "cpu";
  return (await devices()).some(({ provider, chosen }) => provider === "CPU" && chosen);
}
