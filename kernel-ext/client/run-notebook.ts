import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { SamlabError } from "../../src/core/errors.js";
import { KernelClient } from "./client.js";
import type { Output } from "./output.js";

export interface NotebookCell {
  /** Index among all cells of the file, from zero. */
  readonly index: number;
  readonly source: string;
}

export interface CellRun extends NotebookCell {
  readonly status: "ok" | "error" | "aborted";
  readonly executionCount: number | null;
  /** In the notebook file format. */
  readonly outputs: readonly Output[];
}

export interface RunNotebookOptions {
  /** Argv of the kernelspec. */
  readonly argv: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Called before each cell. */
  readonly onCell?: (cell: NotebookCell) => void;
  readonly onOutput?: (output: Output, cell: NotebookCell) => void;
  /** Continue after a cell that fails. */
  readonly allowErrors?: boolean;
  readonly signal?: AbortSignal;
}

interface NotebookFile {
  readonly cells?: readonly { readonly cell_type: string; readonly source: string | readonly string[] }[];
}

/** The code cells of a notebook file, except empty ones. */
export function readCodeCells(path: string): NotebookCell[] {
  let notebook: NotebookFile;
  try {
    notebook = JSON.parse(readFileSync(path, "utf8")) as NotebookFile;
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    throw missing
      ? new SamlabError("file-missing", `There is no notebook ${path}.`, {
          file: path,
          cause,
          remedy: "Check the path; relative ones start at the working directory.",
        })
      : new SamlabError("format-invalid", `${path} is not a notebook: its JSON cannot be read.`, {
          file: path,
          cause,
          remedy: "Save it again in JupyterLab.",
        });
  }
  if (!Array.isArray(notebook.cells)) {
    throw new SamlabError("format-invalid", `${path} is not a notebook: it has no cells.`, {
      file: path,
      field: "cells",
      remedy: "Save it again in JupyterLab.",
    });
  }
  return notebook.cells
    .map(({ cell_type, source }, index) => ({
      index,
      code: cell_type === "code",
      source: typeof source === "string" ? source : source.join(""),
    }))
    .filter(({ code, source }) => code && source.trim() !== "")
    .map(({ index, source }) => ({ index, source }));
}

/**
 * Runs the code cells of a notebook in order, in a new kernel with the notebook's folder as working directory. The file
 * is not modified.
 */
export async function runNotebook(path: string, options: RunNotebookOptions): Promise<CellRun[]> {
  const { argv, env, onCell, onOutput, allowErrors = false, signal } = options;
  const cells = readCodeCells(path);
  const kernel = await KernelClient.launch(argv, { cwd: dirname(resolve(path)), env });
  const runs: CellRun[] = [];
  try {
    for (const cell of cells) {
      if (signal?.aborted) break;
      onCell?.(cell);
      const { reply, outputs } = await kernel.execute(cell.source, {
        signal,
        onOutput: (output) => onOutput?.(output, cell),
      });
      const status = reply.status as CellRun["status"];
      runs.push({ ...cell, status, executionCount: (reply.execution_count as number | undefined) ?? null, outputs });
      if (status !== "ok" && !allowErrors) break;
    }
  } finally {
    await kernel.shutdown();
  }
  return runs;
}
