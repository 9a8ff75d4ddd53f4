import { existsSync } from "node:fs";
import { mkdir, readdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { cacheFolder } from "../../src/io/files/cache-folder.js";
import { catalog } from "../../src/predict/catalog.js";
import { saySkipped } from "./skipped.js";

const weights = catalog[0].checkpoint();

/**
 * Makes a folder fit for `SAMLAB_CACHE`: the weights, the decompressed samples, and what the user's cache has of
 * compiled graphs and embeddings, which other tests have left there. What is added stays in the folder.
 */
export async function linkWeights(cache: string): Promise<string> {
  await mkdir(join(cache, "weights"), { recursive: true });
  await mkdir(cacheFolder("unpacked"), { recursive: true });
  await symlink(cacheFolder("unpacked"), join(cache, "unpacked"));
  await symlink(weights, join(cache, "weights", "lite_medsam.pth"));
  for (const part of ["graphs", "embeddings"]) {
    await mkdir(join(cache, part), { recursive: true });
    const names = await readdir(cacheFolder(part)).catch(() => []);
    const whole = names.filter((name) => !name.endsWith(".tmp"));
    await Promise.all(whole.map((name) => symlink(cacheFolder(part, name), join(cache, part, name))));
  }
  return cache;
}

/**
 * `describe` for tests that need LiteMedSAM's weights, which `samlab setup` fetches. Without them, the tests are
 * skipped and print the reason; with `CI=true` they fail instead.
 */
export function describeWithWeights(name: string, tests: () => void): void {
  const isThere = existsSync(weights);
  if (!isThere) saySkipped(`${name}: ${weights} is not there (npm run setup fetches it)`);
  describe.skipIf(!isThere && process.env.CI !== "true")(name, tests);
}
