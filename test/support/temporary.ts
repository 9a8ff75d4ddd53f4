import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, vi } from "vitest";

/** Makes folders that are removed after each test of the file. */
export function temporaryFolders(): () => Promise<string> {
  const made: string[] = [];
  afterEach(async () => {
    for (const folder of made.splice(0)) {
      // A library that writes its caches in the background may still be adding a file.
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    }
  });
  return async () => {
    const folder = await mkdtemp(join(tmpdir(), "samlab-test-"));
    made.push(folder);
    return folder;
  };
}

/** Gives each test of the file a cache of its own. @returns its folder, in a test */
export function temporaryCache(): () => string {
  const folder = temporaryFolders();
  let cache = "";
  beforeEach(async () => {
    cache = await folder();
    vi.stubEnv("SAMLAB_CACHE", cache);
  });
  afterEach(() => vi.unstubAllEnvs());
  return () => cache;
}

/**
 * Gives all tests of the file one cache, which `fill` prepares: what one test embeds, the next finds there. Models that
 * a `beforeAll` loads after it have this cache too.
 */
export function sharedTemporaryCache(fill: (cache: string) => Promise<unknown>): void {
  let cache = "";
  beforeAll(async () => {
    cache = await mkdtemp(join(tmpdir(), "samlab-test-"));
    await fill(cache);
    vi.stubEnv("SAMLAB_CACHE", cache);
  });
  beforeEach(() => {
    vi.stubEnv("SAMLAB_CACHE", cache);
  });
  afterEach(() => vi.unstubAllEnvs());
  afterAll(() => rm(cache, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
}
