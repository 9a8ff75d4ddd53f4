import { SamlabError, show } from "../core/errors.js";
import type { AugmentOptions } from "../finetune/augment/options.js";

const switches = ["flip", "turn"] as const;
const amounts = ["gamma", "contrast", "brightness", "shift"] as const;

/** Help text of the `--augment` value. */
export const augmentHelp =
  "Vary training images: default, or the kinds wanted, of flip,turn,gamma=1.4,contrast=0.2,brightness=0.1,shift=0.05 (last two: recipes with encoder).";

/**
 * Reads `default`, or a list such as `flip,gamma=1.5`; augmentations not in the list are off.
 * @throws {SamlabError} `argument-invalid`
 */
export function augmentOption(text: string): boolean | AugmentOptions {
  if (text === "default") return true;
  const options: Record<string, boolean | number> = {
    flip: false,
    turn: false,
    gamma: 0,
    contrast: 0,
    brightness: 0,
    shift: 0,
  };
  for (const part of text.split(",")) {
    const [name, amount, ...more] = part.split("=");
    const isSwitch = switches.some((known) => known === name) && amount === undefined;
    const value = isSwitch ? true : amounts.some((known) => known === name) && amount ? Number(amount) : Number.NaN;
    if (more.length > 0 || Number.isNaN(value)) {
      throw new SamlabError("argument-invalid", `--augment does not know ${show(part)}.`, {
        field: "--augment",
        value: part,
        remedy: `Use default, or a list of ${[...switches, ...amounts.map((known) => `${known}=X`)].join(", ")}.`,
      });
    }
    options[name] = value;
  }
  return options;
}
