import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Where a user's work in widgets is kept between runs: `SAMLAB_STATE`, else the system's place for such files (XDG_STATE_HOME or ~/.local/state,
 * ~/Library/Application Support, %LOCALAPPDATA%). Unlike the cache it cannot be made again.
 */
export function workFolder(...parts: readonly string[]): string {
  return join(process.env.SAMLAB_STATE || join(systemStates(), "samlab"), ...parts);
}

function systemStates(): string {
  // The XDG rules: a relative path is to be ignored.
  const xdg = process.env.XDG_STATE_HOME;
  if (xdg?.startsWith("/")) return xdg;
  if (process.platform === "darwin") return join(homedir(), "Library", "Application Support");
  if (process.platform === "win32") return process.env.LOCALAPPDATA || join(homedir(), "AppData", "Local");
  return join(homedir(), ".local", "state");
}
