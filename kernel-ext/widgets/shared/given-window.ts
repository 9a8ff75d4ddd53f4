import { SamlabError, show } from "../../../src/core/errors.js";
import type { WindowRange } from "../../../src/protocol/samples.js";

/** An intensity window given in code, in the image's own units. */
export interface GivenWindow {
  /** Shown as black. */
  readonly low: number;
  /** Shown as white. */
  readonly high: number;
  readonly name?: string;
}

/** @throws {SamlabError} `argument-invalid` */
export function checkedWindow({ low, high, name = `${low} to ${high}` }: GivenWindow): WindowRange {
  if (Number.isFinite(low) && Number.isFinite(high) && low < high) return { low, high, name };
  throw new SamlabError(
    "argument-invalid",
    `${show({ low, high })} is not an intensity window: high must be above low.`,
  );
}
