import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";
import { childrenOf } from "../../../kernel-ext/process-tree.js";
import { Interrupter } from "../../../kernel-ext/wire/interrupter.js";

it("tells the main thread of an interrupt before it ends the child that the main thread waits for", async () => {
  const others = childrenOf(process.pid);
  const child = spawn("sleep", ["20"], { stdio: "ignore" });
  await once(child, "spawn");
  const ended = once(child, "exit");
  let isRunning: boolean | undefined;
  const interrupter = new Interrupter({
    ask() {
      // Time for a child that was signaled before to end.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
      isRunning = childrenOf(process.pid).includes(child.pid!);
    },
    lastSeen: () => 0,
    warn: () => undefined,
  });
  interrupter.childrenBesides = others;
  const stopped = interrupter.interrupt();
  interrupter.acknowledge(1);
  expect(await stopped).toBe(true);
  expect(isRunning).toBe(true);
  expect(await ended).toEqual([null, "SIGTERM"]);
});
