import { type ChildProcess, spawn } from "node:child_process";
import { SamlabError } from "../../src/core/errors.js";

/** Time between signaling a command and killing it, ms. */
const graceTime = 2_000;
/**
 * Maximum time to wait for output of a command that has ended, ms: a background process may hold the pipe open forever.
 */
const drainTime = 300;

export interface ShellOptions {
  /** Ends the command and its child processes. */
  readonly signal: AbortSignal;
  /** Called with output as it arrives. */
  readonly write: (name: "stdout" | "stderr", text: string) => void;
}

/**
 * Runs a command in the system's shell, in the current working directory.
 * @throws {SamlabError} `run-failed` with the exit code or the signal that ended it; `canceled`
 */
export async function runShell(command: string, { signal, write }: ShellOptions): Promise<void> {
  if (signal.aborted) throw canceled(command);
  // In its own process group, so that its child processes end with it.
  const child = spawn(command, {
    shell: true,
    stdio: ["ignore", "pipe", "pipe"],
    detached: process.platform !== "win32",
  });
  const end = () => void endGroup(child);
  const endAtOnce = () => kill(child, "SIGKILL");
  signal.addEventListener("abort", end, { once: true });
  process.once("exit", endAtOnce);
  try {
    const output = Promise.all([
      read(child.stdout, (text) => write("stdout", text)),
      read(child.stderr, (text) => write("stderr", text)),
    ]);
    const [code, by] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code, by) => resolve([code, by]));
    });
    await Promise.race([output, new Promise((resolve) => setTimeout(resolve, drainTime))]);
    if (signal.aborted) throw canceled(command);
    if (code !== 0) throw failed(command, code, by);
  } finally {
    signal.removeEventListener("abort", end);
    process.off("exit", endAtOnce);
  }
}

async function read(stream: NodeJS.ReadableStream, write: (text: string) => void): Promise<void> {
  stream.setEncoding("utf8");
  for await (const text of stream) write(String(text));
}

/** Sends SIGINT, then SIGTERM, then SIGKILL. */
async function endGroup(child: ChildProcess): Promise<void> {
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  for (const signal of ["SIGINT", "SIGTERM", "SIGKILL"] as const) {
    kill(child, signal);
    for (let waited = 0; waited < graceTime && !hasEnded(); waited += 50) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    if (hasEnded()) break;
  }
  // The shell has exited; its child processes may have ignored the signal.
  kill(child, "SIGKILL");
}

function kill({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    if (process.platform === "win32") spawn("taskkill", ["/pid", String(pid), "/t", "/f"], { stdio: "ignore" });
    else process.kill(-pid, signal);
  } catch {
    // It has exited by itself.
  }
}

function failed(command: string, code: number | null, by: NodeJS.Signals | null): SamlabError {
  const how = code === null ? `was ended by ${by}` : `ended with exit code ${code}`;
  const remedy =
    code === 127
      ? "The shell does not know that command; if TypeScript was meant, what follows the ! has a wrong name."
      : undefined;
  return new SamlabError("run-failed", `!${command} ${how}.`, { field: "command", value: code, remedy });
}

function canceled(command: string): SamlabError {
  return new SamlabError("canceled", `!${command} was canceled.`);
}
