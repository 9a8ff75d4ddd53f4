import type { Config } from "plotly.js";
import type { Figure, FigureInput } from "./figure-input.js";
import { modalityFigure } from "./modality-figure.js";
import { promptsFigure } from "./prompts-figure.js";
import { scatterFigure } from "./scatter-figure.js";

export const plotlyConfig: Partial<Config> = {
  displayModeBar: false,
  displaylogo: false,
  responsive: false,
  doubleClick: false,
};

/** Builds the plotly figure. Data points carry a `customdata` that {@link targetOf} reads. */
export function figureOf(input: FigureInput): Figure {
  const { state, shown } = input;
  if (shown.view !== "modalities") return scatterFigure(input, shown.view);
  return state.kind === "prompts" ? promptsFigure(input) : modalityFigure(input);
}
