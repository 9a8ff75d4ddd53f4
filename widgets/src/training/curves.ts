import { bestValidation, lossStep, smoothed, type TrainingState } from "../../../src/protocol/training.js";
import { type Axis, diceAxis, lossAxis, stepAxis } from "../../../src/protocol/training-axes.js";
import { asFloat32 } from "../shared/bytes.js";

export type CurvePoint = readonly [step: number, value: number];

/** Data of a panel. */
export interface Curves {
  readonly steps: Axis;
  readonly values: Axis;
  /** Drawn thin, behind the line. */
  readonly raw: readonly CurvePoint[];
  readonly line: readonly CurvePoint[];
  readonly dots: readonly CurvePoint[];
  /** A highlighted dot with its value next to it. */
  readonly best: CurvePoint | null;
}

/** The step of a curve nearest to the given one, and its values as text: the line's, and the raw one behind it. */
export function nearest({ raw, line }: Curves, step: number): { readonly step: number; readonly text: string } | null {
  if (line.length === 0) return null;
  const at = line.reduce(
    (best, point, n) => (Math.abs(point[0] - step) < Math.abs(line[best][0] - step) ? n : best),
    0,
  );
  const thin = raw.length > 0 ? `, this step ${raw[at][1].toFixed(3)}` : "";
  return { step: line[at][0], text: `step ${line[at][0]}: ${line[at][1].toFixed(3)}${thin}` };
}

export function lossCurves({ loss: { every, values }, steps }: TrainingState): Curves {
  const losses = asFloat32(values);
  const points = (of: ArrayLike<number>) => Array.from(of, (value, n): CurvePoint => [lossStep(n, every), value]);
  const line = points(smoothed(losses));
  return {
    steps: stepAxis(steps),
    // Without a loss there is no scale yet: numbers would only jump when it arrives.
    values: losses.length === 0 ? { top: 1, ticks: [0] } : lossAxis(losses),
    raw: points(losses),
    line,
    dots: line.slice(-1),
    best: null,
  };
}

export function diceCurves({ validation, steps }: TrainingState): Curves {
  const line = validation.map(({ step, dice }): CurvePoint => [step, dice]);
  const best = bestValidation(validation);
  return {
    steps: stepAxis(steps),
    values: diceAxis,
    raw: [],
    line,
    dots: line.filter(([step]) => step !== best?.step),
    best: best && [best.step, best.dice],
  };
}
