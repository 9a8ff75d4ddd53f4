export {
  type ExecuteOptions,
  type ExecuteResult,
  KernelClient,
  type LaunchOptions,
  type RequestOptions,
} from "./client.js";
export type { ClientComm } from "./client-comm.js";
export type { Output } from "./output.js";
export {
  type CellRun,
  type NotebookCell,
  type RunNotebookOptions,
  readCodeCells,
  runNotebook,
} from "./run-notebook.js";
