import { SamlabError } from "../../../src/core/errors.js";
import type { JsonObject } from "../../comm/comm.js";
import type { MimeBundle } from "../../context.js";
import { type Shown, shown } from "../../display/shown.js";
import { page } from "./picture/frame.js";
import { rasterize } from "./picture/rasterize.js";
import { saveChart } from "./save-chart.js";
import { type DrawnStudy, drawSensitivity, modelsOf, sensitivityText } from "./sensitivity-picture.js";
import { seriesColors } from "./series.js";

/**
 * Dice against the size of a change of the prompt, created by {@link chartSensitivity}: shifts of box and click on the
 * left, the number of points on the right, each mean with its 95 % interval.
 */
export class SensitivityChart {
  readonly #study: DrawnStudy;

  /** @throws {SamlabError} `argument-invalid` where there is nothing to draw, or more models than colors */
  constructor(study: DrawnStudy) {
    const models = modelsOf(study.curves);
    if (study.curves.length === 0) {
      throw invalid("The study has no curve.", 0, "Ask for a shift or a number of points, of objects that are there.");
    }
    if (models.length > seriesColors.length) {
      throw invalid(`${models.length} models cannot be told apart by color.`, models, "Chart a few models at a time.");
    }
    this.#study = study;
  }

  /** The chart as an SVG drawing, black on white. */
  svg(): string {
    return drawSensitivity(this.#study);
  }

  /** The chart as PNG bytes at 2× scale. */
  picture(): Promise<Uint8Array> {
    return rasterize(this.svg());
  }

  /**
   * Writes the chart to a file, as SVG or PNG (2× scale) by extension.
   * @throws {SamlabError} `argument-invalid` for another extension, `file-write-failed` if it cannot be written
   */
  save(file: string): Promise<void> {
    return saveChart(file, this.svg());
  }

  /** What a notebook shows and keeps. */
  async [Symbol.for("Jupyter.display")](): Promise<[MimeBundle, JsonObject]> {
    const { data, metadata } = await this.shown();
    return [data, metadata];
  }

  /**
   * @internal The chart by MIME type. Without the drawing, which JupyterLab would prefer and cut off where the output
   * is narrower; a picture it fits in.
   */
  async shown(): Promise<Shown> {
    const data = { "text/plain": this.toString(), "image/png": await this.picture() };
    return shown(data, { "image/png": { width: page.width } });
  }

  toString(): string {
    return sensitivityText(this.#study.curves);
  }

  /** What `console.log` shows. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

/**
 * How much masks depend on the prompt, as a chart: Dice against the shift of boxes and clicks, and against the number
 * of points. Return it as the last value of a cell; the notebook keeps the picture. A study itself is shown in the same
 * way.
 *
 * @param study of `promptSensitivity`, or `{ curves, footnote }` with curves of saved rows
 * @example
 * const study = await promptSensitivity({ models: "lite-medsam-clicks", data: "samples" });
 * chartSensitivity(study)
 * @throws {SamlabError} `argument-invalid` if there is no curve, or for more models than there are colors
 */
export function chartSensitivity(study: DrawnStudy): SensitivityChart {
  return new SensitivityChart(study);
}

function invalid(message: string, value: unknown, remedy: string): SamlabError {
  return new SamlabError("argument-invalid", message, { field: "study", value, remedy });
}
