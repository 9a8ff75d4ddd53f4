import { describe, expect, it } from "vitest";
import { devices } from "../../src/runtime/devices.js";
import { candidatesFor } from "../../src/runtime/provider.js";

describe("devices", () => {
  it("reports every provider, tried for real, and chooses one that works", async () => {
    const reports = await devices();
    expect(reports.map(({ provider }) => provider)).toEqual(["CUDA", "WebGPU", "CPU"]);
    for (const report of reports) {
      // What did not run says why; what ran says how fast.
      if (report.available) expect(report.gflops).toBeGreaterThan(0);
      else expect(report.note).not.toBe("");
    }
    const chosen = reports.filter((report) => report.chosen);
    expect(chosen).toHaveLength(1);
    expect(chosen[0].available).toBe(true);
    expect(reports.at(-1)).toMatchObject({ provider: "CPU", available: true });
  });

  it("tries the named device only, and refuses unknown names", () => {
    expect(candidatesFor("auto")).toEqual(["CUDA", "WebGPU", "CPU"]);
    expect(candidatesFor("webgpu")).toEqual(["WebGPU"]);
    expect(() => candidatesFor("tpu")).toThrow(expect.objectContaining({ code: "argument-invalid", field: "device" }));
  });
});
