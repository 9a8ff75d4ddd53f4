import { SamlabError } from "../../core/errors.js";
import { checkRowsPath } from "../../evaluate/result/evaluation-result.js";
import { mergeStores } from "../../evaluate/store/merge.js";
import { checkOutputs } from "../check-outputs.js";
import { type Command, exitCodes } from "../command.js";
import { reportResult } from "../report.js";

export const mergeCommand: Command = {
  name: "merge",
  usage: "STORE... --out FILE [--json FILE]",
  summary: "Joins the stores of an array job, after checking that nothing is missing or there twice.",
  options: {
    out: { value: "FILE", help: "Rows, as .csv, .arrow, .json or .ndjson." },
    json: { value: "FILE", help: "Summary, as JSON." },
  },
  async run(given, console) {
    const [out, json] = ["out", "json"].map(given.text);
    if (given.positionals.length === 0 || (out === undefined && json === undefined)) {
      throw new SamlabError("argument-invalid", "merge needs the stores and --out or --json.", {
        remedy: "For example: samlab merge part*.ndjson --out rows.csv",
      });
    }
    if (out !== undefined) checkRowsPath(out);
    await checkOutputs({ "--out": out, "--json": json }, given.positionals);
    const result = await mergeStores(given.positionals);
    for (const note of result.notes) console.err(`${note}\n`);
    await reportResult(result, { out, json }, console);
    return result.failures.length > 0 ? exitCodes.someFailed : exitCodes.ok;
  },
};
