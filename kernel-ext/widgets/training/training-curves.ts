import { tickTexts } from "../../../src/protocol/chart-ticks.js";
import { palette } from "../../../src/protocol/palette.js";
import { bestValidation, lossStep, smoothed, type ValidationPoint } from "../../../src/protocol/training.js";
import { type Axis, diceAxis, lossAxis, stepAxis } from "../../../src/protocol/training-axes.js";
import { shorten } from "../dice-chart/picture/measure-text.js";
import { linearScale } from "../dice-chart/picture/scale.js";
import { element, ink, line, rect, text } from "../dice-chart/picture/svg.js";

/** Data for the still picture of a training run. */
export interface TrainingCurves {
  /** One line above the curves. */
  readonly title: string;
  /** Requested steps: the end of both step axes. */
  readonly steps: number;
  /** Each value covers `every` steps: see {@link lossStep}. */
  readonly loss: { readonly every: number; readonly values: readonly number[] };
  /** Mean Dice on the validation cases. */
  readonly validation: readonly ValidationPoint[];
  /** Whether there are validation cases. */
  readonly isValidated: boolean;
}

const size = { width: 680, height: 250 } as const;
const area = { top: 52, bottom: 200 } as const;
const panels = { loss: [52, 318], dice: [402, 668], alone: [52, 668] } as const;

/** Loss and validation Dice over the steps, as a standalone SVG drawing of 680 × 250 units. */
export function trainingCurves({ title, steps, loss, validation, isValidated }: TrainingCurves): string {
  const best = bestValidation(validation);
  const at = (value: number, n: number) => [lossStep(n, loss.every), value] as const;
  const lossPanel = panel("loss", isValidated ? panels.loss : panels.alone, stepAxis(steps), lossAxis(loss.values));
  const dicePanel = panel("Dice on validation slices", panels.dice, stepAxis(steps), diceAxis);
  const dicePoints = validation.map((point) => [point.step, point.dice] as const);
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
    lossPanel.curve(loss.values.map(at), ink.axis, 0.6),
    lossPanel.curve([...smoothed(loss.values)].map(at), palette.fineTuned, 2),
    ...(isValidated ? [...dicePanel.frame, dicePanel.curve(dicePoints, palette.fineTuned, 2)] : []),
    ...dicePoints.map((point) => dicePanel.dot(point, point[0] === best?.step)),
    ...(best ? [dicePanel.label([best.step, best.dice], best.dice.toFixed(3))] : []),
  );
}

type Point = readonly [step: number, value: number];

function panel(name: string, [left, right]: readonly [number, number], { top: steps, ticks }: Axis, values: Axis) {
  const x = linearScale(0, steps, left, right);
  const y = linearScale(0, values.top, area.bottom, area.top);
  const place = ([step, value]: Point) => [x.at(step), y.at(value)] as const;
  return {
    frame: [
      text(left, area.top - 10, name, { size: 11.5, fill: ink.soft }),
      ...tickTexts(values.ticks).flatMap((label, n) => [
        line(left, y.at(values.ticks[n]), right, y.at(values.ticks[n]), ink.grid),
        text(left - 6, y.at(values.ticks[n]) + 4, label, { size: 11, fill: ink.soft, anchor: "end" }),
      ]),
      ...tickTexts(ticks).map((label, n) =>
        text(x.at(ticks[n]), area.bottom + 16, label, { size: 11, fill: ink.soft, anchor: "middle" }),
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
      return element("circle", { cx, cy, r: isBest ? 5 : 3, fill: isBest ? palette.truth : palette.fineTuned });
    },
    label: (point: Point, content: string) => {
      const [at, up] = place(point);
      const anchor = at > right - 40 ? "end" : "start";
      return text(at, Math.max(area.top + 10, up - 9), content, { size: 11, anchor, bold: true });
    },
  };
}
