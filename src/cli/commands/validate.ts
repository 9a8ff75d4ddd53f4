import { isSamlabError, SamlabError, show } from "../../core/errors.js";
import { loadCase } from "../../datasets/case.js";
import type { ManifestProblem } from "../../datasets/manifest/check.js";
import { readManifest } from "../../datasets/manifest/read.js";
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
    const manifest = await readManifest(path, console.signal).catch((error: unknown) => {
      if (!isSamlabError(error, "manifest-invalid") || !Array.isArray(error.value)) throw error;
      for (const { where, what, value } of error.value as ManifestProblem[]) {
        console.err(`${path}: ${where} ${what}${value === undefined ? "" : ` (it is ${show(value)})`}.\n`);
      }
      return null;
    });
    if (!manifest) return exitCodes.error;
    let bad = 0;
    for (const entry of given.flag("files") ? manifest.cases : []) {
      try {
        const { notes } = await loadCase(entry, { signal: console.signal });
        for (const note of notes) console.err(`${entry.id}: ${note}\n`);
      } catch (error) {
        if (!isSamlabError(error) || error.code === "canceled") throw error;
        bad++;
        console.err(`${error.message}\n`);
      }
    }
    console.out(
      `${path}: ${manifest.cases.length} cases${bad > 0 ? `, ${bad} of them cannot be loaded` : ", no errors"}.\n`,
    );
    return bad > 0 ? exitCodes.someFailed : exitCodes.ok;
  },
};
