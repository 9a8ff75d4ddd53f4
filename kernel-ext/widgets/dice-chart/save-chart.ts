import { SamlabError, show } from "../../../src/core/errors.js";
import { writeFileAtomic } from "../../../src/io/files/write-file.js";
import { chartFormats } from "../../../src/protocol/dice-chart-intents.js";
import { rasterize } from "./picture/rasterize.js";

/**
 * Writes a chart to a file, as SVG or PNG (2× scale) by extension.
 * @throws {SamlabError} `argument-invalid` for another extension, `file-write-failed` if it cannot be written
 */
export async function saveChart(file: string, svg: string): Promise<void> {
  const format = chartFormats.find((ending) => file.toLowerCase().endsWith(`.${ending}`));
  if (!format) {
    throw new SamlabError("argument-invalid", `A chart cannot be saved as ${show(file)}.`, {
      field: "file",
      value: file,
      remedy: "Name a file that ends in .svg or .png.",
    });
  }
  await writeFileAtomic(file, format === "svg" ? new TextEncoder().encode(svg) : await rasterize(svg));
}
