import { type ChildProcess, spawn } from "node:child_process";
import { Worker } from "node:worker_threads";
import { knowChild } from "../execute/scope-things.js";
import type { CompilerReply, CompilerRequest, CompilerSetup } from "./protocol.js";
import { compilerNode, MAX_HEAP_MB, STACK_MB } from "./snapshot/node.js";

/** Where a compiler works: beside the thread that runs cells, so that it answers while a cell computes and can be ended at any time. */
export interface CompilerHost {
  send(request: CompilerRequest): void;
  end(): void;
}

export interface CompilerHostEvents {
  reply(reply: CompilerReply): void;
  /** It has ended by itself. */
  failed(): void;
}

/** Starts the compiler as a thread of this process: it loads TypeScript and reads all types, which takes about a second. */
export function startThread(setup: CompilerSetup, { reply, failed }: CompilerHostEvents): CompilerHost {
  const thread = new Worker(new URL("./compiler/thread.js", import.meta.url), {
    workerData: setup,
    resourceLimits: { stackSizeMb: STACK_MB, maxOldGenerationSizeMb: MAX_HEAP_MB },
  });
  thread.on("message", reply);
  thread.on("error", failed);
  // The kernel lives on its sockets, not on its compiler.
  thread.unref();
  return {
    send: (request) => thread.postMessage(request),
    end: () => void thread.terminate(),
  };
}

/** Starts the compiler as a process from its snapshot. */
export function startProcess(
  setup: CompilerSetup,
  snapshot: string,
  { reply, failed }: CompilerHostEvents,
): CompilerHost {
  const { command, args, env } = compilerNode(["--snapshot-blob", snapshot]);
  // In a process group of its own, where it gets no Ctrl-C of a terminal. It ends when this process does.
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
    // What cannot be sent is told by the exit.
    send: (request) => void child.send(request, () => {}),
    end() {
      ended = true;
      child.kill("SIGKILL");
    },
  };
}
