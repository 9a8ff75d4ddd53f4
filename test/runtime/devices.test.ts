import { describe, expect, it } from "vitest";
import { devices, plainReason } from "../../src/runtime/devices.js";
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

  it("says why without the places in ONNX Runtime's sources", () => {
    const call = "/onnxruntime_src/onnxruntime/core/providers/cuda/cuda_call.cc:146 Status CudaCall(int) ";
    const place = " ; GPU=-1 ; hostname=vm ; file=/onnxruntime_src/x.cc ; line=352 ; expr=cudaSetDevice(id);";
    const driver = "CUDA driver version is insufficient for CUDA runtime version";
    expect(plainReason(`${call}CUDA failure 35: ${driver}${place}`)).toBe(
      `${driver}: CUDA 13 needs NVIDIA's driver 580 or newer`,
    );
    expect(plainReason(`${call}CUDA failure 2: out of memory${place}`)).toBe("out of memory");
    const adapter = "Failed to get a WebGPU adapter: No supported adapters";
    expect(
      plainReason(`/onnxruntime_src/a.cc:136 f(const int&)::<lambda()> r == Status::Success was false. ${adapter}\n`),
    ).toBe(adapter);
    expect(plainReason("it did not answer")).toBe("it did not answer");
  });

  it("tries the named device only, and refuses unknown names", () => {
    expect(candidatesFor("auto")).toEqual(["CUDA", "WebGPU", "CPU"]);
    expect(candidatesFor("webgpu")).toEqual(["WebGPU"]);
    expect(() => candidatesFor("tpu")).toThrow(expect.objectContaining({ code: "argument-invalid", field: "device" }));
  });
});
