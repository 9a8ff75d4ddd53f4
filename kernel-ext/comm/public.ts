import { SamlabError, show } from "../../src/core/errors.js";
import { kernelContext } from "../context.js";
import type { Comm, CommHost, CommMessage, JsonObject } from "./comm.js";

/** Options of {@link openComm}. */
export interface OpenCommOptions {
  /** Metadata of the first message. Default none. */
  readonly metadata?: JsonObject;
  /** Binary buffers sent with the data. */
  readonly buffers?: readonly Uint8Array[];
}

/** Called with each comm opened by a front end, and its open message. */
export type CommHandler = (comm: Comm, open: CommMessage) => void;

/**
 * Opens a comm to the front end: a two-way channel for custom messages. On the other side, the handler registered for
 * `target` receives it; in a JupyterLab extension, register it with `kernel.registerCommTarget(target, …)`.
 *
 * @param data JSON
 * @example
 * const comm = openComm("my-plot", { title: "Dice" });
 * comm.onMessage(({ data, buffers }) => console.log(data, buffers.length));
 * comm.send({ points: 3 }, { buffers: [new Uint8Array(values.buffer)] });
 *
 * @throws {SamlabError} `argument-invalid` (the target), `environment` outside a samlab kernel
 */
export function openComm(target: string, data: JsonObject = {}, options: OpenCommOptions = {}): Comm {
  checkTarget(target);
  return kernelContext("openComm").comms.open(target, data, options);
}

/** The handlers of each kernel, by target. */
const handlers = new WeakMap<CommHost, Map<string, CommHandler>>();

/**
 * Handles comms that a front end opens with this target; a later call for the same target replaces the handler. Without
 * one, the kernel closes them at once. Output of a handler appears under the last cell.
 *
 * @returns a function that unregisters the handler; open comms stay open
 * @example
 * onComm("my-plot", (comm, { data }) => comm.onMessage(() => comm.send({ ready: true })));
 *
 * @throws {SamlabError} `argument-invalid` (the target), `environment` outside a samlab kernel
 */
export function onComm(target: string, handler: CommHandler): () => void {
  checkTarget(target);
  const { comms } = kernelContext("onComm");
  const known = handlers.get(comms) ?? new Map<string, CommHandler>();
  handlers.set(comms, known);
  known.set(target, handler);
  comms.onTarget(target, (comm, open) => {
    const current = known.get(target);
    if (current) current(comm, open);
    else comm.close();
  });
  return () => {
    if (known.get(target) === handler) known.delete(target);
  };
}

/** The targets of ipywidgets are reserved for widgets. */
function checkTarget(target: string): void {
  if (typeof target === "string" && target !== "" && !/^jupyter\.widget(?:\.|$)/.test(target)) return;
  throw new SamlabError("argument-invalid", `${show(target)} cannot be the target of a comm.`, {
    field: "target",
    value: target,
    remedy: "Use a name of your own, such as my-plot; jupyter.widget belongs to the widgets.",
  });
}
