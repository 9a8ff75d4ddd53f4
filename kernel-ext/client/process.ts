import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConnectionInfo } from "../wire/connection.js";

export interface ProcessOptions {
  /** Working directory of the kernel: where its cells find files and packages. Default: that of this process. */
  readonly cwd?: string | undefined;
  readonly env?: NodeJS.ProcessEnv | undefined;
}

/** A kernel process started from the argv of a kernelspec. */
export interface KernelProcess {
  readonly connection: ConnectionInfo;
  readonly child: ChildProcess;
  /** The end of the process's own stderr, which does not include output of cells. */
  stderr(): string;
  /** Resolves with the exit code, or null if it was ended by a signal. */
  readonly exited: Promise<number | null>;
}

const STDERR_KEPT = 8_192;

/** Starts a kernel on five ports. `argv` is that of a kernelspec, containing "{connection_file}". */
export function startKernelProcess(
  argv: readonly string[],
  [shell, control, iopub, stdin, hb]: readonly number[],
  options: ProcessOptions = {},
): KernelProcess {
  const connection: ConnectionInfo = {
    transport: "tcp",
    ip: "127.0.0.1",
    shell_port: shell!,
    control_port: control!,
    iopub_port: iopub!,
    stdin_port: stdin!,
    hb_port: hb!,
    key: randomBytes(16).toString("hex"),
    signature_scheme: "hmac-sha256",
  };
  const folder = mkdtempSync(join(tmpdir(), "samlab-kernel-"));
  const file = join(folder, "connection.json");
  writeFileSync(file, JSON.stringify(connection), { mode: 0o600 });
  const [program, ...args] = argv.map((part) => part.replace("{connection_file}", file));
  const child = spawn(program!, args, {
    cwd: options.cwd,
    env: { ...process.env, JPY_PARENT_PID: String(process.pid), ...options.env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-STDERR_KEPT);
  });
  const exited = new Promise<number | null>((resolve) => {
    child.once("error", (error) => {
      stderr += error.message;
      resolve(null);
    });
    child.once("close", resolve);
  });
  void exited.then(() => rmSync(folder, { recursive: true, force: true }));
  return { connection, child, stderr: () => stderr, exited };
}
