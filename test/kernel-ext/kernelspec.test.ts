import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { kernelSpec } from "../../kernel-ext/kernelspec.js";

describe("the kernelspec", () => {
  it("says how to start and to interrupt the kernel", () => {
    expect(kernelSpec("/bin/node", "/opt/samlab/main.js")).toEqual({
      argv: [
        "/bin/node",
        "--no-force-async-hooks-checks",
        "--disable-warning=ExperimentalWarning",
        "/opt/samlab/main.js",
        "{connection_file}",
      ],
      display_name: "TypeScript (samlab)",
      language: "typescript",
      interrupt_mode: "message",
      metadata: { debugger: true, supported_encryption: ["curve"] },
    });
  });

  it("uses flags that this Node knows", () => {
    const flags = kernelSpec("node", "main.js").argv.slice(1, -2);
    expect(spawnSync(process.execPath, [...flags, "-e", "0"]).status).toBe(0);
  });
});
