import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

const memory = vi.hoisted(() => ({ free: 64e9, allowed: 64e9 }));
vi.mock("node:os", async (original) => ({
  ...(await original<typeof import("node:os")>()),
  freemem: () => memory.free,
}));

const { workerCount } = await import("../../../src/evaluate/run/worker-count.js");
const { AnalyticSam } = await import("../../support/analytic-sam.js");

describe("workerCount", () => {
  const before = process.env.SAMLAB_THREADS;
  beforeEach(() => {
    process.env.SAMLAB_THREADS = "8";
    memory.free = 64e9;
    vi.spyOn(process, "availableMemory").mockImplementation(() => memory.allowed);
    memory.allowed = 64e9;
  });
  afterEach(() => {
    vi.restoreAllMocks();
    if (before === undefined) delete process.env.SAMLAB_THREADS;
    else process.env.SAMLAB_THREADS = before;
  });
  const auto = { models: "lite-medsam", workers: "auto", device: "cpu" } as const;

  it("is 1 by default, or the given number", async () => {
    expect(await workerCount({ models: "lite-medsam" }, 10)).toBe(1);
    expect(await workerCount({ models: "lite-medsam", workers: 12 }, 10)).toBe(12);
    await expect(workerCount({ models: "lite-medsam", workers: 1.5 }, 10)).rejects.toMatchObject({ field: "workers" });
  });

  it("is one for each core with auto, as cases and memory allow", async () => {
    expect(await workerCount(auto, 100)).toBe(8);
    expect(await workerCount(auto, 3)).toBe(3);
    memory.free = 10e9;
    expect(await workerCount(auto, 100)).toBe(3);
    memory.free = 1e9;
    expect(await workerCount(auto, 100)).toBe(1);
    memory.free = 64e9;
    memory.allowed = 7e9;
    expect(await workerCount(auto, 100), "in a container").toBe(2);
  });

  it("is 1 with auto for a GPU, and for a model that processes cannot load", async () => {
    expect(await workerCount({ ...auto, device: "cuda" }, 100)).toBe(1);
    expect(await workerCount({ ...auto, models: new AnalyticSam({} as never, 256, 64) }, 100)).toBe(1);
  });
});
