import { isSamlabError, SamlabError, show } from "../../core/errors.js";
import { type LoadedCase, loadCase } from "../../datasets/case.js";
import type { ManifestProblem } from "../../datasets/manifest/check.js";
import { namedCases } from "../../datasets/samples.js";
import { type Command, exitCodes } from "../command.js";

export const validateCommand: Command = {
  name: "validate",
  usage: "MANIFEST [--files]",
  summary: "Checks a manifest and names every entry that is wrong.",
  options: { files: { help: "Also open every file: hashes, formats, matching grids." } },
  async run(given, console) {
    const [path, ...more] = given.positionals;
    if (path === undefined || more.length > 0) {
      throw new SamlabError("argument-invalid", `validate takes one manifest, not ${given.positionals.length}.`, {
        field: "MANIFEST",
        remedy: "For example: samlab validate manifest.json --files",
      });
    }
    const cases = await namedCases(path, console.signal).catch((error: unknown) => {
      if (!isSamlabError(error, "manifest-invalid") || !Array.isArray(error.value)) throw error;
      for (const { where, what, value } of error.value as ManifestProblem[]) {
        console.err(`${path}: ${where} ${what}${value === undefined ? "" : ` (it is ${show(value)})`}.\n`);
      }
      return null;
    });
    if (!cases) return exitCodes.error;
    let [bad, failing] = [0, 0];
    for (const entry of given.flag("files") ? cases : []) {
      try {
        const loaded = await loadCase(entry, { signal: console.signal });
        const problem = scoringProblem(loaded);
        if (problem !== null) failing++;
        for (const note of [...loaded.notes, ...(problem === null ? [] : [problem])])
          console.err(`${entry.id}: ${note}\n`);
      } catch (error) {
        if (!isSamlabError(error) || error.code === "canceled") throw error;
        bad++;
        console.err(`${error.message}\n`);
      }
    }
    const found = [
      ...(bad > 0 ? [`${bad} cannot be loaded`] : []),
      ...(failing > 0 ? [`${failing} cannot be scored completely`] : []),
    ];
    console.out(`${path}: ${cases.length} cases, ${found.join(", ") || "no errors"}.\n`);
    return found.length > 0 ? exitCodes.someFailed : exitCodes.ok;
  },
};

/** Values named in the message. A gray mask can have 254 that are not in the label map. */
const shownValues = 5;

/** Why an evaluation would have failed rows of a case that can be loaded; `null` if it would not. */
function scoringProblem({ truth, unnamed }: LoadedCase): string | null {
  if (unnamed.length > 0) {
    const more = unnamed.length > shownValues ? ` and ${unnamed.length - shownValues} more` : "";
    return `The truth holds values that labels does not name: ${unnamed.slice(0, shownValues).join(", ")}${more}. Name them, set "otherLabels": "background", or give a gray mask one threshold, such as ">=128".`;
  }
  return truth.data.some((value) => value !== 0) ? null : "The truth holds none of the objects that labels names.";
}
