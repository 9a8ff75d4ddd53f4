import { type ChildProcess, spawn } from "node:child_process";
import { Worker } from "node:worker_threads";
import { knowChild } from "../execute/scope-things.js";
import type { CompilerReply, CompilerRequest, CompilerSetup } from "./protocol.js";
import { compilerNode, MAX_HEAP_MB, STACK_MB } from "./snapshot/node.js";

/**
 * Where a compiler runs: outside the thread that runs cells, so that it responds while a cell computes and can be
 * terminated at any time.
 */
export interface CompilerHost {
  send(request: CompilerRequest): void;
  end(): void;
}

export interface CompilerHostEvents {
  reply(reply: CompilerReply): void;
  /** The compiler has ended unexpectedly. */
  failed(): void;
}

/**
 * Starts the compiler in a thread of this process: loads TypeScript and reads all types, which takes about a second.
 */
export function startThread(setup: CompilerSetup, { reply, failed }: CompilerHostEvents): CompilerHost {
  const thread = new Worker(new URL("./compiler/thread.js", import.meta.url), {
    workerData: setup,
    resourceLimits: { stackSizeMb: STACK_MB, maxOldGenerationSizeMb: MAX_HEAP_MB },
  });
  thread.on("message", reply);
  thread.on("error", failed);
  // Only the sockets keep the kernel alive, not the compiler.
  thread.unref();
  return {
    send: (request) => thread.postMessage(request),
    end: () => void thread.terminate(),
  };
}

/** Starts the compiler in a process from its snapshot. */
export function startProcess(
  setup: CompilerSetup,
  snapshot: string,
  { reply, failed }: CompilerHostEvents,
): CompilerHost {
  const { command, args, env } = compilerNode(["--snapshot-blob", snapshot]);
  // In its own process group, so that it does not receive the terminal's Ctrl-C. It ends when this process does.
  const child: ChildProcess = spawn(command, args, {
    env,
    detached: true,
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  knowChild(child);
  let ended = false;
  const fail = () => {
    if (ended) return;
    ended = true;
    failed();
  };
  child.on("message", (message) => {
    if (!ended) reply(message as CompilerReply);
  });
  child.on("error", fail);
  child.on("exit", fail);
  child.unref();
  child.channel?.unref();
  child.send(setup, () => {});
  return {
    // Send errors are reported by the exit event.
    send: (request) => void child.send(request, () => {}),
    end() {
      ended = true;
      child.kill("SIGKILL");
    },
  };
}
