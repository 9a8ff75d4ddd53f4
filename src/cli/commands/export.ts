import { SamlabError } from "../../core/errors.js";
import { exportOnnx } from "../../export/onnx.js";
import { exportSafetensors } from "../../export/safetensors.js";
import type { WrittenFile } from "../../export/written-file.js";
import { loadSam } from "../../predict/load-sam.js";
import type { WorkOptions } from "../../predict/sam.js";
import type { Arguments } from "../arguments.js";
import { checkOutputs } from "../check-outputs.js";
import { type Command, type Console, exitCodes } from "../command.js";
import { adapterOption, checkpointFiles, modelOptions, modelOptionsOf } from "../model-options.js";

const formats = ["safetensors", "onnx"] as const;

export const exportCommand: Command = {
  name: "export",
  usage: "MODEL [--adapter FILE] --to safetensors|onnx --out PATH",
  summary: "Writes a whole model, a fine-tuned adapter merged in, for PyTorch or for ONNX Runtime in any language.",
  options: {
    ...adapterOption,
    ...modelOptions,
    to: {
      value: "FORMAT",
      help: "safetensors (a state dict with SAM's or SAM 2's own names) or onnx (encoder and decoder).",
    },
    out: { value: "PATH", help: "The .safetensors file, or the folder for encoder.onnx and decoder.onnx." },
    quiet: { help: "No progress." },
  },
  notes: [
    "PyTorch takes the state dict as model.load_state_dict(safetensors.torch.load_file(path)), samlab as --model path.",
    "The metadata of every file says how it was made and how a picture is prepared for it.",
  ],
  run,
};

async function run(given: Arguments, console: Console): Promise<number> {
  const [model, ...more] = given.positionals;
  const [adapter, out] = [given.text("adapter"), given.text("out")];
  const format = given.choice("to", formats);
  if ((model ?? adapter) === undefined || more.length > 0 || out === undefined || format === undefined) {
    throw new SamlabError("argument-invalid", "export takes one model, --to and --out.", {
      remedy:
        "For example: samlab export lite-medsam --adapter white-matter.safetensors --to safetensors --out model.safetensors",
    });
  }
  if (format === "safetensors") await checkOutputs({ "--out": out }, [adapter, ...checkpointFiles(given, model)]);
  const { signal } = console;
  let last = "";
  const work: WorkOptions = {
    signal,
    onProgress(step) {
      if (step !== last && !given.flag("quiet")) console.err(`${step}\n`);
      last = step;
    },
  };
  const sam = await loadSam(model, {
    ...work,
    device: "cpu",
    ...(adapter === undefined ? {} : { adapter }),
    ...modelOptionsOf(given),
  });
  for (const note of sam.notes) console.err(`${note}\n`);
  // Only the files are needed from here on; free the memory of the sessions.
  await sam.dispose();
  const written: readonly WrittenFile[] =
    format === "onnx" ? await exportOnnx(sam, out, work) : [await exportSafetensors(sam, out, work)];
  for (const { path, bytes, sha256 } of written)
    console.out(`${path}  ${(bytes / 1e6).toFixed(1)} MB  sha256 ${sha256}\n`);
  return exitCodes.ok;
}
