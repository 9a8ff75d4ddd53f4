import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { cacheFolder } from "../../io/files/cache-folder.js";
import { samlabPackage } from "../../io/files/package.js";
import { setUpModels } from "../../predict/catalog.js";
import { coreCount } from "../../runtime/core-count.js";
import { devices } from "../../runtime/devices.js";
import { exactWeightType } from "../../runtime/int8.js";
import { type Command, exitCodes } from "../command.js";

const int8Texts = {
  int8: "works on the CPU",
  uint8: "works on the CPU, more slowly than with 8-bit instructions (VNNI or AMX), which this processor lacks",
  none: "cannot be used: the processor sums 8-bit products inexactly",
} as const;

export const devicesCommand: Command = {
  name: "devices",
  usage: "",
  summary: "Shows what samlab finds here: versions, devices and why one cannot be used, cache, weights.",
  options: {},
  async run(_, console) {
    const { version: runtime } = createRequire(import.meta.url)("onnxruntime-node/package.json") as { version: string };
    console.out(
      `samlab ${samlabPackage.version}, Node ${process.versions.node} (${process.platform} ${process.arch}, ${coreCount()} ${coreCount() === 1 ? "core" : "cores"})\n`,
    );
    console.out(`ONNX Runtime ${runtime}\n`);
    const reports = await devices();
    for (const { provider, available, gflops, chosen, note } of reports) {
      const speed = gflops === null ? "" : `, ${gflops.toPrecision(3)} GFLOP/s`;
      const state = available ? `works${speed}${chosen ? ", taken by auto" : ""}` : "cannot be used";
      console.out(`  ${provider.padEnd(7)} ${state}${note ? `: ${note}` : ""}\n`);
    }
    console.out(`precision int8 ${int8Texts[(await exactWeightType()) ?? "none"]}\n`);
    console.out(`cache folder ${cacheFolder()}\n`);
    const missing = [...new Set(setUpModels.map(({ checkpoint }) => checkpoint()))].filter((file) => !existsSync(file));
    console.out(
      missing.length === 0
        ? "weights of the named models are there\n"
        : `weights missing: ${missing.join(", ")}; samlab setup fetches them\n`,
    );
    return reports.some(({ available }) => available) ? exitCodes.ok : exitCodes.error;
  },
};
