import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Where weights, compiled graphs and embeddings are kept between runs: `SAMLAB_CACHE`, else the system's place for caches (XDG_CACHE_HOME or
 * ~/.cache, ~/Library/Caches, %LOCALAPPDATA%). Everything in it can be made again, if only by another
 * training (`adapters`, those that could not be written where they were to be); deleting it is safe.
 */
export function cacheFolder(...parts: readonly string[]): string {
  return join(process.env.SAMLAB_CACHE || join(systemCaches(), "samlab"), ...parts);
}

function systemCaches(): string {
  // The XDG rules: a relative path is to be ignored.
  const xdg = process.env.XDG_CACHE_HOME;
  if (xdg?.startsWith("/")) return xdg;
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches");
  if (process.platform === "win32") return process.env.LOCALAPPDATA || join(homedir(), "AppData", "Local");
  return join(homedir(), ".cache");
}
