import { readdir } from "node:fs/promises";
import { join } from "node:path";

/** Names of the embeddings in a cache folder; those still being written have a temporary name and do not count. */
export async function cachedEmbeddings(cache: string): Promise<string[]> {
  const names: string[] = await readdir(join(cache, "embeddings")).catch(() => []);
  return names.filter((name) => !name.endsWith(".tmp"));
}
