import { totalmem } from "node:os";
import { expect, it, vi } from "vitest";
import { machineMemory, watchMemory } from "../../../kernel-ext/wire/memory-watch.js";

it("tells when the process's memory is full, typed arrays included, and again only when it grows", async () => {
  const megabyte = 2 ** 20;
  const full = vi.fn<(used: number) => void>();
  const limit = (process.memoryUsage.rss() + 300 * megabyte) / 0.9;
  const stop = watchMemory(limit, full);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(full).not.toHaveBeenCalled();
  const kept = new Float32Array(100 * megabyte).fill(1);
  await vi.waitFor(() => expect(full).toHaveBeenCalledOnce(), 5000);
  expect(full.mock.calls[0]![0]).toBeGreaterThan(0.9 * limit);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(full).toHaveBeenCalledOnce();
  const more = new Float32Array(25 * megabyte).fill(1);
  await vi.waitFor(() => expect(full).toHaveBeenCalledTimes(2), 5000);
  expect([kept.length, more.length]).toEqual([100 * megabyte, 25 * megabyte]);
  stop();
});

it("knows what the machine has, or less where its container has less", () => {
  expect(machineMemory()).toBeLessThanOrEqual(totalmem());
  vi.spyOn(process, "constrainedMemory").mockReturnValueOnce(2e9).mockReturnValueOnce(0).mockReturnValueOnce(1.8e19);
  expect([machineMemory(), machineMemory(), machineMemory()]).toEqual([2e9, totalmem(), totalmem()]);
});
