import { join } from "node:path";
import { didYouMean } from "../../core/did-you-mean.js";
import { SamlabError, withoutRemedy } from "../../core/errors.js";
import { importManifest } from "../../datasets/import/import-manifest.js";
import { importFormats } from "../../datasets/import/types.js";
import { modalities, splits, truthOrigins } from "../../datasets/manifest/types.js";
import { saveManifest } from "../../datasets/manifest/write.js";
import { orientationRules } from "../../io/formats/raster.js";
import type { Arguments } from "../arguments.js";
import { checkOutputs } from "../check-outputs.js";
import { type Command, type Console, exitCodes } from "../command.js";
import { inShell } from "../in-shell.js";

export const importCommand: Command = {
  name: "import",
  usage: "FORMAT PATH --out MANIFEST [options]",
  summary: "Makes a manifest of a data set in another project's layout. The files stay where they are.",
  options: {
    out: { value: "FILE", help: "The manifest, e.g. manifest.json." },
    files: { value: "FOLDER", help: "npz and coco: where the images and masks go that they are turned into." },
    name: { value: "TEXT", help: "The data set's name (default its own, else the folder's)." },
    modality: { value: "NAME", help: "CT, MR, Ultrasound, …; where the files do not tell." },
    label: {
      value: "N=NAME",
      help: "What a number of the masks is: 1=liver, 2+3=tumor, '>=128=lesion'; or NAME alone where there is one object.",
      multiple: true,
    },
    lookup: { value: "FILE", help: "A table that names the numbers, e.g. FreeSurferColorLUT.txt." },
    instances: { help: "Every number in a mask is an object of its own." },
    channel: { value: "NAME", help: "nnunet and decathlon: which channel of several, by name or number." },
    images: {
      value: "PATTERN",
      help: "pairs: names of the images, e.g. 'images/*.png', with one star in the file name: what it stands for, a mask's name has too. coco: the images' folder.",
    },
    masks: { value: "PATTERN", help: "pairs: names of the masks, with one star likewise, e.g. 'masks/*_gt.png'." },
    orientation: {
      value: "RULE",
      help: "Of pictures with an EXIF orientation: apply or ignore; see the manifest's schema.",
    },
    split: { value: "NAME", help: "train, validation or test." },
    made: { value: "NAME", help: "How the truth was made: manual, automatic, …" },
    license: { value: "TEXT", help: "Default: the data set's own, else not stated." },
    "skip-unmatched": { help: "Leave out images without a truth and truths without an image." },
    sha256: { help: "Write the hash of every file, which reads them all." },
  },
  notes: [`Formats: auto (told by the files), ${importFormats.join(", ")}.`],
  run,
};

async function run(given: Arguments, console: Console): Promise<number> {
  const [format, path, ...more] = given.positionals;
  const out = given.text("out");
  const known = ["auto", ...importFormats] as const;
  const wanted = known.find((one) => one === format);
  if (format !== undefined && wanted === undefined) {
    throw new SamlabError("argument-invalid", `There is no import format ${format}.${didYouMean(format, known)}`, {
      field: "FORMAT",
      value: format,
      remedy: `Use ${known.join(", ")}.`,
    });
  }
  if (wanted === undefined || path === undefined || more.length > 0 || out === undefined) {
    throw new SamlabError("argument-invalid", "import takes a format, a folder or file, and --out.", {
      remedy: "For example: samlab import nnunet Dataset003_Liver --out manifest.json",
    });
  }
  await checkOutputs({ "--out": out }, [path, join(path, "dataset.json"), given.text("lookup")]);
  const channel = given.text("channel");
  const manifest = await importManifest(path, {
    format: wanted,
    name: given.text("name"),
    modality: given.choice("modality", modalities),
    labels: labelsOf(given.texts("label")),
    lookupTable: given.text("lookup"),
    instances: given.flag("instances") ? true : undefined,
    channel: channel !== undefined && /^[0-9]+$/.test(channel) ? Number(channel) : channel,
    images: given.text("images"),
    masks: given.text("masks"),
    orientation: given.choice("orientation", orientationRules),
    split: given.choice("split", splits),
    made: given.choice("made", truthOrigins),
    license: given.text("license"),
    unmatched: given.flag("skip-unmatched") ? "skip" : "refuse",
    sha256: given.flag("sha256"),
    out: given.text("files"),
    signal: console.signal,
  }).catch((error: unknown) => {
    throw error instanceof SamlabError ? withOptions(error) : error;
  });
  for (const note of manifest.notes) console.err(`${note}\n`);
  await saveManifest(out, manifest, console.signal);
  console.out(`${out}: ${manifest.cases.length} cases from ${manifest.format}.\n`);
  return exitCodes.ok;
}

/** `1=liver` and `2+3=tumor` as a label map, or the one name. */
function labelsOf(given: readonly string[]): string | Record<string, string> | undefined {
  if (given.length === 0) return undefined;
  const [first] = given;
  if (given.length === 1 && !first.includes("=")) return first;
  const labels: Record<string, string> = {};
  for (const text of given) {
    const [, key, name] = /^(>=[0-9.]+|[^=]+)=(.+)$/.exec(text) ?? [];
    if (key === undefined || Object.hasOwn(labels, key)) {
      throw new SamlabError(
        "argument-invalid",
        key === undefined
          ? `--label needs N=NAME, not ${text}.`
          : `--label names ${key} twice: ${labels[key]} and ${name}.`,
        { field: "--label", value: text, remedy: key === undefined ? undefined : "Give each number one name." },
      );
    }
    labels[key] = name;
  }
  return labels;
}

/**
 * The error with the library's options that have another name here, or another form, as those of the command. What has
 * the same name is turned by runCli.
 */
function withOptions(error: SamlabError): SamlabError {
  if (error.remedy === undefined) return error;
  const { file, field, value, code } = error;
  return new SamlabError(code, withoutRemedy(error), {
    file,
    field,
    value,
    remedy: inOptions(error.remedy),
    cause: error,
  });
}

function inOptions(remedy: string): string {
  return remedy
    .replace(/\{ labels: \{ (.+?) \} \}/g, (_, map: string) => {
      const pairs = [...map.matchAll(/"([^"]+)": "([^"]+)"/g)].map(
        ([, key, name]) => `--label ${inShell(`${key}=${name}`)}`,
      );
      return pairs.length > 0 ? pairs.join(" ") : "--label N=NAME";
    })
    .replace(/\{ labels: "([^"]+)" \}/g, (_, name: string) => `--label ${inShell(name)}`)
    .replace('{ unmatched: "skip" }', "--skip-unmatched")
    .replace(/\{ out: "([^"]+)" \}/, "--files $1")
    .replace("Leave labels out", "Leave --label out")
    .replace("Leave instances out", "Leave --instances out");
}
