import { tickText } from "../../../src/protocol/chart-ticks.js";
import { colour } from "../../../src/protocol/colours.js";
import { shorten } from "../dice-chart/picture/measure-text.js";
import { linearScale, type Scale } from "../dice-chart/picture/scale.js";
import { element, ink, line, rect, text } from "../dice-chart/picture/svg.js";

/** What a picture of a training shows. */
export interface TrainingCurves {
  /** One line above the curves. */
  readonly title: string;
  /** Steps asked for: the end of both step axes. */
  readonly steps: number;
  /** Loss by step; steps before the first one seen are not in it. */
  readonly loss: readonly { readonly step: number; readonly loss: number }[];
  /** Mean Dice on the validation cases. */
  readonly validation: readonly { readonly step: number; readonly dice: number }[];
  /** Whether there are validation cases at all. */
  readonly isValidated: boolean;
}

const size = { width: 680, height: 250 } as const;
const area = { top: 52, bottom: 200 } as const;
const panels = { loss: [52, 318], dice: [402, 668] } as const;

/** Loss and validation Dice over the steps, as a standalone SVG drawing of 680 × 250 units. */
export function trainingCurves(curves: TrainingCurves): string {
  const { title, steps, loss, validation, isValidated } = curves;
  const highest = Math.max(0.1, ...loss.map((point) => point.loss));
  const best = validation.reduce<(typeof validation)[number] | null>((a, b) => (a && a.dice >= b.dice ? a : b), null);
  const lossPoints = loss.map((point) => [point.step, point.loss] as const);
  const smooth = smoothed(lossPoints);
  const dicePoints = validation.map((point) => [point.step, point.dice] as const);
  const dicePanel = panel("Dice on validation slices", panels.dice, steps, linearScale(0, 1, area.bottom, area.top));
  const lossPanel = panel("loss", panels.loss, steps, linearScale(0, highest, area.bottom, area.top));
  const noValidation = text((panels.dice[0] + panels.dice[1]) / 2, 130, "no validation cases", {
    fill: ink.soft,
    anchor: "middle",
  });
  return element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      viewBox: `0 0 ${size.width} ${size.height}`,
      width: size.width,
      height: size.height,
      "font-family": "system-ui, sans-serif",
      role: "img",
    },
    rect(0, 0, size.width, size.height, "#ffffff"),
    text(16, 24, shorten(title, 12, size.width - 32), { bold: true }),
    ...lossPanel.frame,
    lossPanel.curve(lossPoints, ink.axis, 0.6),
    lossPanel.curve(smooth, colour.fineTuned, 2),
    ...dicePanel.frame,
    ...(isValidated ? [dicePanel.curve(dicePoints, colour.fineTuned, 2)] : [noValidation]),
    ...dicePoints.map((point) => dicePanel.dot(point, point[0] === best?.step)),
    ...(best ? [dicePanel.label([best.step, best.dice], best.dice.toFixed(3))] : []),
  );
}

type Point = readonly [step: number, value: number];

function panel(name: string, [left, right]: readonly [number, number], steps: number, y: Scale) {
  const x = linearScale(0, steps, left, right);
  const place = ([step, value]: Point) => [x.at(step), y.at(value)] as const;
  return {
    frame: [
      text(left, area.top - 10, name, { size: 11.5, fill: ink.soft }),
      ...y.ticks.flatMap((tick) => [
        line(left, y.at(tick), right, y.at(tick), ink.grid),
        text(left - 6, y.at(tick) + 4, tickText(tick), { size: 11, fill: ink.soft, anchor: "end" }),
      ]),
      ...x.ticks.map((tick) =>
        text(x.at(tick), area.bottom + 16, tickText(tick), { size: 11, fill: ink.soft, anchor: "middle" }),
      ),
      text((left + right) / 2, area.bottom + 34, "step", { size: 11.5, fill: ink.soft, anchor: "middle" }),
    ],
    curve: (points: readonly Point[], stroke: string, width: number) =>
      element("polyline", {
        points: points
          .map((point) =>
            place(point)
              .map((at) => at.toFixed(1))
              .join(","),
          )
          .join(" "),
        fill: "none",
        stroke,
        "stroke-width": width,
      }),
    dot: (point: Point, isBest: boolean) => {
      const [cx, cy] = place(point);
      return element("circle", { cx, cy, r: isBest ? 5 : 3, fill: isBest ? colour.truth : colour.fineTuned });
    },
    label: (point: Point, content: string) => {
      const [at, up] = place(point);
      const anchor = at > right - 40 ? "end" : "start";
      return text(at, Math.max(area.top + 10, up - 9), content, { size: 11, anchor, bold: true });
    },
  };
}

/** Running mean over the last ten steps: single steps differ by their slice more than by what was learnt. */
function smoothed(points: readonly Point[]): Point[] {
  return points.map(([step], n) => {
    const last = points.slice(Math.max(0, n - 9), n + 1);
    return [step, last.reduce((sum, [, value]) => sum + value, 0) / last.length];
  });
}
