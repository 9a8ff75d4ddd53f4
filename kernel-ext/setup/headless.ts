import { join } from "node:path";
import { SamlabError } from "../../src/core/errors.js";
import { type NotebookCell, runNotebook } from "../client/index.js";
import type { Output } from "../client/output.js";
import { kernelSpec } from "../kernelspec.js";
import { say } from "./steps.js";

/** Matches what the start notebook prints for its comparison with the truth. */
const dicePattern = /\bDice\s+(\d\.\d+)/g;

/**
 * Runs a notebook through the kernel without a browser, printing each step.
 * @returns the last Dice value that the notebook printed
 * @throws {SamlabError} `run-failed` with the cell and its error
 */
export async function runHeadless(root: string, notebook: string): Promise<string> {
  const { argv } = kernelSpec(process.execPath, join(root, "dist", "kernel-ext", "main.js"));
  let dice: string | undefined;
  // Stream output grows; print only what is new.
  const printed = new WeakMap<Output, number>();
  let failed: { cell: NotebookCell; output: Output } | undefined;
  const runs = await runNotebook(join(root, notebook), {
    argv,
    onCell: (cell) => say(`[cell ${cell.index + 1}] ${firstLine(cell.source)}`),
    onOutput: (output, cell) => {
      const text = plainText(output);
      const added = text.slice(printed.get(output) ?? 0);
      printed.set(output, text.length);
      if (added) say(added.trimEnd().replace(/^/gm, "    "));
      dice = [...text.matchAll(dicePattern)].at(-1)?.[1] ?? dice;
      if (output.output_type === "error") failed = { cell, output };
    },
  });
  const last = runs.at(-1);
  if (failed || last?.status !== "ok") {
    const cell = failed?.cell ?? last;
    throw new SamlabError(
      "run-failed",
      `${notebook}, cell ${(cell?.index ?? 0) + 1} failed: ${errorText(failed?.output)}`,
      {
        file: notebook,
        field: `cell ${(cell?.index ?? 0) + 1}`,
      },
    );
  }
  if (dice === undefined) throw new SamlabError("run-failed", `${notebook} printed no Dice value.`, { file: notebook });
  return dice;
}

function firstLine(source: string): string {
  const [line, ...rest] = source.split("\n").filter((text) => text.trim() !== "");
  return rest.length > 0 ? `${line} …` : line;
}

/** The part of an output that a terminal can show. */
function plainText(output: Output): string {
  switch (output.output_type) {
    case "stream":
      return output.text;
    case "execute_result":
    case "display_data": {
      const text = output.data["text/plain"];
      return typeof text === "string" ? text : "";
    }
    case "error":
      return output.traceback.join("\n");
  }
}

function errorText(output: Output | undefined): string {
  return output?.output_type === "error" ? `${output.ename}: ${output.evalue}` : "the kernel did not finish it.";
}
