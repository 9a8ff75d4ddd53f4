import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { detached } from "../core/ambient.js";
import { cudaDriver } from "./cuda.js";
import { compiledEntry } from "./entry.js";
import { type Provider, providers } from "./provider.js";
import type { TrialResult } from "./trial.js";

/** The result of testing a provider on this machine. */
export interface DeviceReport {
  /** ONNX Runtime's execution provider. */
  readonly provider: Provider;
  /** True if a graph ran on it and gave the right numbers. */
  readonly available: boolean;
  /**
   * Speed in the trial graph (float32 matrix products), billions of operations per second; `null` when it did not run.
   */
  readonly gflops: number | null;
  /** True for the provider that `auto` selects. */
  readonly chosen: boolean;
  /** Why it is not available or not chosen; empty otherwise. */
  readonly note: string;
}

/** Timeout for an unresponsive driver, ms. */
const patience = 60_000;

let reports: Promise<readonly DeviceReport[]> | undefined;

/**
 * Tests every provider with a real graph in a separate process and returns the results, fastest kind first. `auto`
 * selects the first that works and is not slower than the CPU: a software Vulkan driver also offers WebGPU, but takes
 * minutes for an image encoder. Runs once per process.
 */
export function devices(): Promise<readonly DeviceReport[]> {
  // All callers share this trial, so it must not be canceled with the first caller.
  reports ??= detached(tryAll);
  return reports;
}

async function tryAll(): Promise<readonly DeviceReport[]> {
  const { results, end } = await runTrials();
  const cpu = results.get("CPU");
  let isChosen = false;
  return providers.map((provider): DeviceReport => {
    const result = results.get(provider);
    const gflops = result?.gflops ?? null;
    const problem = result ? plainReason(result.error) || wrongness(result, cpu) : end;
    const available = gflops !== null && problem === "";
    const isSlow = available && cpu?.gflops != null && gflops < cpu.gflops * 0.8;
    const chosen = available && !isSlow && !isChosen;
    isChosen ||= chosen;
    return {
      provider,
      available,
      gflops,
      chosen,
      note: isSlow ? slowness(gflops, cpu.gflops) : problem,
    };
  });
}

/** What ONNX Runtime says, without the places in its sources. */
export function plainReason(message: string): string {
  const cuda = /CUDA failure \d+: ([^;]+)/.exec(message)?.[1]?.trim();
  if (cuda) return /driver version is insufficient/.test(cuda) ? `${cuda}: ${cudaDriver}` : cuda;
  return message.replace(/^\/onnxruntime_src\/.* was false\. /s, "").trim();
}

function wrongness(result: TrialResult, cpu: TrialResult | undefined): string {
  if (!cpu) return "";
  const worst = result.row.reduce((max, value, n) => Math.max(max, Math.abs(value - cpu.row[n])), 0);
  return worst < 1e-2 ? "" : `gives wrong numbers (off by ${worst.toPrecision(2)})`;
}

function slowness(gflops: number, cpu: number | null): string {
  return `slower than the CPU (${gflops.toPrecision(2)} against ${cpu?.toPrecision(2)} GFLOP/s): a software driver?`;
}

/** Runs the trial program. If it ends early, `end` is the reason for the providers that it did not reach. */
async function runTrials(): Promise<{ results: Map<string, TrialResult>; end: string }> {
  const results = new Map<string, TrialResult>();
  // The CPU first, so that its time is known even if a GPU driver crashes.
  const order: readonly Provider[] = ["CPU", ...providers.filter((provider) => provider !== "CPU")];
  let pending: readonly Provider[] = order;
  let end = "";
  while (pending.length > 0) {
    end = await runTrialProgram(pending, results);
    const crashed = pending.find((provider) => !results.has(provider));
    if (crashed === undefined) break;
    results.set(crashed, { provider: crashed, gflops: null, row: [], error: end });
    pending = pending.filter((provider) => !results.has(provider));
  }
  return { results, end };
}

function runTrialProgram(names: readonly Provider[], results: Map<string, TrialResult>): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [fileURLToPath(compiledEntry("trial-main.js")), ...names], {
      stdio: ["ignore", "pipe", "ignore"],
      timeout: patience,
      killSignal: "SIGKILL",
    });
    createInterface({ input: child.stdout }).on("line", (line) => {
      const result = JSON.parse(line) as TrialResult;
      results.set(result.provider, result);
    });
    child.on("error", (error) => resolve(`could not be tried: ${error.message}`));
    child.on("close", (code, signal) => {
      if (signal === "SIGKILL") resolve(`did not answer within ${patience / 1000} s`);
      else resolve(`its driver ended the trial (${signal ?? `exit code ${code}`})`);
    });
  });
}
