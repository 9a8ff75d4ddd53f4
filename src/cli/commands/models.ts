import { existsSync } from "node:fs";
import { SamlabError } from "../../core/errors.js";
import { preprocessingTexts } from "../../models/preprocessing.js";
import { type CatalogEntry, catalog, defaultModel, howToReplace } from "../../predict/catalog.js";
import { getModel } from "../../predict/get-model.js";
import { type Arguments, unknown } from "../arguments.js";
import { type Command, type Console, exitCodes } from "../command.js";
import { statusLine } from "../status-line.js";
import { textTable } from "../text-table.js";

export const modelsCommand: Command = {
  name: "models",
  usage: "[get NAME | NAME]",
  summary: "Lists the models known by name, describes one, or downloads its weights.",
  options: {
    from: { value: "URL", help: "With get: another address of the same file, such as a local mirror." },
  },
  notes: [
    "An interrupted download is resumed. The file is checked against the published hash, where there is one. Without a network, put the file where the message says.",
    "Any SAM-family .pth or .safetensors checkpoint can be given by its path too, wherever a model is named.",
  ],
  async run(given, console) {
    const [first, ...more] = given.positionals;
    if (first === "get" && more.length === 1) return get(more[0], given, console);
    if (first !== undefined && first !== "get" && more.length === 0) return tell(first, console);
    if (first !== undefined) {
      throw new SamlabError("argument-invalid", "models takes no argument, the name of one model, or get and a name.", {
        remedy: "For example: samlab models get sam-vit-b",
      });
    }
    console.out(table());
    return exitCodes.ok;
  },
};

function table(): string {
  const columns = ["name", "family", "size", "prompts", "input", "fed as", "license", "sha256", "from", "here"];
  const rows = catalog.map((entry) => [
    `${entry.name}${entry.name === defaultModel ? " (default)" : ""}`,
    entry.family,
    entry.parameters,
    promptsOf(entry),
    `${entry.imageSize}${entry.preprocessing ? "²" : "³"}`,
    entry.preprocessing ? preprocessingTexts[entry.preprocessing].name : entry.family,
    entry.license,
    entry.sha256?.slice(0, 12) ?? "–",
    sourceOf(entry),
    existsSync(entry.checkpoint()) ? "yes" : "no",
  ]);
  return `${textTable(columns, rows)}samlab models NAME describes one; samlab models get NAME downloads its weights.\n`;
}

function inputOf({ imageSize, preprocessing }: CatalogEntry): string {
  if (!preprocessing) return `${imageSize}×${imageSize}×${imageSize} voxels of 1.5 mm, scaled by the values above 0`;
  const { name, summary } = preprocessingTexts[preprocessing];
  return `${imageSize}×${imageSize}, fed as ${name}: ${summary}`;
}

function tell(name: string, console: Console): number {
  const entry = catalog.find((one) => one.name === name);
  if (!entry) {
    throw unknown(
      name,
      catalog.map((one) => one.name),
      "model",
      "samlab models lists them.",
    );
  }
  const lines = {
    "": entry.summary,
    family: entry.family,
    size: entry.parameters,
    prompts: `${promptsOf(entry)}${entry.prompts.note ? `. ${entry.prompts.note}` : ""}`,
    input: inputOf(entry),
    license: entry.license,
    base: entry.base ?? "",
    sha256: entry.sha256 ?? "none is published",
    bytes: entry.download?.bytes?.toString() ?? "",
    from: entry.unpublished
      ? ""
      : entry.download
        ? `${entry.download.url}${entry.download.isByHand ? " (in a browser)" : ""}`
        : "samlab setup",
    code: entry.unpublished?.repository ?? "",
    paper: entry.unpublished?.paper ?? "",
    weights:
      entry.unpublished && !existsSync(entry.checkpoint())
        ? howToReplace(entry, entry.unpublished)
        : `${entry.checkpoint()}${existsSync(entry.checkpoint()) ? "" : " (not there)"}`,
  };
  console.out(`${name}\n`);
  for (const [what, text] of Object.entries(lines)) if (text) console.out(`  ${what ? `${what}: ` : ""}${text}\n`);
  return exitCodes.ok;
}

function sourceOf({ download, unpublished }: CatalogEntry): string {
  if (unpublished) return "not published";
  return download ? `${new URL(download.url).host}${download.isByHand ? " (by hand)" : ""}` : "samlab setup";
}

async function get(name: string, given: Arguments, console: Console): Promise<number> {
  const line = statusLine(console);
  const from = given.text("from");
  try {
    const { path, sha256, isVerified, wasThere } = await getModel(name, {
      signal: console.signal,
      ...(from === undefined ? {} : { from }),
      onProgress: (step, fraction) => line.show(step, fraction !== undefined && fraction < 1),
    });
    line.end();
    const hash = isVerified
      ? `sha256 ${sha256} as published`
      : `sha256 ${sha256}; none is published to compare it with`;
    console.out(`${name} ${wasThere ? "was there already" : "is there"}: ${path}\n${hash}\n`);
    return exitCodes.ok;
  } finally {
    line.end();
  }
}

function promptsOf({ prompts }: CatalogEntry): string {
  return (["points", "box", "scribbles", "mask"] as const).filter((kind) => prompts[kind]).join(", ") || "none";
}
