import { palette } from "../shared/color.js";
import { h } from "../shared/dom.js";

/** Legend of the agreement colors. */
export function agreementLegend(): HTMLElement {
  const entries = [
    ["both", palette.both, "true positive: in the mask and in the truth"],
    ["only predicted", palette.onlyPredicted, "false positive: in the mask, not in the truth"],
    ["only truth", palette.onlyTruth, "false negative: in the truth, not in the mask"],
  ] as const;
  return h(
    "div.mc-legend",
    { role: "group", "aria-label": "legend" },
    ...entries.map(([name, color, title]) =>
      h("span.mc-legend-entry", { title }, h("span.sl-swatch", { style: `background:${color}` }), name),
    ),
  );
}
