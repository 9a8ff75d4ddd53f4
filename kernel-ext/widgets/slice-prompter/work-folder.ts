import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Folder where widget data is kept between runs: `SAMLAB_STATE`, otherwise the system's state folder (XDG_STATE_HOME or
 * ~/.local/state, ~/Library/Application Support, %LOCALAPPDATA%). Unlike the cache, it cannot be regenerated.
 */
export function workFolder(...parts: readonly string[]): string {
  return join(process.env.SAMLAB_STATE || join(systemStates(), "samlab"), ...parts);
}

function systemStates(): string {
  // The XDG specification says to ignore relative paths.
  const xdg = process.env.XDG_STATE_HOME;
  if (xdg?.startsWith("/")) return xdg;
  if (process.platform === "darwin") return join(homedir(), "Library", "Application Support");
  if (process.platform === "win32") return process.env.LOCALAPPDATA || join(homedir(), "AppData", "Local");
  return join(homedir(), ".local", "state");
}
