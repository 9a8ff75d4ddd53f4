import { homedir } from "node:os";
import { join } from "node:path";

/**
 * The folder that keeps weights, compiled graphs and embeddings between runs: `SAMLAB_CACHE`, else the system's cache
 * folder (XDG_CACHE_HOME or ~/.cache, ~/Library/Caches, %LOCALAPPDATA%). It is safe to delete, except for `adapters`,
 * which holds trained adapters that could not be written to their target path.
 */
export function cacheFolder(...parts: readonly string[]): string {
  return join(process.env.SAMLAB_CACHE || join(systemCaches(), "samlab"), ...parts);
}

/** Bytes that a part of the cache may take. @param setting megabytes as an environment variable has them */
export function cacheLimit(setting: string | undefined, megabytes: number): number {
  const given = Number(setting || megabytes);
  return (Number.isFinite(given) && given >= 0 ? given : megabytes) * 1e6;
}

function systemCaches(): string {
  // The XDG specification says to ignore relative paths.
  const xdg = process.env.XDG_CACHE_HOME;
  if (xdg?.startsWith("/")) return xdg;
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches");
  if (process.platform === "win32") return process.env.LOCALAPPDATA || join(homedir(), "AppData", "Local");
  return join(homedir(), ".cache");
}
