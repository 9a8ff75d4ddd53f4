import { open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { workSignal } from "../core/ambient.js";
import { messageOf, SamlabError, throwIfCanceled } from "../core/errors.js";
import { systemCode, writeError } from "../io/files/file-errors.js";
import { sha256OfFile } from "../io/files/hash-file.js";
import { type Lock, waitForLock } from "../io/files/lock.js";
import { makeFolder } from "../io/files/make-folder.js";

export interface DownloadOptions {
  /** What the file's sha256 must be; `null` where it is not known. */
  readonly sha256: string | null;
  /** What its size must be; `null` where it is not known. */
  readonly bytes: number | null;
  readonly signal?: AbortSignal;
  /** Called as bytes arrive; `total` is `null` where the server does not say. */
  readonly onProgress?: (done: number, total: number | null) => void;
  /** Called when another process fetches the file, which is waited for. */
  readonly onWait?: (note: string) => void;
  /** Called when the connection was lost and is retried. */
  readonly onRetry?: (why: string) => void;
  /** Checks the complete file before it is renamed. */
  readonly check?: (path: string) => Promise<void>;
}

/** Maximum consecutive attempts without receiving any bytes. */
const patience = 4;
/** Milliseconds without a byte after which a connection counts as broken. */
const silence = 60_000;

/** Server metadata that must match to resume a download. */
interface Validator {
  readonly url: string;
  readonly etag: string | null;
}

/**
 * Downloads a file over HTTP(S) atomically, following redirects. Received data are kept next to it as `.part`, so that
 * an interrupted or canceled download is resumed, also by a later run, if the server still has the same file. The file
 * is renamed only after its size and hash are verified. If another process fetches the same file, waits for it.
 * @returns its sha256
 * @throws {SamlabError} `network-unavailable` (unreachable, refused, a web page instead of the file), `hash-mismatch`,
 * `disk-full`, `file-write-failed`, `canceled`, and what `check` throws
 */
export async function download(url: string, target: string, options: DownloadOptions): Promise<string> {
  const signal = workSignal(options.signal);
  const part = `${target}.part`;
  await makeFolder(dirname(target)).catch((error: unknown) => {
    throw writeError(error, dirname(target));
  });
  const { lock, waited } = await waitForLock(part, { signal, report: options.onWait });
  try {
    return (
      (waited && (await fetchedMeanwhile(target, options))) || (await downloadTo(part, url, target, options, lock))
    );
  } finally {
    await lock.release();
  }
}

/** The sha256 of a file that another process has fetched; null if there is none, or it is not the right one. */
async function fetchedMeanwhile(
  target: string,
  { sha256, bytes, signal, check }: DownloadOptions,
): Promise<string | null> {
  if ((await sizeOf(target)) === 0) return null;
  const found = await sha256OfFile(target, signal);
  if (found !== (sha256 ?? found) || (bytes !== null && (await sizeOf(target)) !== bytes)) return null;
  await check?.(target);
  return found;
}

async function downloadTo(
  part: string,
  url: string,
  target: string,
  options: DownloadOptions,
  lock: Lock,
): Promise<string> {
  for (let isSecond = false; ; isSecond = true) {
    const resumed = await fetchAll(url, part, options);
    const sha256 = await sha256OfFile(part, options.signal);
    const size = await sizeOf(part);
    const isRight =
      (options.sha256 === null || sha256 === options.sha256) && (options.bytes === null || size === options.bytes);
    if (isRight) {
      await options.check?.(part).catch(async (error: unknown) => {
        await forget(part);
        throw error;
      });
      await lock.check();
      await rename(part, target).catch((error: unknown) => {
        throw writeError(error, target);
      });
      await rm(`${part}.json`, { force: true });
      return sha256;
    }
    await forget(part);
    // The parts may come from different files: restart from the beginning.
    if (resumed && !isSecond) {
      options.onRetry?.("the pieces do not match; starting over");
      continue;
    }
    throw new SamlabError(
      "hash-mismatch",
      `${url} gave ${size} bytes with the sha256 ${sha256}, not ${options.bytes ?? "?"} bytes with ${options.sha256 ?? "any"}.`,
      {
        field: "sha256",
        value: sha256,
        remedy:
          "The download was deleted. The file on the server is damaged or a different one: download it from elsewhere.",
      },
    );
  }
}

/** Fetches until the part is whole. @returns whether bytes of an earlier connection are in it */
async function fetchAll(url: string, part: string, options: DownloadOptions): Promise<boolean> {
  let resumed = false;
  for (let failures = 0; ; ) {
    throwIfCanceled(options.signal, `Fetching ${url}`);
    const before = await sizeOf(part);
    try {
      await fetchOnce(url, part, before, options);
      return resumed || before > 0;
    } catch (error) {
      throwIfCanceled(options.signal, `Fetching ${url}`);
      if (!(error instanceof Broken)) throw error;
      const after = await sizeOf(part);
      resumed ||= after > 0;
      failures = after > before ? 0 : failures + 1;
      if (failures >= patience) throw unreachable(url, error.message, error.cause);
      options.onRetry?.(error.message);
      await new Promise((resolve) => setTimeout(resolve, error.delay * 2 ** failures));
    }
  }
}

/** A failure that is worth a retry. */
class Broken extends Error {
  constructor(
    message: string,
    readonly delay: number,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

async function fetchOnce(url: string, part: string, have: number, options: DownloadOptions): Promise<void> {
  const known = have > 0 ? await validatorOf(part) : null;
  // Without a validator from the server (ETag or date), only a known hash can tell whether the parts belong to one
  // file.
  const isTrusted = known?.url === url && (known.etag !== null || options.sha256 !== null);
  const from = isTrusted ? have : 0;
  const watch = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, watch.signal]) : watch.signal;
  let timer = setTimeout(() => watch.abort(), silence);
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => watch.abort(), silence);
  };
  try {
    const range: Record<string, string> = from > 0 ? { range: `bytes=${from}-` } : {};
    const response = await fetch(url, {
      headers: {
        ...range,
        ...(from > 0 && known?.etag ? { "if-range": known.etag } : {}),
        "accept-encoding": "identity",
      },
      signal,
    }).catch((error: unknown) => {
      throw new Broken(reason(error), 250, error);
    });
    const total = Number(/\/(\d+)$/.exec(response.headers.get("content-range") ?? "")?.[1] ?? Number.NaN);
    if (response.status === 416) {
      await response.body?.cancel();
      if (total === from) return;
      await forget(part);
      throw new Broken("the server's file is shorter than what was already downloaded", 0);
    }
    if (!response.ok || !response.body) throw refusal(url, response);
    if (/^text\/html\b/.test(response.headers.get("content-type") ?? "")) {
      await response.body.cancel();
      throw new SamlabError("network-unavailable", `${url} returned a web page instead of the file.`, {
        field: "url",
        value: url,
        remedy: "Open the address in a browser: it may ask for a login or a confirmation.",
      });
    }
    const isPartial = response.status === 206 && response.headers.get("content-range")?.startsWith(`bytes ${from}-`);
    const start = isPartial ? from : 0;
    const length = response.headers.get("content-length");
    const whole = Number.isNaN(total) ? (length === null ? options.bytes : start + Number(length)) : total;
    const etag = response.headers.get("etag");
    const mark: Validator = { url, etag: etag?.startsWith("W/") ? null : etag };
    await writeFile(`${part}.json`, JSON.stringify(mark)).catch((error: unknown) => {
      throw writeError(error, part);
    });
    const file = await open(part, start > 0 ? "r+" : "w").catch((error: unknown) => {
      throw writeError(error, part);
    });
    try {
      let done = start;
      for await (const piece of pieces(response.body)) {
        alive();
        await file.write(piece, 0, piece.length, done).catch((error: unknown) => {
          throw writeError(error, part);
        });
        done += piece.length;
        options.onProgress?.(done, whole);
      }
      if (whole !== null && done < whole) throw new Broken(`the connection ended after ${done} of ${whole} bytes`, 250);
    } finally {
      await file.close();
    }
  } finally {
    clearTimeout(timer);
  }
}

async function* pieces(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = body[Symbol.asyncIterator]();
  for (;;) {
    const next = await iterator.next().catch((error: unknown) => {
      throw new Broken(`the connection was lost (${reason(error)})`, 250, error);
    });
    if (next.done) return;
    yield next.value;
  }
}

function refusal(url: string, { status, statusText }: Response): Error {
  const text = `${status} ${statusText}`.trim();
  if (status === 429 || status >= 500) return new Broken(`the server answered ${text}`, 500);
  return new SamlabError("network-unavailable", `${url} was refused (${text}).`, {
    field: "url",
    value: status,
    remedy:
      status === 404 || status === 410
        ? "The file has moved: find its new address on the model's page."
        : "Open the address in a browser.",
  });
}

function unreachable(url: string, why: string, cause: unknown): SamlabError {
  return new SamlabError("network-unavailable", `${url} could not be fetched: ${why}.`, {
    field: "url",
    value: url,
    cause,
    remedy: "Check the network and the proxy, then try again: what is there already is kept.",
  });
}

/** The system error behind a failed fetch. */
function reason(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error) return systemCode(cause) ?? cause.message;
  if (error instanceof Error && error.name === "AbortError") return `no data for ${silence / 1000} s`;
  return messageOf(error);
}

async function validatorOf(part: string): Promise<Validator | null> {
  try {
    const { url, etag } = JSON.parse(await readFile(`${part}.json`, "utf8"));
    return typeof url === "string" ? { url, etag: typeof etag === "string" ? etag : null } : null;
  } catch {
    return null;
  }
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => null))?.size ?? 0;
}

async function forget(part: string): Promise<void> {
  await rm(part, { force: true });
  await rm(`${part}.json`, { force: true });
}
