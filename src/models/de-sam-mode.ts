import { SamlabError, show } from "../core/errors.js";

/** The ways in which DeSAM segments without a person: see {@link DeSamMode}. */
export const deSamModes = ["whole-box", "grid"] as const;

/**
 * How DeSAM segments without a person. `whole-box`: the whole picture is the prompt, as a box. `grid`: each of 9×9
 * points is a prompt, and one of their masks is the answer. Its authors train a model for one of them.
 */
export type DeSamMode = (typeof deSamModes)[number];

/** @throws {SamlabError} `argument-invalid` for anything but a mode */
export function checkedMode(field: string, value: unknown): DeSamMode {
  const mode = deSamModes.find((known) => known === value);
  if (mode) return mode;
  throw new SamlabError("argument-invalid", `${field} cannot be ${show(value)}.`, {
    field,
    value,
    remedy: `Give one of ${deSamModes.join(", ")}.`,
  });
}
