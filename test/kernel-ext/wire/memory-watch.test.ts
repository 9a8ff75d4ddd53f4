import { totalmem } from "node:os";
import { expect, it, vi } from "vitest";
import { machineMemory, watchMemory } from "../../../kernel-ext/wire/memory-watch.js";

it("tells when the process's memory is full, typed arrays included, and again when it grows", async () => {
  const megabyte = 2 ** 20;
  const full = vi.fn<(used: number) => void>();
  const limit = (process.memoryUsage.rss() + 300 * megabyte) / 0.9;
  const stop = watchMemory(limit, full);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(full).not.toHaveBeenCalled();
  // What earlier tests have left may be collected meanwhile.
  const kept: Float32Array[] = [];
  for (const times of [1, 2]) {
    while (full.mock.calls.length < times && kept.length < 60) {
      kept.push(new Float32Array(12 * megabyte).fill(1));
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    expect(full).toHaveBeenCalledTimes(times);
    expect(full.mock.lastCall![0]).toBeGreaterThan(0.9 * limit);
  }
  stop();
});

it("knows what the machine has, or less where its container has less", () => {
  expect(machineMemory()).toBeLessThanOrEqual(totalmem());
  vi.spyOn(process, "constrainedMemory").mockReturnValueOnce(2e9).mockReturnValueOnce(0).mockReturnValueOnce(1.8e19);
  expect([machineMemory(), machineMemory(), machineMemory()]).toEqual([2e9, totalmem(), totalmem()]);
});
