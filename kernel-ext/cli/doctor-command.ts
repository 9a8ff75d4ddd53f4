import { type Command, exitCodes } from "../../src/cli/command.js";
import { samlabPackage } from "../../src/io/files/package.js";
import { type CheckResult, type CheckState, runChecks } from "../setup/checks.js";
import { here } from "../setup/jupyter-paths.js";

const marks: Readonly<Record<CheckState, string>> = { ok: "ok  ", warn: "warn", fail: "FAIL" };

export const doctorCommand: Command = {
  name: "doctor",
  usage: "[--json]",
  summary: "Checks Node, ONNX Runtime, Jupyter, kernel, widgets, weights and cache, and says how to fix what is wrong.",
  options: { json: { help: "The results as JSON: check, state (ok, warn, fail), found, fix." } },
  notes: ["Exit codes: 0 when no check fails, else 1. Warnings do not count."],
  async run(given, console) {
    const isJson = given.flag("json");
    const results: CheckResult[] = [];
    for await (const result of runChecks({ ...samlabPackage, environment: here() })) {
      results.push(result);
      if (isJson) continue;
      const { check, state, found, fix } = result;
      console.out(`${marks[state]}  ${check}: ${found}\n${fix ? `      → ${fix}\n` : ""}`);
      if (console.signal.aborted) return exitCodes.interrupted;
    }
    if (isJson) console.out(`${JSON.stringify(results, null, 2)}\n`);
    const failed = results.filter(({ state }) => state === "fail").length;
    if (!isJson) console.out(failed === 0 ? "Nothing is wrong.\n" : `${failed} of ${results.length} checks failed.\n`);
    return failed === 0 ? exitCodes.ok : exitCodes.error;
  },
};
