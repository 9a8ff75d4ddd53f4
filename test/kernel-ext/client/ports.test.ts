import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { onFreePorts } from "../../../kernel-ext/client/ports.js";
import { listening } from "../support/ports.js";

describe("a start on free ports", () => {
  it("is tried again with others if one was taken meanwhile", async () => {
    const tried: number[] = [];
    const taken: { close(): Promise<void> }[] = [];
    const server = await onFreePorts(2, async (ports) => {
      tried.push(...ports);
      if (tried.length === 2) taken.push(await listening(ports[1]));
      return new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
        const started = createServer();
        started.once("error", reject);
        started.listen(ports[1], "127.0.0.1", () => resolve(started));
      });
    });
    server.close();
    for (const { close } of taken) await close();
    expect(tried).toHaveLength(4);
    expect(new Set(tried).size).toBe(4);
  });

  it.each([
    "tcp://127.0.0.1:4 (hb) is in use by another program.",
    "listen EADDRINUSE: address already in use 127.0.0.1:4",
    "OSError: [Errno 98] Address already in use",
    "slurmctld: error: Error binding slurm stream socket: Address already in use",
    "ERROR: the Jupyter server could not be started because port 4 is not available.",
  ])("is tried three times while it says: %s", async (message) => {
    let calls = 0;
    const start = async () => {
      calls++;
      throw new Error(`It ended.\n${message}`);
    };
    await expect(onFreePorts(1, start)).rejects.toThrow(message);
    expect(calls).toBe(3);
  });

  it("is not tried again after another error", async () => {
    let calls = 0;
    const start = async () => {
      calls++;
      throw new Error("There is no such program.");
    };
    await expect(onFreePorts(1, start)).rejects.toThrow("no such program");
    expect(calls).toBe(1);
  });
});
