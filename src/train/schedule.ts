import { didYouMean } from "../core/did-you-mean.js";
import { SamlabError, show } from "../core/errors.js";
import { checkOptionNames, type OptionNames } from "../core/option-names.js";

/** How the learning rate changes over a training. */
export interface Schedule {
  /** Constant; half a cosine down to 0; or (1 − t)^power. */
  readonly kind: "constant" | "cosine" | "poly";
  /** Steps of linear warm-up from 0. Default 0. */
  readonly warmup?: number;
  /** Exponent of `poly`. Default 0.9, as SAMed and nnU-Net use. */
  readonly power?: number;
}

const kinds: readonly Schedule["kind"][] = ["constant", "cosine", "poly"];

const settingNames: OptionNames<Schedule> = { kind: true, warmup: true, power: true };

/** @throws {SamlabError} `argument-invalid` for a setting that schedules do not have */
export function checkSchedule(schedule: Schedule): void {
  checkOptionNames("schedule", schedule, settingNames);
}

/**
 * The learning rate of a step, counted from 0: `peak` after the warm-up, then down to 0 at `total` by half a cosine or
 * (1 − t)^power.
 */
export function learningRateAt(schedule: Schedule, peak: number, step: number, total: number): number {
  const { kind, warmup = 0, power = 0.9 } = schedule;
  if (!kinds.includes(kind)) {
    throw new SamlabError("argument-invalid", `There is no schedule ${show(kind)}.${didYouMean(String(kind), kinds)}`, {
      field: "schedule.kind",
      value: kind,
      remedy: `Use ${kinds.join(", ")}.`,
    });
  }
  if (!(power > 0 && Number.isFinite(power))) {
    throw new SamlabError("argument-invalid", `The learning rate cannot fall with the power ${show(power)}.`, {
      field: "schedule.power",
      value: power,
      remedy: "Give a number above 0, such as 0.9.",
    });
  }
  if (!(warmup >= 0 && warmup < total)) {
    throw new SamlabError("argument-invalid", `A warm-up of ${warmup} steps does not fit ${total} steps.`, {
      field: "schedule.warmup",
      value: warmup,
      remedy: "Train more steps, or warm up for fewer.",
    });
  }
  if (step < warmup) return (peak * (step + 1)) / warmup;
  const done = (step - warmup) / (total - warmup);
  if (kind === "cosine") return (peak * (1 + Math.cos(Math.PI * done))) / 2;
  return kind === "poly" ? peak * (1 - done) ** power : peak;
}
