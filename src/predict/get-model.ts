import { existsSync } from "node:fs";
import { download } from "../checkpoint/download.js";
import { openCheckpoint } from "../checkpoint/open.js";
import { isSamlabError, SamlabError } from "../core/errors.js";
import { sha256OfFile } from "../io/files/hash-file.js";
import { type CatalogEntry, catalog, howToPlace, howToReplace, unknownModel } from "./catalog.js";
import type { WorkOptions } from "./sam.js";

/** Options of {@link getModel}. */
export interface GetModelOptions extends WorkOptions {
  /** Alternative URL of the same file, such as an internal mirror. */
  readonly from?: string;
}

/** The weights of a model at the path used by `loadSam`. */
export interface DownloadedModel {
  readonly name: string;
  /** Its path or URL. */
  readonly path: string;
  /** sha256 of the file, hex. */
  readonly sha256: string;
  /** False if there is no published hash to compare with. */
  readonly isVerified: boolean;
  /** True if the file was already there. */
  readonly wasThere: boolean;
}

/**
 * Downloads the weights of a named model to the path used by `loadSam`. Resumes an interrupted download and compares
 * the hash if one is published. An existing file is only checked.
 * @throws {SamlabError} `model-unknown`; `network-unavailable` and `state-order` (the user has to click on a web page,
 * or no weights are published), both saying which file to put where; `hash-mismatch`, `disk-full`,
 * `file-write-failed`, `canceled`, `checkpoint-invalid` (the download is not a checkpoint)
 */
export async function getModel(name: string, options: GetModelOptions = {}): Promise<DownloadedModel> {
  const entry = catalog.find((one) => one.name === name);
  if (!entry) throw unknownModel(name);
  const path = entry.checkpoint();
  const known = { name, path, isVerified: entry.sha256 !== null };
  if (existsSync(path)) {
    options.onProgress?.(`checking ${path}`);
    return { ...known, sha256: await checkedHash(entry, path, options.signal), wasThere: true };
  }
  const url = options.from ?? addressOf(entry);
  const start = performance.now();
  try {
    const sha256 = await download(url, path, {
      sha256: entry.sha256,
      bytes: entry.download?.bytes ?? null,
      ...(options.signal ? { signal: options.signal } : {}),
      onProgress: (done, total) => {
        const speed = done / 1e6 / Math.max(0.001, (performance.now() - start) / 1000);
        const of = total === null ? "" : ` of ${(total / 1e6).toFixed(1)}`;
        options.onProgress?.(
          `${name}: ${(done / 1e6).toFixed(1)}${of} MB, ${speed.toFixed(1)} MB/s`,
          total ? done / total : undefined,
        );
      },
      onWait: (note) => options.onProgress?.(`${name}: ${note}`),
      onRetry: (why) => options.onProgress?.(`${name}: ${why}; trying again`),
      check: async (part) => (await openCheckpoint(part)).close(),
    });
    return { ...known, sha256, wasThere: false };
  } catch (error) {
    if (!isSamlabError(error, "network-unavailable")) throw error;
    throw new SamlabError("network-unavailable", error.message, {
      field: "url",
      value: url,
      cause: error,
      remedy: `Without a network, ${howToPlace(entry)}. Behind a proxy, set HTTPS_PROXY and NODE_USE_ENV_PROXY=1 (Node 24 and later).`,
    });
  }
}

function addressOf(entry: CatalogEntry): string {
  const { download: source, name, unpublished } = entry;
  if (unpublished) {
    throw new SamlabError("state-order", `The weights of ${name} cannot be fetched.`, {
      field: "model",
      value: name,
      remedy: howToReplace(entry, unpublished),
    });
  }
  if (!source) {
    throw new SamlabError("state-order", `The weights of ${name} come with samlab setup.`, {
      field: "model",
      value: name,
      remedy: "Run samlab setup (needs the network once).",
    });
  }
  if (!source.isByHand) return source.url;
  throw new SamlabError("state-order", `${name} lies behind a page on which a person has to click.`, {
    field: "model",
    value: name,
    remedy: `Download it in a browser and ${howToPlace(entry)}; samlab models get ${name} then checks it.`,
  });
}

async function checkedHash({ name, sha256 }: CatalogEntry, path: string, signal?: AbortSignal): Promise<string> {
  const found = await sha256OfFile(path, signal);
  if (sha256 === null || found === sha256) return found;
  throw new SamlabError("hash-mismatch", `${path} has the sha256 ${found}, not ${sha256}.`, {
    file: path,
    field: "sha256",
    value: found,
    remedy: `It is damaged or another file: delete it, then run samlab models get ${name}.`,
  });
}
