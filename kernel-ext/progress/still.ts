import {
  amountText,
  clockText,
  detailText,
  filledFraction,
  type ProgressPhase,
  type ProgressRow,
  percentText,
  progressFraction,
  rateText,
  secondsLeft,
} from "../../src/protocol/progress.js";
import { escapeMarkup } from "../display/escape-markup.js";

/** JupyterLab's colors, with Okabe–Ito as fallback. */
const colors: Readonly<Record<ProgressPhase, string>> = {
  running: "var(--jp-brand-color1, #0072b2)",
  done: "var(--jp-success-color1, #009e73)",
  stopped: "var(--jp-ui-font-color3, #999999)",
  canceled: "var(--jp-warn-color1, #e69f00)",
  failed: "var(--jp-error-color1, #d55e00)",
};

/** Bars as static HTML in the page's colors, shown in saved notebooks. */
export function progressHtml(rows: readonly ProgressRow[]): string {
  const bars = rows.map((row) => {
    const { label, phase, done, total } = row;
    const width = (filledFraction(row) * 100).toFixed(1);
    const bar = `<span style="display:block;flex:1 1 120px;min-width:80px;height:6px;border-radius:3px;overflow:hidden;background:var(--jp-layout-color3, #bdbdbd)"><span style="display:block;height:6px;width:${width}%;background:${colors[phase]}"></span></span>`;
    const value = total === null ? "" : ` aria-valuemin="0" aria-valuemax="${total}" aria-valuenow="${done}"`;
    const name = label ? `<span style="min-width:6em">${escapeMarkup(label)}</span>` : "";
    const percent = `<span style="min-width:3.2em;text-align:right">${percentText(row)}</span>`;
    return `<div role="progressbar" aria-label="${escapeMarkup(label || "progress")}"${value} style="display:flex;flex-wrap:wrap;align-items:center;gap:2px 10px;max-width:760px;min-height:24px;font-size:13px;font-variant-numeric:tabular-nums;color:var(--jp-ui-font-color1, inherit)">${name}${percent}${bar}<span style="min-width:min(100%, 20em)">${escapeMarkup(detailText(row))}</span></div>`;
  });
  return bars.join("\n");
}

const columns = 24;
const eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** A bar as a line of text: `slices:  45 %|█████▍      | 45/100 [0:03<0:04, 12.3 it/s]`. */
export function progressLine(row: ProgressRow): string {
  const { label, elapsed, phase } = row;
  const fraction = progressFraction(row);
  const left = secondsLeft(row);
  const remaining = phase === "running" && fraction !== null ? `<${left === null ? "?" : clockText(left)}` : "";
  const rate = rateText(row);
  const times = `[${clockText(elapsed)}${remaining}${rate ? `, ${rate}` : ""}]`;
  const bar = fraction === null ? "" : `${percentText(row).padStart(5)}|${barText(fraction)}| `;
  const amount = amountText(row);
  const end = phase === "running" || phase === "done" ? "" : ` ${phase}`;
  return `${label ? `${label}: ` : ""}${bar}${amount}${amount ? " " : ""}${times}${end}`;
}

function barText(fraction: number): string {
  const filled = Math.round(fraction * columns * 8);
  return ("█".repeat(filled >> 3) + eighths[filled & 7]).padEnd(columns);
}
