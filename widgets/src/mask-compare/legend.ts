import { colour } from "../shared/colour.js";
import { h } from "../shared/dom.js";

/** What the colours of agreement mean. */
export function agreementLegend(): HTMLElement {
  const entries = [
    ["both", colour.both, "true positive: in the mask and in the truth"],
    ["only predicted", colour.onlyPredicted, "false positive: in the mask, not in the truth"],
    ["only truth", colour.onlyTruth, "false negative: in the truth, not in the mask"],
  ] as const;
  return h(
    "div.mc-legend",
    { role: "group", "aria-label": "legend" },
    ...entries.map(([name, color, title]) =>
      h("span.mc-legend-entry", { title }, h("span.sl-swatch", { style: `background:${color}` }), name),
    ),
  );
}
